/** Recorded flights of real servers in a folder of raw records: read again they say the same, tampered with they don't. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { flightSamples } from '../../../scripts/testing/flight-samples.ts';
import { UsageError } from '../../base/errors.ts';
import { sha256Hex } from '../../base/hex.ts';
import { packRecord, recordOfLine, unpackRecord } from '../../formats/packed-record.ts';
import type { EndpointRecord, HandshakeRecord, ScanFile } from '../../formats/raw-record.ts';
import { FlightReader, SSL2 } from '../../tls/index.ts';
import { Evidence } from '../evidence.ts';
import { suiteOf } from '../offer-lists.ts';
import { judge } from '../verdict.ts';
import { VersionTally } from '../version-tally.ts';
import { reread } from './reread.ts';

let folder: string;
const raw = () => join(folder, 'raw');
const out = () => join(folder, 'out');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'census-reread-'));
  mkdirSync(raw());
});
afterEach(() => rmSync(folder, { recursive: true }));

const ACCEPTED = new Map([
  ['ssl2-server-hello', [2, 0x010080]],
  ['ssl3-rsa-export', [0x0300, 0x0003]],
  ['tls1.0-dhe-rsa-export', [0x0301, 0x0014]],
  ['tls1.1-broken-off', [0x0302, 0x0038]],
  ['tls1.1-dh-anon', [0x0302, 0x0034]],
  ['tls1.2-ecdhe-rsa', [0x0303, 0xc02f]],
  ['tls1.3-hello-retry-request', [0x0304, 0x1302]],
] as const);
const ERRORS = [Buffer.from('220 mx.test ESMTP\r\n'), Buffer.from('16030300020200', 'hex')];

/** What a scan would have written of these flights: one endpoint. */
function recorded(): { record: EndpointRecord; evidence: Evidence } {
  const evidence = new Evidence();
  const handshakes: HandshakeRecord[] = [];
  for (const [name, [version, suite]] of ACCEPTED) {
    const sample = flightSamples().find((one) => one.name === name)!;
    const offer = { version, cipher_suites: [suite], random: new Uint8Array(32), named_groups: [] };
    const reader = new FlightReader(offer, suiteOf, true);
    const answer = reader.push(sample.server)!;
    const broken_by = answer.kind === 'server_hello' ? answer.broken_by : null;
    const verdict = judge(offer, { kind: 'answer', answer, broken_by }, reader.recorded);
    if (verdict.kind !== 'accepted') throw new Error(`${name} is not accepted`);
    const tally = new VersionTally(version, [suite]);
    tally.accept(verdict, evidence, 7);
    handshakes.push(...tally.handshakeRecords);
  }
  const record = endpointOf([...handshakes, ...errors(evidence), SILENT], evidence);
  // Whole, as a line gives it back: what endpointOf leaves out is null.
  return { record: unpackRecord(packRecord(record)), evidence };
}

function errors(evidence: Evidence): HandshakeRecord[] {
  const tally = new VersionTally(0x0303, [1, 2]);
  const kinds = ['protocol_error', 'closed'] as const;
  const details = [nonsenseOf(ERRORS[0]!), 'closed by the server'];
  for (const [index, flight_bytes] of ERRORS.entries()) {
    const failed = { error_kind: kinds[index]!, error_detail: details[index]!, flight_bytes };
    tally.fail({ cipher_suites: [index], duration_ms: 9, ...failed }, evidence);
  }
  return tally.handshakeRecords;
}

