/** One line of tlsx, what one server answered → an endpoint and its certificates. tlsx begins with TLS at once: no STARTTLS. */
import type { ForeignEndpoint, ForeignHandshake } from '../adapter.ts';
import { utcAt } from '../foreign-bytes.ts';
import { foreignHost } from '../foreign-host.ts';
import { goFailure } from '../go-failure.ts';
import { type Converted, unreadableBecause } from '../json-lines/object-reader.ts';
import { booleanAt, listAt, part, portAt, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { certificatesOf, derOfPem, type ShownChain, shownChain } from '../shown-chain.ts';
import { groupNamed, suiteNumber } from '../spelled-names.ts';
import { toolWords } from '../tool-words.ts';
import { acceptedHandshake, noMailPort, unknownCounts, unknownEndpoint } from '../unknown-endpoint.ts';
import { serverHello } from '../zgrab2/server-hello.ts';

/** `nominal`: the operator's port, for servers on a port that is none of the mail ports. */
export function probeResult(line: JsonValue, nominal: number | null): Converted {
  if (part(line, 'ctl_source') !== null)
    return unreadableBecause('an entry of a certificate log, of no server');
  const host = foreignHost(textAt(line, 'host'), textAt(line, 'ip'));
  if (host === null) return unreadableBecause('neither a host nor an ip');
  const connect_port = portAt(line, 'port');
  if (connect_port === null) return unreadableBecause('no port');
  const record = unknownEndpoint(
    { ...host, connect_port },
    { protocol: null, tls_mode: 'implicit' },
    nominal,
  );
  if (record === null) return unreadableBecause(noMailPort(connect_port));
  record.started_at = utcAt(line, 'timestamp');
  const version = versionNumber(textAt(line, 'tls_version'));
  const isFailed = booleanAt(line, 'probe_status') === false;
  if (isFailed) return { ...failed(record, textAt(line, 'error')), started_at: record.started_at };
  if (version === null) return unreadableBecause('neither a failure nor a tls_version that is known');
  return { ...answered(record, version, line), started_at: record.started_at };
}

type Filled = Pick<Converted, 'items' | 'reasons'>;

function failed(record: ForeignEndpoint, error: string | null): Filled {
  const failure = goFailure(error ?? '');
  record.outcome = failure?.alert ? 'tls_rejected' : 'error';
  record.error_kind = failure?.alert ? null : (failure?.error_kind ?? 'protocol_error');
  record.error_detail = toolWords('tlsx', error ?? 'no error told');
  record.stop_reason = record.error_kind;
  return { items: [{ kind: 'endpoint', record }], reasons: [] };
}

function answered(record: ForeignEndpoint, version: number, line: JsonValue): Filled {
  const { chain, detail, reason } = chainOf(line);
  const hello = serverHello(part(line, 'servers_hello'));
  const first: ForeignHandshake = {
    ...acceptedHandshake(version, suiteOf(textAt(line, 'cipher'), version)),
    ...(hello?.version === version ? hello.fields : {}),
    ...groupOf(textAt(line, 'key_exchange')),
    chain_id: chain?.chain_id ?? null,
    error_detail: detail,
  };
  record.outcome = 'tls';
  record.handshakes = [first, ...enumerated(line, first)];
  const versions = [...new Set(record.handshakes.map((handshake) => handshake.version))];
  record.versions = versions.map(unknownCounts);
  record.facts = { ...record.facts, ...(hello?.version === version ? hello.facts : {}) };
  record.chains = chain === null ? [] : [{ chain_id: chain.chain_id, certificates: chain.certificates }];
  const ders = chain === null ? [] : certificatesOf([chain]);
  const certificates = ders.map((der) => ({ kind: 'certificate', der }) as const);
  return { items: [...certificates, { kind: 'endpoint', record }], reasons: reason === null ? [] : [reason] };
}

/** `version_enum` and `cipher_enum`: each version and suite that was accepted beside the first, once. */
function enumerated(line: JsonValue, first: ForeignHandshake): ForeignHandshake[] {
  const bySuite = listAt(line, 'cipher_enum').flatMap((one) => {
    const version = versionNumber(textAt(one, 'version'));
    const names = LEVELS.flatMap((level) => listAt(one, 'ciphers', level));
    const suites = names.map((name) => (version === null ? null : suiteOf(textOf(name), version)));
    return suites.filter((suite) => suite !== null).map((suite) => [version!, suite] as const);
  });
  const seen = new Set([`${first.version} ${first.cipher_suite}`]);
  const distinct = bySuite.filter(([version, suite]) => {
    const key = `${version} ${suite}`;
    return seen.has(key) ? false : seen.add(key);
  });
  const known = new Set([first.version, ...distinct.map(([version]) => version)]);
  const others = listAt(line, 'version_enum').map((name) => versionNumber(textOf(name)));
  const bare = new Set(others.filter((version) => version !== null && !known.has(version)) as number[]);
  return [...distinct, ...[...bare].map((version) => [version, null] as const)].map(([version, suite]) =>
    acceptedHandshake(version, suite),
  );
}

function textOf(value: JsonValue): string | null {
  return typeof value === 'string' ? value : null;
}

/**
 * `certificate` stands there with tlsx's -cert only, `chain` with -tls-chain only, and not where nothing came behind the leaf: what
 * is there is kept. Its openssl mode gives the leaf once more in `chain`.
 */
function chainOf(line: JsonValue): {
  chain: ShownChain | null;
  detail: string | null;
  reason: string | null;
} {
  const rest = listAt(line, 'chain').map((one) => textAt(one, 'certificate'));
  const leaf = textAt(line, 'certificate');
  if (leaf === null) return { chain: null, detail: null, reason: null };
  const ders = [leaf, ...rest].map((pem) => (pem === null ? null : derOfPem(pem)));
  const known = ders.filter((der) => der !== null);
  if (known.length < ders.length)
    return { chain: null, detail: null, reason: 'a certificate that is no PEM' };
  const isTwice = known.length > 1 && Buffer.compare(known[0]!, known[1]!) === 0;
  const detail = rest.length === 0 ? 'tlsx: of the chain only the leaf was written' : null;
  return { chain: shownChain(isTwice ? known.slice(1) : known), detail, reason: null };
}

/** Go's crypto/tls spells as IANA does, and a suite without a name as its number. */
function suiteOf(name: string | null, version: number): number | null {
  const number = /^0x([0-9a-f]{4})$/i.exec(name ?? '')?.[1];
  if (number !== undefined) return Number.parseInt(number, 16);
  return name === null ? null : (suiteNumber(name, version) ?? suiteNumber(`${name}_SHA256`, version));
}

/** Go's CurveID: `X25519`, `CurveP256`, `X25519MLKEM768`. */
function groupOf(name: string | null): Pick<ForeignHandshake, 'named_group' | 'key_bits'> {
  const group = groupNamed((name ?? '').replace(/^Curve(?=P\d)/, '').replace(/^P(?=\d)/, 'P-'));
  return { named_group: group?.code ?? null, key_bits: group?.bits || null };
}

/** `tls12`; tlsx's openssl mode writes `TLSv1.2` likewise. */
function versionNumber(name: string | null): number | null {
  const plain = (name ?? '').toLowerCase().replace(/[v._ ]/g, '');
  return VERSIONS.get(plain) ?? null;
}

const LEVELS = ['secure', 'weak', 'insecure', 'unknown'] as const;

const VERSIONS: ReadonlyMap<string, number> = new Map([
  ['ssl30', 768],
  ['ssl3', 768],
  ['tls10', 769],
  ['tls1', 769],
  ['tls11', 770],
  ['tls12', 771],
  ['tls13', 772],
]);
