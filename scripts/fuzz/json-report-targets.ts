/**
 * Readers of the JSON documents of sslyze and testssl: each server that stands in one (as JSON.parse sees it) gives an endpoint or
 * something for the quarantine, records hold together, and how the file is cut into chunks makes no difference.
 */
import { sha256Hex, toHex } from '../../pipeline/base/hex.ts';
import type { Adapter, ForeignEndpoint, ForeignItem } from '../../pipeline/ingest/adapters/adapter.ts';
import {
  certificates,
  completed,
  EC_PEM,
  failed,
  madeFile,
  suites,
} from '../../pipeline/ingest/adapters/sslyze/made-output.fixture.ts';
import { sslyze } from '../../pipeline/ingest/adapters/sslyze/sslyze.ts';
import {
  flatFile,
  type MadeFinding,
  prettyFile,
} from '../../pipeline/ingest/adapters/testssl/made-output.fixture.ts';
import { testssl } from '../../pipeline/ingest/adapters/testssl/testssl.ts';
import { chunksOf, expectSame, Fault, type FuzzTarget } from './fuzz-target.ts';
import { mutate } from './mutate.ts';
import { mutateJson } from './mutate-json.ts';

export function jsonReportTargets(): FuzzTarget[] {
  return [
    target('sslyze', sslyze, [SSLYZE], serversOfSslyze),
    target(
      'testssl',
      testssl,
      [flatFile(HOSTS), prettyFile(HOSTS), flatFile(HOSTS, { end: false })],
      serversOfTestssl,
    ),
  ];
}

/** `servers`: how many a document names. */
function target(
  name: string,
  adapter: Adapter,
  texts: readonly string[],
  servers: (value: unknown) => number,
): FuzzTarget {
  const seeds = texts.map((text) => new Uint8Array(Buffer.from(text)));
  return {
    name,
    seeds,
    words: WORDS,
    check: (bytes) => check(adapter, bytes, servers),
    // Wrong values as often as wrong bytes: of the seeds, since most of what is learnt later is no JSON any more.
    mutate: (bytes, material, random) =>
      random.below(2) === 0
        ? mutate(bytes, material, random)
        : mutateJson(random.pick(seeds), material, random),
  };
}

function check(adapter: Adapter, bytes: Uint8Array, servers: (value: unknown) => number): string {
  const items = read(adapter, [bytes]);
  expectSame('chunks', shown(read(adapter, chunksOf(bytes))), shown(items));
  checkItems(items, bytes.length);
  const traces = items.filter(({ kind }) => kind === 'endpoint' || kind === 'unreadable');
  const named = serversIn(bytes, servers);
  if (traces.length < named) throw new Fault(`${named} servers left ${traces.length} traces`);
  return [...new Set(items.map(wordOf))].sort().join(' ').slice(0, 400);
}

function read(adapter: Adapter, chunks: readonly Uint8Array[]): ForeignItem[] {
  const reader = adapter.open({ file: 'fuzz.json', port: 25 });
  return [...chunks.flatMap((chunk) => [...reader.push(chunk)]), ...reader.end()];
}

function shown(items: readonly ForeignItem[]): string {
  // The first one tells nothing yet.
  return JSON.stringify(items.slice(1), (_, value) => (value instanceof Uint8Array ? toHex(value) : value));
}

function checkItems(items: readonly ForeignItem[], length: number): void {
  const known = new Set<string>();
  let quarantined = 0;
  for (const item of items) {
    if (item.kind === 'certificate') known.add(sha256Hex(item.der));
    if (item.kind === 'dh_group') known.add(sha256Hex(`${toHex(item.prime)}:${toHex(item.generator)}`));
    if (item.kind === 'unreadable') {
      quarantined += item.bytes.length;
      if (item.line < 1 || item.reason.length > 300) throw new Fault(`line ${item.line}: ${item.reason}`);
    }
    if (item.kind !== 'endpoint') continue;
    const problem = PROBLEMS.find(([, isWrong]) => isWrong(item.record, known))?.[0];
    if (problem) throw new Fault(`${problem}: ${JSON.stringify(item.record).slice(0, 500)}`);
  }
  // Parts of a server that can't be read are quarantined, and then the server.
  if (quarantined > 4 * length + 1000) throw new Fault(`${quarantined} bytes quarantined of ${length}`);
}

type Check = (record: ForeignEndpoint, known: ReadonlySet<string>) => boolean;

const PROBLEMS: readonly (readonly [string, Check])[] = [
  [
    'outcome',
    ({ outcome, handshakes }) => (outcome === 'tls') !== handshakes.some((one) => one.outcome === 'accepted'),
  ],
  ['no reason', ({ outcome, error_kind }) => (outcome === 'error') !== (error_kind !== null)],
  ['name', ({ target: name, host }) => /[\s\p{C}]/u.test(`${name}${host}`)],
  // JSON.stringify writes lone surrogates so.
  ['text', (record) => /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(JSON.stringify(record))],
  ['long text', ({ error_detail, stop_detail }) => `${error_detail}${stop_detail}`.length > 700],
  [
    'counts',
    ({ versions }) =>
      versions.some(
        ({ offered, accepted, rejected, errors, not_tested }) =>
          offered !== null && offered !== accepted! + rejected! + errors! + not_tested!,
      ),
  ],
  [
    'a version twice',
    ({ versions }) => new Set(versions.map(({ version }) => version)).size < versions.length,
  ],
  [
    'a handshake of no version',
    ({ versions, handshakes }) =>
      handshakes.some((one) => !versions.some(({ version }) => version === one.version)),
  ],
  ['a suite twice', ({ handshakes }) => new Set(handshakes.map(keyOf)).size < handshakes.length],
  [
    'a number',
    ({ handshakes }) =>
      handshakes.some(({ cipher_suite, named_group, key_bits }) =>
        [cipher_suite, named_group, key_bits].some((one) => one !== null && !Number.isSafeInteger(one)),
      ),
  ],
  [
    'a certificate that was not given',
    ({ chains }, known) => !chains.flatMap((chain) => chain.certificates).every((one) => known.has(one)),
  ],
  [
    'a group that was not given',
    ({ handshakes }, known) =>
      !handshakes.every(({ dh_group_id }) => dh_group_id === null || known.has(dh_group_id)),
  ],
  [
    'a chain that is none of its own',
    ({ handshakes, chains }) =>
      !handshakes.every((one) => one.chain_id === null || chains.some((c) => c.chain_id === one.chain_id)),
  ],
];