function nonsenseOf(bytes: Uint8Array): string {
  const offer = { version: 0x0303, cipher_suites: [], random: new Uint8Array(32), named_groups: [] };
  try {
    new FlightReader(offer, suiteOf).push(bytes);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('that makes sense');
}

const SILENT = {
  version: 0x0303,
  cipher_suite: null,
  outcome: 'error',
  error_kind: 'closed',
} as HandshakeRecord;
Object.assign(SILENT, { chain_id: null, dh_group_id: null, flight_sha256: null });

function endpointOf(handshakes: HandshakeRecord[], { chains }: Evidence): EndpointRecord {
  const shown = [...chains].map(([chain_id, certificates]) => ({ chain_id, certificates }));
  return {
    format_version: 4,
    endpoint_id: 0,
    target: 'a',
    handshakes,
    chains: shown,
  } as Partial<EndpointRecord> as EndpointRecord;
}

const PART = {
  endpoints: 'endpoints-00000.ndjson.gz',
  certificates: 'certificates-00000.ndjson.gz',
  dh_groups: 'dh-groups-00000.ndjson.gz',
  flights: 'flights-00000.ndjson.gz',
  records: 1,
};
const SCAN = {
  format_version: 4,
  scan_id: 'a',
  tool: 'mail-tls-census',
  tool_version: '0.0.0',
  started_at: '2026-01-01T00:00:00Z',
  finished_at: null,
  strategy: 'adaptive',
  synthetic: false,
  seed: '00'.repeat(16),
  shard: { index: 1, of: 1 },
  targets_sha256: '0'.repeat(64),
  contact: null,
  helo: 'mx.example',
  counts: { endpoints: 1, handshakes: 1, outcomes: { tls: 1, tls_rejected: 0, no_starttls: 0, error: 0 } },
  parts: [PART],
} as unknown as ScanFile;

function writeRaw({ record, evidence }: ReturnType<typeof recorded>, scan: unknown = SCAN): void {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  writeLines(PART.endpoints, [packRecord(record)]);
  writeLines(
    PART.certificates,
    [...evidence.certificates].map(([sha256, der]) => ({ sha256, der: base64(der) })),
  );
  writeLines(PART.dh_groups, [...evidence.dhGroups.values()]);
  writeLines(
    PART.flights,
    [...evidence.flights].map(([sha256, bytes]) => ({ sha256, bytes: base64(bytes) })),
  );
  writeFileSync(join(raw(), 'scan.json'), JSON.stringify(scan));
}

function writeLines(name: string, values: readonly unknown[]): void {
  writeFileSync(join(raw(), name), gzipSync(values.map((value) => `${JSON.stringify(value)}\n`).join('')));
}

const textOf = (path: string) => gunzipSync(readFileSync(path)).toString('utf8');
const rereadRecord = () => unpackRecord(JSON.parse(textOf(join(out(), PART.endpoints))));

/** Other bytes in the flight of `record.handshakes[place]`, in all places that name it. */
function tamper(
  all: ReturnType<typeof recorded>,
  place: number,
  change: (bytes: Uint8Array) => Uint8Array,
): void {
  const handshake = all.record.handshakes[place]!;
  const bytes = change(all.evidence.flights.get(handshake.flight_sha256!)!.slice());
  handshake.flight_sha256 = sha256Hex(bytes);
  all.evidence.flights.set(handshake.flight_sha256, bytes);
}

const place = (name: string) => [...ACCEPTED.keys()].indexOf(name as 'tls1.2-ecdhe-rsa');

describe('read again', () => {
  test.each([1, 2, 3])(
    'an older scan, of format %d, does not get confirmed refusals by it',
    async (format_version) => {
      const all = recorded();
      writeRaw(all, { ...SCAN, format_version });
      const { hello_tolerance: _, contradictions: __, ...older } = { ...all.record, format_version };
      const rejections = [{ version: 771, by: 'alert', code: 40, cipher_suites: 5 }];
      const lines = { ...older, rejections, inference_checks: { made: 4, wrong: 1 } };
      writeLines(PART.endpoints, [
        format_version < 3
          ? lines
          : { ...packRecord(all.record), ...lines, handshakes: packRecord(all.record).handshakes },
      ]);
      expect(await reread(raw(), out())).toMatchObject({ endpoints: 1, differed: 0 });
      expect(JSON.parse(readFileSync(join(out(), 'scan.json'), 'utf8')).format_version).toBe(3);
      const read = recordOfLine(JSON.parse(textOf(join(out(), PART.endpoints))));
      expect(read).toMatchObject({
        format_version: 3,
        rejections: [{ ...rejections[0], confirmed: false, forms: null }],
        inference_checks: [{ suite_group: 'all', inferred: null, checked: 4, wrong: 1 }],
      });
      expect(read.handshakes).toHaveLength(all.record.handshakes.length);
    },
  );

  test('real flights and errors agree, and every part is the same', async () => {
    writeRaw(recorded());
    const counts = await reread(raw(), out());
    const handshakes = ACCEPTED.size + ERRORS.length + 1;
    expect(counts).toMatchObject({
      endpoints: 1,
      handshakes,
      without_flight: 1,
      agreed: handshakes - 1,
      differed: 0,
    });
    for (const name of [PART.endpoints, PART.certificates, PART.dh_groups, PART.flights]) {
      expect(textOf(join(out(), name)), name).toBe(textOf(join(raw(), name)));
    }
    const file = JSON.parse(readFileSync(join(out(), 'scan.json'), 'utf8'));
    expect(file).toMatchObject({ ...SCAN, reread_by: { tool_version: expect.any(String) } });
    expect(readdirSync(out())).toHaveLength(5);
  });

  test('twice gives the same bytes', async () => {
    writeRaw(recorded());
    await reread(raw(), out());
    await reread(out(), join(folder, 'again'));
    for (const name of readdirSync(out())) {
      expect(readFileSync(join(folder, 'again', name)).equals(readFileSync(join(out(), name))), name).toBe(
        true,
      );
    }
  });

  test.each<[string, string, (bytes: Uint8Array) => Uint8Array, string[]]>([
    ['the signature scheme', 'tls1.2-ecdhe-rsa', (bytes) => otherScheme(bytes), ['signature_scheme']],
    ['a certificate', 'tls1.2-ecdhe-rsa', (bytes) => bytes.fill(0x41, 400, 420), ['chain_id']],
    ['the end', 'tls1.2-ecdhe-rsa', (bytes) => bytes.subarray(0, -9), ['flight_complete']],
    [
      'the suite',
      'tls1.1-dh-anon',
      (bytes) => bytes.fill(0x35, 45 + bytes[43]!, 46 + bytes[43]!),
      ['cipher_suite'],
    ],
    ['the version', 'ssl3-rsa-export', (bytes) => bytes.fill(1, 10, 11), ['version']],
    ['all', 'tls1.2-ecdhe-rsa', () => Buffer.from('* OK'), ['outcome']],
  ])('other bytes show: %s', async (_what, name, change, fields) => {
    const all = recorded();
    tamper(all, place(name), change);
    writeRaw(all);
    const counts = await reread(raw(), out());
    expect(counts.differed).toBe(1);
    expect([...counts.fields.keys()].sort()).toEqual(expect.arrayContaining(fields));
    const [before, after] = [all.record, rereadRecord()].map(({ handshakes }) => handshakes[place(name)]!);
    const changes = ['version', 'cipher_suite', 'outcome'].some((field) => fields.includes(field));
    expect(isDeepStrictEqual(after, before)).toBe(changes);
  });

  test('a chain that is read otherwise comes with its certificates, the old ones go', async () => {
    const all = recorded();
    tamper(all, place('ssl3-rsa-export'), (bytes) => bytes.fill(0x41, 400, 420));
    tamper(all, place('tls1.0-dhe-rsa-export'), (bytes) => bytes.fill(0x41, 400, 420));
    writeRaw(all);
    await reread(raw(), out());
    const record = rereadRecord();
    const named = new Set(record.chains.flatMap((chain) => chain.certificates));
    const lines = textOf(join(out(), PART.certificates)).trimEnd().split('\n');
    expect(new Set(lines.map((line) => JSON.parse(line).sha256))).toEqual(named);
    expect(new Set(record.handshakes.map((one) => one.chain_id).filter((id) => id !== null))).toEqual(
      new Set(record.chains.map((chain) => chain.chain_id)),
    );
  });

  test('a flight that is not what its hash says, or is not there, differs by that', async () => {
    const all = recorded();
    const [one, other] = [...all.evidence.flights.keys()];
    all.evidence.flights.set(one!, Uint8Array.of(1, 2, 3));
    all.evidence.flights.delete(other!);
    writeRaw(all);
    const counts = await reread(raw(), out());
    expect(counts.fields.get('flight_sha256')).toBeGreaterThanOrEqual(2);
    expect(rereadRecord()).toEqual(all.record);
  });

  test('an error that would be an answer now stays an error, and is counted', async () => {
    const all = recorded();
    tamper(all, ACCEPTED.size + 0, () => Buffer.from('15030300020228', 'hex'));
    writeRaw(all);
    const counts = await reread(raw(), out());
    expect([...counts.fields]).toEqual([['outcome', 1]]);
    expect(rereadRecord()).toEqual(all.record);
  });
});

describe('what the operator got wrong is one line, and nothing is written', () => {
  const refused = async (what: RegExp) => {
    const error = await reread(raw(), out()).catch((reason) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(what);
    expect(error.message).not.toMatch(/\n/);
    expect(readdirSync(folder)).toEqual(['raw']);
  };

  test.each<[string, () => void, RegExp]>([
    ['no scan', () => rmSync(join(raw(), 'scan.json')), /holds no scan/],
    ['no JSON', () => writeFileSync(join(raw(), 'scan.json'), '{\n'), /is no JSON/],
    ['another’s JSON', () => writeFileSync(join(raw(), 'scan.json'), '{"a":1}'), /no format_version/],
    ['a newer format', () => setScan({ format_version: 99 }), /newer version/],
    ['no flights', () => setScan({ parts: [{ ...PART, flights: null }] }), /kept no flights/],
    [
      'a part elsewhere',
      () => setScan({ parts: [{ ...PART, flights: '../../x.ndjson.gz' }] }),
      /unusable parts/,
    ],
    ['a part missing', () => rmSync(join(raw(), PART.flights)), /is missing/],
    ['a part cut short', () => cut(PART.endpoints), /no whole gzip/],
    ['a flight without bytes', () => writeLines(PART.flights, [{ sha256: 'a' }]), /line 1, is no flight/],
    [
      'a record of something else',
      () => writeLines(PART.endpoints, [{ handshakes: [null], chains: [] }]),
      /line 1, has handshakes with something that is no object/,
    ],
    [
      'a line that is no JSON',
      () => writeFileSync(join(raw(), PART.endpoints), gzipSync('{}x\n')),
      /line 1, is no JSON/,
    ],
    [
      'a line without an end',
      () => writeFileSync(join(raw(), PART.dh_groups), gzipSync('{}')),
      /line 1, has no end/,
    ],
    [
      'a line too long',
      () => writeFileSync(join(raw(), PART.flights), gzipSync(Buffer.alloc(2 ** 25))),
      /bytes long/,
    ],
  ])('%s', async (_what, spoil, message) => {
    writeRaw(recorded());
    spoil();
    await refused(message);
  });

  test('an --out that holds something stays as it is', async () => {
    writeRaw(recorded());
    mkdirSync(out());
    writeFileSync(join(out(), 'mine'), 'mine');
    await expect(reread(raw(), out())).rejects.toThrow(/already holds something/);
    expect(readdirSync(out())).toEqual(['mine']);
    await expect(reread(raw(), join(out(), 'mine'))).rejects.toThrow(UsageError);
  });

  function setScan(change: object): void {
    writeFileSync(join(raw(), 'scan.json'), JSON.stringify({ ...SCAN, ...change }));
  }

  function cut(name: string): void {
    const bytes = readFileSync(join(raw(), name));
    writeFileSync(join(raw(), name), bytes.subarray(0, bytes.length - 20));
  }
});

test('the samples are what the records above say of them', () => {
  for (const { name, client } of flightSamples()) {
    const version = ACCEPTED.get(name as 'ssl3-rsa-export')?.[0];
    if (version !== undefined) expect((client[0]! & 0x80) !== 0).toBe(version === SSL2);
  }
});

/** Of ServerKeyExchange with a point of P-256: what stands behind the point. */
function otherScheme(bytes: Uint8Array): Uint8Array {
  const point = Buffer.from(bytes).indexOf(Buffer.from('03001741', 'hex')) + 4;
  return bytes.fill(4, point + 65, point + 66);
}
