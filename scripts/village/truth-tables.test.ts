/** The oracle against tables worked out by hand, for three villagers; and against itself for all of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../pipeline/base/package-root.ts';
import { mailPort } from '../../pipeline/formats/ports.ts';
import { certificateEntry } from './certificates.ts';
import type { EndpointSpec, LegacySpec, VillageEndpoint } from './endpoint-spec.ts';
import { ENDPOINTS } from './endpoints/index.ts';
import { P256, X25519 } from './groups.ts';
import { POSTFIX_512, POSTFIX_1024 } from './primes.ts';
import { courierImap, dovecotImap } from './profiles.ts';
import { endpointTruth } from './truth.ts';
import { type ScanFacts, truthTables } from './truth-tables.ts';

const THREE: EndpointSpec[] = [
  {
    port: 143,
    what: 'modern',
    dialogue: dovecotImap(),
    server: {
      kind: 'real',
      versions: [0x0303, 0x0304],
      suites: [0x1301, 0xc02f, 0x009e],
      preference: 'server',
      chains: [['mx-chain', 'village-intermediate']],
      groups: [P256, X25519],
      dh: POSTFIX_1024,
    },
  },
  {
    port: 143,
    what: 'old, and broken in TLS 1.2',
    dialogue: courierImap(),
    server: {
      kind: 'legacy',
      versions: [0x0301, 0x0303],
      suites: [0x0014, 0x0005],
      preference: 'server',
      chain: ['imap-example'],
      export_dh: POSTFIX_512,
      ssl2_kinds: [0x020080],
      when_unsupported: 'close',
      broken_version: 0x0303,
      records: 'one_a_message',
    },
  },
  {
    port: 143,
    what: 'no STARTTLS',
    dialogue: courierImap('absent'),
    server: { kind: 'neighbour', behaviour: 'no_tls' },
  },
];

const SCAN: ScanFacts = {
  scan_id: 's',
  started_at: 'then',
  finished_at: 'later',
  offered: new Map([
    [2, [0x010080, 0x020080]],
    [0x0301, [0x0014, 0x0005, 0x002f]],
    [0x0303, [0xc02f, 0x009e, 0x0005, 0x002f]],
    [0x0304, [0x1301]],
  ]),
};

function endpoints(specs: readonly EndpointSpec[]): VillageEndpoint[] {
  return specs.map((spec, index) => {
    const { protocol, tls_mode } = mailPort(spec.port)!;
    return { ...spec, protocol, tls_mode, ip: '127.0.0.1', connect_port: 50_000 + index };
  });
}

function rows(name: string, scan = SCAN): unknown[][] {
  return truthTables(endpoints(THREE), scan)[name]!.rows.map((row) => row.slice(1));
}

test('overviews', () => {
  // 10 questions to each of three: 3 + 3 yes; the broken version's 4 have no answer, nor TLS 1.3's one, which is answered as
  // TLS 1.2; the last one's 10 are not asked.
  const shares = [6 / 20, 9 / 20, 5 / 20];
  expect(rows('data_overview')).toEqual([
    ['then', 'later', 3, 2, null, 30, 6, 9, 0, 5, 10, 0, null, ...shares, 3, 2],
  ]);
  expect(rows('port_overview')).toEqual([[143, 'imap', 'starttls', 3, 2, 0, 0, 1, 0, 2, 2 / 3]]);
});

test('a strategy that gives up leaves the rest of a broken version untested', () => {
  const [row] = rows('data_overview', { ...SCAN, errors_before_giving_up: 2 });
  expect(row!.slice(5, 11)).toEqual([30, 6, 9, 0, 2 + 1, 12]);
});

test('versions', () => {
  expect(rows('version_support')).toEqual([
    [143, 'SSLv2', 2, 1, 0, null, 0, 0, 0, 0, 1 / 2, null],
    // The scripted one completes nothing, and says nothing either.
    [143, 'TLSv1.0', 2, 1, 0, null, 0, 0, 0, 0, 1 / 2, null],
    [143, 'TLSv1.2', 1, 1, 0, null, 1, 0, 0, 1, 1, 1],
    [143, 'TLSv1.3', 1, 1, 0, null, 1, 0, 0, 1, 1, 1],
  ]);
  // Of the broken one not everything is known.
  expect(rows('version_combinations')).toEqual([[143, 'TLSv1.2 TLSv1.3', 1, 1, 0, 1]]);
  expect(rows('version_only').map((row) => row.slice(1))).toEqual([
    ['SSLv2 and SSLv3 only', 1, 0, 0, 0],
    ['TLSv1.0 only', 1, 0, 0, 0],
    ['TLSv1.1 and TLSv1.2 only', 1, 0, 0, 0],
    ['TLSv1.0 upwards', 1, 1, 0, 1],
    ['TLSv1.2 upwards', 1, 1, 0, 1],
  ]);
});

test('suites and key exchanges', () => {
  expect(rows('cipher_suites').map((row) => [row[1], row[2], row[3], ...row.slice(5)])).toEqual([
    ['SSLv2', 0x020080, 'SSL_CK_RC4_128_EXPORT40_WITH_MD5', true, 2, 1, 0, null, 0, 0, 1 / 2],
    ['TLSv1.0', 0x0005, 'TLS_RSA_WITH_RC4_128_SHA', false, 2, 1, 0, null, 0, 0, 1 / 2],
    ['TLSv1.0', 0x0014, 'TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA', true, 2, 1, 0, null, 0, 0, 1 / 2],
    ['TLSv1.2', 0x009e, 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', false, 1, 1, 0, null, 0, 1, 1],
    ['TLSv1.2', 0xc02f, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', false, 1, 1, 0, null, 0, 1, 1],
    ['TLSv1.3', 0x1301, 'TLS_AES_128_GCM_SHA256', false, 1, 1, 0, null, 0, 1, 1],
  ]);
  // Of the broken one not everything is known: neither its yes nor its silence counts.
  expect(rows('key_exchange')).toEqual([
    [143, 'DHE', 1, 1, 0, null, 0, 1, 1],
    [143, 'DHE_EXPORT', 1, 0, 0, null, 0, 1, 0],
    [143, 'ECDHE', 1, 1, 0, null, 0, 1, 1],
    [143, 'RSA', 1, 0, 0, null, 0, 1, 0],
    [143, 'RSA_EXPORT', 1, 0, 0, null, 0, 1, 0],
    [143, 'TLS13', 1, 1, 0, null, 0, 1, 1],
  ]);
});

test('refusals', () => {
  const failure = ['alert', 40, 'handshake_failure'];
  const version = ['alert', 70, 'protocol_version'];
  expect(rows('refusals').map((row) => row.slice(1))).toEqual([
    ['SSLv2', ...version, 2, 1, 0, 2, 0, 1 / 2],
    ['SSLv2', 'not_listed', null, null, 2, 1, 0, 1, 0, 1 / 2],
    ['TLSv1.0', ...failure, 2, 1, 0, 1, 0, 1 / 2],
    ['TLSv1.0', ...version, 2, 1, 0, 3, 0, 1 / 2],
    // The broken one says nothing that is a refusal.
    ['TLSv1.2', ...failure, 1, 1, 0, 2, 0, 1],
  ]);
});

test('one suite a hello: those that a lower version takes are refused by it, what the registry has for none together', () => {
  const server: LegacySpec = { ...(THREE[1]!.server as LegacySpec), versions: [0x0301] };
  const village = endpoints([{ ...THREE[1]!, server }]);
  // 0x0014, an export suite, is none of TLS 1.2: it is offered alone, as the only one of these.
  const offered = new Map([[0x0303, [0x0005, 0x0014, 0x002f]]]);
  const waysOf = (scan: ScanFacts) =>
    truthTables(village, scan)['refusals']!.rows.map((row) => [row[3], row[4], row[9]]);
  expect(waysOf({ ...SCAN, offered })).toEqual([['version', 0x0301, 3]]);
  expect(waysOf({ ...SCAN, offered, errors_before_giving_up: 2 })).toEqual([
    ['alert', 40, 1],
    ['version', 0x0301, 2],
  ]);
});

test('hellos that are taken, and chains of TLS 1.3', () => {
  expect(rows('hello_tolerance')).toEqual([[143, 'none', null, 2, 2, 0, null, null, null, 1152, 0, 1]]);
  expect(rows('tls13_chains')).toEqual([[143, 'known', 1, 1, 1]]);
  expect(rows('certificate_facts')[0]).toEqual(['ca', 2, 0, 0, 2, 0, 0, 0]);
});

test('groups', () => {
  expect(rows('dh_group_sizes')).toEqual([
    [143, 512, 2, 1, 1 / 2],
    [143, 1024, 2, 1, 1 / 2],
  ]);
  expect(rows('shared_primes').map((row) => row.toSpliced(4, 1))).toEqual([
    [143, 512, 'Postfix 512-bit', 'Postfix', 1, 2, 1 / 2],
    [143, 1024, 'Postfix 1024-bit', 'Postfix', 1, 2, 1 / 2],
  ]);
  // TLS 1.2 picks the server's first, TLS 1.3 the share that is there.
  expect(rows('ecdh_curves')).toEqual([
    [143, 23, 'secp256r1', 1, 1, 1],
    [143, 29, 'x25519', 1, 1, 1],
  ]);
});

test('certificates', () => {
  const [mx, imap] = ['mx-chain', 'imap-example'].map(certificateEntry);
  const both = [mx!, imap!].sort((a, b) => (a.sha1 < b.sha1 ? -1 : 1));
  expect(rows('top_certificates')).toEqual(
    both.map(({ subject, key_bits, sha1 }, index) => [index + 1, subject, key_bits, 1, 1, sha1]),
  );
  expect(rows('certificate_keys')).toEqual([
    ['RSA', 1024, 2, 1, 1 / 2],
    ['RSA', 2048, 2, 1, 1 / 2],
  ]);
});

test('who accepts nothing of what was offered is seen to reject all', () => {
  const offered = new Map([[0x0301, [0x002f]]]);
  const table = truthTables(endpoints(THREE), { ...SCAN, offered });
  // Nobody accepts anything: whether one answers in two ways could not be seen.
  expect(table['port_overview']!.rows[0]!.slice(5, 10)).toEqual([2, 2, null, 1, 0]);
  expect(table['version_combinations']!.rows[0]!.slice(2)).toEqual(['none', 2, 2, 0, 1]);
  expect(table['cipher_suites']!.rows).toEqual([]);
});

test('columns are those that the queries document', () => {
  for (const [name, { columns, rows: all }] of Object.entries(truthTables(endpoints(ENDPOINTS), SCAN))) {
    const sql = readFileSync(join(packageRoot, 'queries', `${name}.sql`), 'utf8');
    expect(columns, name).toEqual([...sql.matchAll(/^-- column (\S+)/gm)].map((match) => match[1]));
    for (const row of all) expect(row).toHaveLength(columns.length);
  }
});

test('the truth of each kind of bad neighbour', () => {
  const known = endpoints(ENDPOINTS).map((one) => ({ one, truth: endpointTruth(one) }));
  const outcomes = known
    .filter(({ one }) => one.server.kind === 'neighbour')
    .map(({ truth }) => truth.error_kind ?? truth.outcome);
  expect(Object.fromEntries([...new Set(outcomes)].sort().map((name) => [name, count(name)]))).toEqual({
    banner_timeout: 1,
    connection_refused: 2,
    no_starttls: 4,
    protocol_error: 3,
    reset: 2,
    starttls_refused: 3,
    temporary_failure: 1,
    tls_rejected: 1,
  });
  function count(name: string): number {
    return outcomes.filter((other) => other === name).length;
  }
});