function keyOf({
  version,
  cipher_suite,
  outcome,
  error_detail,
}: ForeignEndpoint['handshakes'][number]): string {
  // A suite that is not known has its name in the detail; failed questions may be asked twice.
  const same = outcome === 'accepted' ? '' : Math.random();
  return `${version} ${cipher_suite} ${cipher_suite === null ? error_detail : ''} ${same}`;
}

function wordOf(item: ForeignItem): string {
  if (item.kind === 'unreadable') return item.reason.slice(0, 24);
  if (item.kind !== 'endpoint') return item.kind;
  const { outcome, error_kind, versions, chains } = item.record;
  return `${outcome} ${error_kind} ${versions.length} ${chains.length}`;
}

function serversIn(bytes: Uint8Array, servers: (value: unknown) => number): number {
  try {
    return servers(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return 0;
  }
}

function serversOfSslyze(value: unknown): number {
  const { server_scan_results, invalid_server_strings } = Object(value);
  return [server_scan_results, invalid_server_strings].flatMap((list) => (Array.isArray(list) ? list : []))
    .length;
}

function serversOfTestssl(value: unknown): number {
  if (Array.isArray(value)) {
    const places = value.filter((one) => one?.ip !== '/').map((one) => `${one?.ip} ${one?.port}`);
    return new Set(places).size;
  }
  const { scanResult } = Object(value);
  return Array.isArray(scanResult)
    ? scanResult.filter((one) => typeof one?.targetHost === 'string').length
    : 0;
}

const KEY = { type_name: 'DH', size: 20, public_bytes: 'AQ==', prime: 'CwEB', generator: 'Ag==' };
const CURVE = { type_name: 'ECDH', size: 253, public_bytes: 'AQID', curve_name: 'X25519' };
const SSLYZE = madeFile(
  [
    {
      scan: {
        certificate_info: certificates([[EC_PEM]], [EC_PEM]),
        tls_1_2_cipher_suites: suites(
          [
            ['TLS_DHE_RSA_WITH_AES_128_CBC_SHA', KEY],
            ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', CURVE],
          ],
          [['TLS_RSA_WITH_AES_128_CBC_SHA', 'TLS alert: handshake failure']],
        ),
        tls_1_1_cipher_suites: suites(
          [],
          [['TLS_RSA_WITH_AES_128_CBC_SHA', 'Server rejected the connection']],
        ),
        tls_1_0_cipher_suites: failed('sslyze.errors.TlsHandshakeTimedOut: x:25 -> "Timed out".'),
        tls_compression: completed({ supports_compression: false }),
        elliptic_curves: completed({ supported_curves: [{ name: 'X25519' }], rejected_curves: [] }),
        session_resumption: completed({ session_id_resumption_result: 'FULLY_SUPPORTED' }),
      },
    },
    { failure: 'sslyze.errors.ServerRejectedConnection: x:25 -> "Server rejected the connection".' },
    { failure: 'constructor: x:25 -> "toString".' },
  ],
  { invalid_server_strings: [{ server_string: 'gone.example:25', error_message: 'Could not resolve' }] },
);

const FINDINGS: readonly MadeFinding[] = [
  ['service', 'INFO', 'smtp'],
  ['SSLv2', 'OK', 'not offered'],
  ['TLS1_1', 'WARN', 'connection failed'],
  ['TLS1_2', 'OK', 'offered'],
  ['cipher-tls1_2_xc02b', 'OK', 'TLS 1.2 xc02b ECDHE-ECDSA-AES128-GCM-SHA256 ECDH 253 AESGCM 128 TLS_X'],
  ['cipherorder_TLSv1', 'INFO', 'AES128-SHA NO-SUCH-SUITE'],
  ['cert <hostCert#1>', 'INFO', EC_PEM.trim().replaceAll('\n', ' ')],
  ['certs_countServer <hostCert#1>', 'INFO', '2'],
  ['TLS_extensions', 'INFO', "'session ticket/#35' 'heartbeat/#15'"],
  ['fallback_SCSV', 'OK', 'supported'],
  ['constructor', 'OK', 'toString'],
  ['cipher-constructor_x2f', 'OK', 'TLS x2f AES128-SHA RSA AES 128'],
];
const HOSTS = [
  { findings: FINDINGS },
  {
    name: 'b.example.com',
    findings: [...FINDINGS.slice(0, 2), ['scanProblem', 'FATAL', "Can't connect"] as const],
  },
];

const WORDS: readonly Uint8Array[] = [
  ...['null', 'true', '-1', '1e999', '{', '}', '[', ']', ',', ':', '""', '[[[[[[', '"constructor"'],
  ...['"__proto__":', '\\ud800', '\\u0000', '\n{', '\n[', '\ufeff', '"', '\\', '9'.repeat(400)],
  ...['"server_scan_results": [', '"scanResult": [', '"ip": "/"', '"severity": "FATAL"', '"COMPLETED"'],
].map((text) => new Uint8Array(Buffer.from(text)));
