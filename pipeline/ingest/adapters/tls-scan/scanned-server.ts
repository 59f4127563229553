/** One server of tls-scan → an endpoint, and its certificates where they are written as PEM. */
import { cipherSuites } from '../../../formats/datasets.ts';
import { TLS1_2, TLS1_3 } from '../../../tls/versions.ts';
import type { ForeignEndpoint, ForeignHandshake } from '../adapter.ts';
import { integerAt } from '../foreign-bytes.ts';
import { foreignHost } from '../foreign-host.ts';
import { type Converted, unreadableBecause } from '../json-lines/object-reader.ts';
import { booleanAt, listAt, part, portAt, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { certificatesOf, derOfPem, type ShownChain, shownChain } from '../shown-chain.ts';
import { groupNamed, suiteNumber } from '../spelled-names.ts';
import { acceptedHandshake, noMailPort, unknownCounts, unknownEndpoint } from '../unknown-endpoint.ts';

/** `nominal`: the operator's port, for servers on a port that is none of the mail ports. */
export function scannedServer(server: JsonValue, nominal: number | null): Converted {
  const host = foreignHost(textAt(server, 'host'), textAt(server, 'ip'));
  if (host === null) return unreadableBecause('neither a host nor an ip');
  const connect_port = portAt(server, 'port');
  if (connect_port === null) return unreadableBecause('no port');
  const cipher = textAt(server, 'cipher');
  if (cipher === null) return unreadableBecause('no cipher: not what tls-scan writes');
  const record = unknownEndpoint({ ...host, connect_port }, { protocol: null, tls_mode: null }, nominal);
  if (record === null) return unreadableBecause(noMailPort(connect_port));
  const { chain, reason } = chainOf(server);
  const first = firstHandshake(server, cipher, chain);
  record.outcome = 'tls';
  record.handshakes = [...(first === null ? [] : [first]), ...enumerated(server, first)];
  record.versions = versionsOf(server, record.handshakes);
  record.facts = { ...record.facts, ...factsOf(server, first?.version ?? null) };
  record.chains = chain === null ? [] : [{ chain_id: chain.chain_id, certificates: chain.certificates }];
  if (record.tls_mode === 'starttls') record.dialogue = { ...record.dialogue, starttls_accepted: true };
  const ders = chain === null ? [] : certificatesOf([chain]);
  return {
    items: [...ders.map((der) => ({ kind: 'certificate', der }) as const), { kind: 'endpoint', record }],
    ...{ started_at: null, reasons: reason === null ? [] : [reason] },
  };
}

/**
 * `cipher` is what OpenSSL says of the suite: its name, then the version that it came with, which is not the one of the handshake.
 * Before 1.0.1 that was not written: then it is told only of suites that no second version has.
 */
function firstHandshake(
  server: JsonValue,
  cipher: string,
  chain: ShownChain | null,
): ForeignHandshake | null {
  const name = cipher.trim().split(/\s+/)[0]!;
  const version = versionNumber(textAt(server, 'tlsVersion')) ?? onlyVersion(name);
  if (version === null) return null;
  return {
    ...acceptedHandshake(version, numberOf(name, version)),
    ...temporaryKey(server),
    chain_id: chain?.chain_id ?? null,
    compression_method: version < TLS1_3 ? compressionMethod(server) : null,
  };
}

function temporaryKey(server: JsonValue): Pick<ForeignHandshake, 'named_group' | 'key_bits'> {
  const group = groupNamed((textAt(server, 'tempPublicKeyAlg') ?? '').replace(/^ECDH /, ''));
  const size = integerAt(server, MOST_BITS, 'tempPublicKeySize');
  return { named_group: group?.code ?? null, key_bits: group?.bits || size || null };
}

function compressionMethod(server: JsonValue): number | null {
  const name = textAt(server, 'compression');
  if (name === null) return null;
  return name === 'NONE' ? 0 : /zlib/i.test(name) ? 1 : null;
}

/** Suites that can stand at one version only, then versions that were accepted with no suite told. */
function enumerated(server: JsonValue, first: ForeignHandshake | null): ForeignHandshake[] {
  const seen = new Set(first === null ? [] : [`${first.version} ${first.cipher_suite}`]);
  const suites = listAt(server, 'cipherSuite', 'supported').flatMap((name) => {
    const version = typeof name === 'string' ? onlyVersion(name) : null;
    const suite = version === null ? null : numberOf(name as string, version);
    const isNew = suite !== null && !seen.has(`${version} ${suite}`);
    seen.add(`${version} ${suite}`);
    return isNew ? [acceptedHandshake(version!, suite)] : [];
  });
  const known = new Set([first?.version, ...suites.map(({ version }) => version)]);
  const versions = listAt(server, 'tlsVersions').map((name) => versionNumber(name));
  const bare = [...new Set(versions)].filter((version) => version !== null && !known.has(version));
  return [...suites, ...bare.map((version) => acceptedHandshake(version!, null))];
}

/** Those with a handshake; with `--version-enum` all that were asked, of which a missing one was refused or failed. */
function versionsOf(server: JsonValue, handshakes: readonly ForeignHandshake[]): ForeignEndpoint['versions'] {
  const accepted = handshakes.map(({ version }) => version);
  const asked = part(server, 'tlsVersions') === null ? [] : ENUMERATED;
  return [...new Set([...accepted, ...asked])].sort((left, right) => right - left).map(unknownCounts);
}

/** OpenSSL asks for renegotiation_info in each hello up to TLS 1.2, and tls-scan for a stapled response in the first. */
function factsOf(server: JsonValue, version: number | null): Partial<ForeignEndpoint['facts']> {
  const renegotiation = booleanAt(server, 'secureRenego');
  const isOld = version !== null && version < TLS1_3;
  const isTicket = (integerAt(server, Number.MAX_SAFE_INTEGER, 'sessionLifetimeHint') ?? 0) > 0;
  return {
    secure_renegotiation: isOld || renegotiation === true ? renegotiation : null,
    ocsp_stapling: booleanAt(server, 'ocspStapled'),
    ...(isOld && isTicket ? { session_ticket: true } : {}),
    ...(isOld && compressionMethod(server) === 1 ? { compression: true } : {}),
  };
}

/** Forks write each certificate as `pem`; tls-scan itself writes fields without the certificate they come from. */
function chainOf(server: JsonValue): { chain: ShownChain | null; reason: string | null } {
  const pems = listAt(server, 'certificateChain').map(
    (one) => textAt(one, 'pem') ?? textAt(one, 'certificate'),
  );
  if (pems.every((pem) => pem === null)) return { chain: null, reason: null };
  const ders = pems.map((pem) => (pem === null ? null : derOfPem(pem)));
  const known = ders.filter((der) => der !== null);
  if (known.length < ders.length) return { chain: null, reason: 'a certificate that is no PEM' };
  return { chain: shownChain(known), reason: null };
}

/** OpenSSL's names, those of GnuTLS (`AES-128-GCM`) for TLS 1.3, and those of a fork of OpenSSL for three drafts. */
function numberOf(name: string, version: number): number | null {
  return DRAFTS.get(name) ?? suiteNumber(GNUTLS.get(name) ?? name, version);
}

/** The version of a suite that no second version has; null for others. */
function onlyVersion(name: string): number | null {
  return onlyVersions().get(GNUTLS.get(name) ?? name) ?? null;
}

/** By OpenSSL's names and by IANA's; null where a name, or its suite, belongs to several versions. */
function onlyVersions(): ReadonlyMap<string, number | null> {
  if (versionsByName) return versionsByName;
  versionsByName = new Map([...DRAFTS.keys()].map((name) => [name, TLS1_2]));
  for (const { name, openssl_name, min_version, max_version } of cipherSuites()) {
    const only = min_version === max_version ? min_version : null;
    for (const spelled of new Set([name, openssl_name]))
      versionsByName.set(spelled, versionsByName.has(spelled) ? null : only);
  }
  return versionsByName;
}

let versionsByName: Map<string, number | null> | undefined;

/** `TLSv1_2` in lists, `TLSv1.2` of the handshake. */
function versionNumber(name: JsonValue): number | null {
  return typeof name === 'string' ? (VERSIONS.get(name.replace('_', '.')) ?? null) : null;
}

const VERSIONS: ReadonlyMap<string, number> = new Map([
  ['SSLv2', 2],
  ['SSLv3', 768],
  ['TLSv1', 769],
  ['TLSv1.0', 769],
  ['TLSv1.1', 770],
  ['TLSv1.2', 771],
  ['TLSv1.3', 772],
]);

/** Of each it asks SSLv3 to TLS 1.2; SSLv2 and TLS 1.3 depend on how it was built. */
const ENUMERATED = [768, 769, 770, 771];

/** draft-agl-tls-chacha20poly1305-04. */
const DRAFTS: ReadonlyMap<string, number> = new Map([
  ['ECDHE-RSA-CHACHA20-POLY1305-OLD', 0xcc13],
  ['ECDHE-ECDSA-CHACHA20-POLY1305-OLD', 0xcc14],
  ['DHE-RSA-CHACHA20-POLY1305-OLD', 0xcc15],
]);

const GNUTLS: ReadonlyMap<string, string> = new Map([
  ['AES-128-GCM', 'TLS_AES_128_GCM_SHA256'],
  ['AES-256-GCM', 'TLS_AES_256_GCM_SHA384'],
  ['CHACHA20-POLY1305', 'TLS_CHACHA20_POLY1305_SHA256'],
  ['AES-128-CCM', 'TLS_AES_128_CCM_SHA256'],
  ['AES-128-CCM-8', 'TLS_AES_128_CCM_8_SHA256'],
]);

/** No ephemeral key is larger (RFC 5246, 7.4.3). */
const MOST_BITS = 524_280;
