/** Native ingest over the recorded sample: what arrives, what happens to what is damaged, and what a crash leaves. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { openDatabase, sqlText } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { sha256Hex } from '../../base/hex.ts';
import { packageRoot } from '../../base/package-root.ts';
import { readManifest } from '../../formats/lake-manifest.ts';
import { packRecord, unpackRecord } from '../../formats/packed-record.ts';
import type { QuarantinedLine } from '../../formats/quarantine.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { ingest } from '../index.ts';
import { lineOfFormat3 } from './sample-formats.fixture.ts';

const sample = join(packageRoot, 'datasets/samples/village');
const folder = temporaryFolder('native');
let made = 0;

const COUNTS = {
  version: 771,
  offered: 1,
  accepted: 0,
  rejected: 1,
  errors: 0,
  not_tested: 0,
  handshakes: 1,
};

const ACCEPTED = { version: 771, outcome: 'accepted', hello_retry_request: false };
const TWO_OF_771 = { versions: [{ ...COUNTS, offered: 3, accepted: 2 }] };

test('every endpoint, version, handshake, chain and group of the raw records is in the lake', async () => {
  const lake = join(folder, 'lake');
  const [summary] = await ingest({ from: 'native', inputs: [sample], lake });
  const records = rawRecords(sample);
  const accepted = records.flatMap((record) => record.handshakes);
  expect(summary!.rows).toEqual({
    scans: 1,
    offered_suites: Object.values<number[]>(scanOf(sample).cipher_suites).flat().length,
    endpoints: records.length,
    endpoint_versions: records.flatMap((record) => record.versions).length,
    refusals: records.flatMap((record) => record.rejections).length,
    hello_tolerance: records.filter(({ hello_tolerance }) => hello_tolerance !== null).length,
    endpoint_facts: records.length,
    endpoint_signature_schemes: records.flatMap((record) =>
      record.signature_schemes.flatMap((one) => one.accepted),
    ).length,
    endpoint_groups: records.flatMap((record) => record.groups.flatMap((group) => group.accepted)).length,
    handshakes: accepted.length,
    flights: new Set(
      records.flatMap((record) =>
        record.handshakes
          .filter(({ outcome }) => outcome === 'accepted')
          .map((one) =>
            JSON.stringify([
              record.port,
              one.flight_complete,
              one.chain_id,
              one.dh_group_id,
              one.named_group,
              one.key_bits,
              one.signature_scheme,
            ]),
          ),
      ),
    ).size,
    chains: [
      ...new Map(records.flatMap(({ chains }) => chains.map((one) => [one.chain_id, one]))).values(),
    ].flatMap(({ certificates }) => certificates).length,
    certificates: new Set(lines(sample, 'certificates-').map((line) => JSON.parse(line).sha256)).size,
    dh_groups: new Set(lines(sample, 'dh-groups-').map((line) => JSON.parse(line).dh_group_id)).size,
  });
});

test('an independent Parquet reader sees what DuckDB sees', async () => {
  const lake = join(folder, 'lake-parquet');
  await ingest({ from: 'native', inputs: [sample], lake });
  const database = await openDatabase();
  const connection = await database.connect();
  for (const file of readManifest(lake).files) {
    const bytes = readFileSync(join(lake, file.path));
    const own = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const theirs = await parquetReadObjects({ file: own, compressors, utf8: false });
    const ours = await connection.runAndReadAll(
      `select * from read_parquet(${sqlText(join(lake, file.path))}, hive_partitioning = false)`,
    );
    expect(theirs.map(comparable), file.path).toEqual(ours.getRowObjectsJS().map(comparable));
  }
  database.close();
});

test('the same scan again changes nothing, a changed one replaces its rows', async () => {
  const lake = join(folder, 'lake-again');
  await ingest({ from: 'native', inputs: [sample], lake });
  const before = readFileSync(join(lake, 'manifest.json'), 'utf8');
  expect((await ingest({ from: 'native', inputs: [sample], lake }))[0]!.changed).toBe(false);
  expect(readFileSync(join(lake, 'manifest.json'), 'utf8')).toBe(before);

  const fewer = changedSample((records) => records.slice(0, 5));
  const [summary] = await ingest({ from: 'native', inputs: [fewer], lake });
  expect(summary).toMatchObject({ changed: true, rows: { endpoints: 5 } });
  const named = readManifest(lake).files.map((file) => file.path);
  const onDisk = readdirSync(lake, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.parquet'),
  );
  expect(onDisk.sort()).toEqual(named.sort());
});

test('two lakes of the same scan have the same bytes, whatever the number of threads', async () => {
  const lakes = [1, 2, 4].map((threads) => ({ threads, lake: join(folder, `lake-threads-${threads}`) }));
  for (const options of lakes) await ingest({ from: 'native', inputs: [sample], ...options });
  const [one, two, four] = lakes.map(({ lake }) => readManifest(lake).files);
  expect(two).toEqual(one);
  expect(four).toEqual(one);
});

/** Which endpoint of the sample is damaged: one with TLS. */
function damaged(all: readonly string[]): number {
  return all.findIndex((line) => JSON.parse(line).chains && JSON.parse(line).endpoint_id !== 1);
}

const group = (line: string): object => JSON.parse(line).handshakes[0];

describe.each<[string, (line: string) => string, RegExp]>([
  [
    'inferred counts that together are no number of 32 bits',
    (line) =>
      edited(line, { versions: [{ ...COUNTS, inferred_accepted: 2147483647, inferred_rejected: 1 }] }),
    /counts do not add up/,
  ],
  [
    'a chain whose number has no next one',
    (line) =>
      edited(line, {
        ...TWO_OF_771,
        handshakes: [{ ...ACCEPTED, chain: 2147483647, cipher_suites: [47, 53] }],
      }),
    /a chain which it does not describe/,
  ],
  [
    'only a version that nobody asks, twice',
    (line) =>
      edited(line, {
        outcome: 'error',
        handshakes: [],
        versions: [999, 999].map((version) => ({ ...COUNTS, version })),
      }),
    /a version twice/,
  ],
  [
    'accepted handshakes of a version that nobody asks',
    (line) =>
      edited(line, {
        outcome: 'tls_rejected',
        handshakes: [],
        versions: [{ ...COUNTS, version: 999, offered: 3, accepted: 3, rejected: 0 }],
      }),
    /accepted handshakes that are not as many/,
  ],
  ['no JSON', () => '{"endpoint_id": ', /^is no JSON$/],
  ['no object', () => '[]', /^is no JSON object$/],
  ['nothing but a brace', () => '{}', /^is of another scan than/],
  ['a text for a number', (line) => edited(line, { port: 'twenty' }), /^has an unusable port$/],
  ['a text for a list', (line) => edited(line, { versions: 'all' }), /^has an unusable versions$/],
  [
    'a suite that is none',
    (line) => edited(line, { handshakes: [{ ...group(line), cipher_suites: [{}] }] }),
    /^has an unusable handshakes.cipher_suites$/,
  ],
  ['half of a character', (line) => edited(line, { host: '\ud800' }), /^can't be read: /],
  ['a record of another scan', (line) => edited(line, { scan_id: 'other' }), /^is of another scan than/],
  ['a newer format', (line) => edited(line, { format_version: 9 }), /of another format$/],
  ['no endpoint_id', (line) => edited(line, { endpoint_id: null }), /no usable endpoint_id/],
  ['no port', (line) => edited(line, { port: null }), /no usable port/],
  ['a port out of range', (line) => edited(line, { port: 40_000 }), /no usable port/],
  ['a port that is no mail port', (line) => edited(line, { port: 2525 }), /no usable port/],
  ['an outcome that is none', (line) => edited(line, { outcome: 'maybe' }), /protocol, tls_mode or outcome/],
  [
    'counts that do not add up',
    (line) => edited(line, { versions: [{ ...COUNTS, offered: 9 }] }),
    /do not add up/,
  ],
  [
    'a count that is missing',
    (line) => edited(line, { versions: [{ version: 771, offered: 0 }] }),
    /do not add up/,
  ],
  [
    'a negative count',
    (line) => edited(line, { versions: [{ ...COUNTS, accepted: -5, rejected: 6 }] }),
    /do not add up/,
  ],
  ['a duration of weeks', (line) => edited(line, { duration_ms: 3e9 }), /too large/],
  [
    'counts whose sum is too large',
    (line) =>
      edited(line, {
        versions: [768, 769].map((version) => ({
          ...COUNTS,
          version,
          offered: 1_500_000_000,
          rejected: 1_500_000_000,
        })),
      }),
    /too large/,
  ],
  [
    'counts that are too large to be added',
    (line) =>
      edited(line, {
        versions: [
          { ...COUNTS, rejected: 2_000_000_000, inferred_rejected: 2_000_000_000, errors: 2_000_000_000 },
        ],
      }),
    /do not add up/,
  ],
  [
    'accepted handshakes and an error',
    (line) => edited(line, { outcome: 'error' }),
    /^accepts handshakes but its outcome is not tls$/,
  ],
  [
    'TLS without a handshake',
    (line) => edited(line, { versions: [COUNTS], handshakes: [] }),
    /^has the outcome tls but accepts no handshake$/,
  ],
  ['a version twice', (line) => edited(line, { versions: [COUNTS, COUNTS] }), /a version twice/],
  [
    'fewer handshakes than it counts',
    (line) => edited(line, { handshakes: [] }),
    /not as many as a version counts/,
  ],
  [
    'a suite twice',
    (line) => edited(line, { ...TWO_OF_771, handshakes: [{ ...ACCEPTED, cipher_suites: [47, 47] }] }),
    /accepted twice/,
  ],
  [
    'an error without its kind',
    (line) => edited(line, { handshakes: [{ ...ACCEPTED, outcome: 'error', cipher_suites: [47] }] }),
    /neither accepted/,
  ],
  [
    'a chain that is not there',
    (line) => edited(line, { ...TWO_OF_771, handshakes: [{ ...ACCEPTED, cipher_suites: [1, 2], chain: 7 }] }),
    /a chain which it does not describe/,
  ],
])('a line with %s', (_, damage, reason) => {
  test('is set aside, and the others are in the lake', async () => {
    const raw = copyOf(sample);
    let bad = '';
    let number = 0;
    rewrite(raw, 'endpoints-', (all) => {
      number = damaged(all) + 1;
      bad = damage(all[number - 1]!);
      return all.with(number - 1, bad);
    });
    const lake = join(folder, `lake-quarantine-${made}`);
    const [summary] = await ingest({ from: 'native', inputs: [raw], lake });
    expect(summary!.rows['endpoints']).toBe(59);
    expect(summary!.quarantine).toEqual({ lines: 1, path: expect.stringContaining(lake) });
    expect(quarantined(lake)).toEqual([
      {
        file: 'endpoints-00000.ndjson.gz',
        line: number,
        reason: expect.stringMatching(reason),
        bytes: Buffer.from(bad).toString('base64'),
        truncated: false,
      },
    ]);
  });
});

test('the other lines of a part with a bad one give the rows that they give without it', async () => {
  const [bad, without] = [copyOf(sample), copyOf(sample)];
  rewrite(bad, 'endpoints-', (all) => ['{nope', ...all]);
  editPart(bad, { records: 61 });
  const lakes = [join(folder, 'lake-with-bad'), join(folder, 'lake-without-bad')];
  for (const [index, raw] of [bad, without].entries())
    await ingest({ from: 'native', inputs: [raw], lake: lakes[index]! });
  expect(readManifest(lakes[0]!).files).toEqual(readManifest(lakes[1]!).files);
});

test.each<[string, (line: string) => string]>([
  ['a number in a text', (line) => edited(line, { connect_port: '2525', host: 7 })],
  ['a part of a number', (line) => edited(line, { connect_port: 2525.4 })],
  [
    'a number past what JavaScript counts',
    (line) => edited(line, { endpoint_id: 7 }).replace('"endpoint_id":7', '"endpoint_id":9007199254740993'),
  ],
  ['a comma too many', (line) => `${line.slice(0, -1)},}`],
  ['a field of our own', (line) => edited(line, { census_line: 3 })],
])('a line with %s has the same end beside a bad line as alone', async (_, change) => {
  const [alone, beside] = [copyOf(sample), copyOf(sample)];
  rewrite(alone, 'endpoints-', (all) => all.with(4, change(all[4]!)));
  rewrite(beside, 'endpoints-', (all) => ['{nope', ...all.with(4, change(all[4]!))]);
  editPart(beside, { records: 61 });
  const lakes = [alone, beside].map((raw) => ({
    raw,
    lake: join(folder, `lake-of-${raw.split('/').at(-1)}`),
  }));
  for (const { raw, lake } of lakes) await ingest({ from: 'native', inputs: [raw], lake });
  const [one, two] = lakes.map(({ lake }) => readManifest(lake));
  expect(two!.files).toEqual(one!.files);
  expect([one!.quarantine.length, two!.quarantine[0]!.lines]).toEqual([0, 1]);
});

test('a line that is as long as may be is read beside bad ones, a longer one is set aside', async () => {
  const raw = copyOf(sample);
  const most = 16 * 1024 * 1024 - 64;
  const padded = (line: string, length: number) =>
    edited(line, { pad: 'x'.repeat(length - line.length - 9) });
  rewrite(raw, 'endpoints-', (all) => [
    '{nope',
    ...all
      .with(4, padded(all[4]!, most))
      .with(5, padded(all[5]!, most + 1))
      .with(6, edited(all[6]!, { host: '\ud800' })),
  ]);
  editPart(raw, { records: 61 });
  const lake = join(folder, 'lake-longest');
  await ingest({ from: 'native', inputs: [raw], lake });
  expect(quarantined(lake).map(({ line, reason }) => [line, reason.slice(0, 13)])).toEqual([
    [1, 'is no JSON'],
    [7, `is ${most + 1} b`],
    [8, "can't be read"],
  ]);
});

test('a line without an end, long, or not of UTF-8 is set aside with its begin', async () => {
  const raw = copyOf(sample);
  const long = Buffer.alloc(17 * 1024 * 1024, 0x61);
  const text = Buffer.concat([
    Buffer.from('{"a":"\xff"}\n', 'latin1'),
    Buffer.from('\n \n'),
    long,
    Buffer.from('\n{"x":1'),
  ]);
  writeFileSync(part(raw, 'endpoints-'), gzipSync(text));
  editPart(raw, { records: 3 });
  const lake = join(folder, 'lake-long-lines');
  await ingest({ from: 'native', inputs: [raw], lake });
  const lines = quarantined(lake);
  expect(lines.map(({ line, reason, truncated }) => [line, reason.replace(/\d+/g, 'N'), truncated])).toEqual([
    [1, 'is not UTF-N', false],
    [4, 'is N bytes long, over N', true],
    [5, expect.stringMatching(/^is (?:no JSON|of another scan)/), false],
  ]);
  expect(Buffer.from(lines[1]!.bytes, 'base64')).toEqual(long.subarray(0, 65_536));
});

test('bad lines of certificates and groups are set aside; what they described stays unknown', async () => {
  const raw = copyOf(sample);
  rewrite(raw, 'certificates-', (all) => ['{"sha256":"00"}', 'nope', ...all.slice(2)]);
  appendLine(raw, '{"sha256":"00","der":"?"}', 'certificates-');
  appendLine(raw, '{"sha256":"00","der":"MAA="}', 'certificates-');
  const last = lines(raw, 'certificates-').length;
  rewrite(raw, 'dh-groups-', (all) => [edited(all[0]!, { bits: 'many' }), ...all.slice(1)]);
  const lake = join(folder, 'lake-side-files');
  const [summary] = await ingest({ from: 'native', inputs: [raw], lake });
  expect(summary!.rows).toMatchObject({ endpoints: 60, certificates: 14, dh_groups: 8 });
  expect(quarantined(lake).map(({ file, line, reason }) => [file.split('-')[0], line, reason])).toEqual([
    ['certificates', 1, 'has no der'],
    ['certificates', 2, 'is no JSON'],
    ['certificates', last - 1, 'has a der that is no base64'],
    ['certificates', last, 'has a sha256 that is not that of its der'],
    ['dh', 1, 'has an unusable bits'],
  ]);
});

test('with strict a bad line is an error that names file and line, and nothing is written', async () => {
  const raw = copyOf(sample);
  rewrite(raw, 'endpoints-', (all) => all.with(7, '{nope'));
  const lake = join(folder, 'lake-strict');
  await expect(ingest({ from: 'native', inputs: [raw], lake, strict: true })).rejects.toThrow(
    /^endpoints-00000.ndjson.gz, line 8: is no JSON; .* nothing written$/,
  );
  expect(existsSync(lake)).toBe(false);
  await ingest({ from: 'native', inputs: [raw], lake });
  await expect(ingest({ from: 'native', inputs: [raw], lake, strict: true })).rejects.toThrow(/line 8/);
  // Mended, it replaces its rows, and nothing is set aside any more.
  const [summary] = await ingest({ from: 'native', inputs: [sample], lake, strict: true });
  expect(summary).toMatchObject({ changed: true, quarantine: null });
  expect(readManifest(lake).quarantine).toEqual([]);
  expect(existsSync(join(lake, `quarantine/scan_id=${scanOf(sample).scan_id}`))).toBe(true);
  expect(readdirSync(join(lake, `quarantine/scan_id=${scanOf(sample).scan_id}`))).toEqual([]);
});

test.each([1, 2])('a scan of format %d gives the same rows as its packed lines', async (format_version) => {
  const raw = copyOf(sample);
  const packed = copyOf(sample);
  rewrite(packed, 'endpoints-', (all) => all.map((line) => JSON.stringify(lineOfFormat3(JSON.parse(line)))));
  rewrite(raw, 'endpoints-', () =>
    lines(packed, 'endpoints-').map((line) =>
      JSON.stringify({ ...unpackRecord(JSON.parse(line)), inference_checks: null, format_version }),
    ),
  );
  editScan(raw, { format_version });
  editScan(packed, { format_version: 3 });
  const lakes = [join(folder, `lake-old-${format_version}`), join(folder, `lake-new-${format_version}`)];
  await ingest({ from: 'native', inputs: [raw], lake: lakes[0]! });
  await ingest({ from: 'native', inputs: [packed], lake: lakes[1]! });
  expect(readManifest(lakes[0]!).files).toEqual(readManifest(lakes[1]!).files);
});

test('parts in any number of batches hold every row once, with flights told apart', async () => {
  const raw = copyOf(sample);
  const all = lines(raw, 'endpoints-');
  const parts = Array.from({ length: 6 }, (_, index) => {
    const endpoints = `endpoints-1000${index}.ndjson.gz`;
    writeFileSync(
      join(raw, endpoints),
      gzipSync(
        all
          .slice(index * 10, index * 10 + 10)
          .map((line) => `${line}\n`)
          .join(''),
      ),
    );
    const [certificates, dh_groups] = [
      `certificates-1000${index}.ndjson.gz`,
      `dh-groups-1000${index}.ndjson.gz`,
    ];
    cpSync(part(sample, 'certificates-'), join(raw, certificates));
    cpSync(part(sample, 'dh-groups-'), join(raw, dh_groups));
    return { endpoints, certificates, dh_groups, flights: null, records: 10 };
  });
  editScan(raw, { parts });
  const lakes = [1, 2].map((threads) => ({
    threads,
    lake: join(folder, `lake-batches-${threads}`),
    batch_records: 20,
  }));
  for (const options of lakes) await ingest({ from: 'native', inputs: [raw], ...options });
  const [one, two] = lakes.map(({ lake }) => readManifest(lake).files);
  expect(two).toEqual(one);
  expect(one!.filter(({ table, port }) => table === 'endpoints' && port === 25)).toHaveLength(3);

  const whole = join(folder, 'lake-one-batch');
  await ingest({ from: 'native', inputs: [sample], lake: whole });
  for (const table of [
    'endpoints',
    'endpoint_versions',
    'endpoint_facts',
    'chains',
    'certificates',
    'dh_groups',
  ]) {
    expect(await rowsOf(lakes[0]!.lake, table), table).toEqual(await rowsOf(whole, table));
  }
  const shown = `select h.port, h.endpoint_id, h.version, h.cipher_suite, h.error_kind, f.* exclude (flight_id, port, scan_id)
    from HANDSHAKES as h left join FLIGHTS as f on h.port = f.port and h.flight_id = f.flight_id order by all`;
  expect(await queried(lakes[0]!.lake, shown)).toEqual(await queried(whole, shown));
  const twice = 'select port, flight_id from FLIGHTS group by all having count(*) > 1';
  expect(await queried(lakes[0]!.lake, twice)).toEqual([]);
});

test.each<[string, (raw: string) => void, RegExp]>([
  ['a part cut short', (raw) => truncateSync(part(raw, 'endpoints-'), 3000), /endpoints-.* is cut short/],
  [
    'a part that is no gzip',
    (raw) => writeFileSync(part(raw, 'certificates-'), 'hello'),
    /certificates-.* is damaged/,
  ],
  ['a part that is missing', (raw) => rmSync(part(raw, 'dh-groups-')), /dh-groups-.* is missing/],
  ['a line too many', (raw) => appendLine(raw, '{"endpoint_id": '), /counts 60 records, .* holds 61/],
  [
    'a record too many',
    (raw) => appendLine(raw, lines(raw, 'endpoints-')[0]!),
    /counts 60 records, .* holds 61/,
  ],
  ['no scan.json', (raw) => rmSync(join(raw, 'scan.json')), /holds no scan/],
  ['a scan.json that is none', (raw) => writeFileSync(join(raw, 'scan.json'), '{}'), /is no scan.json/],
  [
    'a scan.json with SQL in it',
    (raw) => editScan(raw, { synthetic: "true) to 'x'; --" }),
    /unusable synthetic/,
  ],
  ['a time that is none', (raw) => editScan(raw, { started_at: 'now' }), /unusable started_at/],
  ['a part of another folder', (raw) => editPart(raw, { endpoints: '../x.ndjson.gz' }), /unusable parts/],
  [
    'a part named twice',
    (raw) => editScan(raw, { parts: Array(2).fill(scanOf(raw).parts[0]) }),
    /unusable parts/,
  ],
  [
    'an endpoint_id of another record',
    (raw) =>
      rewrite(raw, 'endpoints-', (all) =>
        all.with(0, edited(all[0]!, { endpoint_id: JSON.parse(all[1]!).endpoint_id })),
      ),
    /a record shares its endpoint_id with another/,
  ],
  [
    'an offer that is none',
    (raw) => editScan(raw, { cipher_suites: { 771: ['; drop'] } }),
    /unusable cipher_suites/,
  ],
  [
    'a missing certificate',
    (raw) => rewrite(raw, 'certificates-', (all) => all.slice(1)),
    /a certificate of a chain is in no part file/,
  ],
  [
    'a missing group',
    (raw) => rewrite(raw, 'dh-groups-', (all) => all.slice(1)),
    /a Diffie-Hellman group of a handshake is in no part/,
  ],
  [
    'a prime of two sizes',
    (raw) => rewrite(raw, 'dh-groups-', (all) => [...all, edited(all[0]!, { bits: 7 })]),
    /dh-groups-00000.ndjson.gz, line 1 and .*dh-groups-00000.ndjson.gz, line \d+: .* described in two ways/,
  ],
  [
    'a chain of two kinds',
    (raw) =>
      rewrite(raw, 'endpoints-', (all) => {
        const place = damaged(all);
        const { chains } = JSON.parse(all[place]!);
        const other = all.findIndex((line, index) => index !== place && line.includes(chains[0].chain_id));
        const certificates = [...chains[0].certificates, ...chains[0].certificates];
        expect(other).toBeGreaterThan(-1);
        return all.with(
          place,
          edited(all[place]!, { chains: chains.with(0, { ...chains[0], certificates }) }),
        );
      }),
    /a chain is described in two ways/,
  ],
  ['a newer format', (raw) => editScan(raw, { format_version: 99 }), /format 99.* newer version/],
  ['a scan id that is a path', (raw) => editScan(raw, { scan_id: '../../etc' }), /unusable scan_id/],
])('%s is one clear line, and the lake stays as it was', async (_, damage, message) => {
  const lake = join(folder, `lake-damaged-${made}`);
  await ingest({ from: 'native', inputs: [changedSample((records) => records.slice(0, 3), 'other')], lake });
  const before = readFileSync(join(lake, 'manifest.json'), 'utf8');
  const raw = copyOf(sample);
  damage(raw);
  const failure = await ingest({ from: 'native', inputs: [raw], lake }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(message);
  expect((failure as Error).message).not.toContain('\n');
  expect(readFileSync(join(lake, 'manifest.json'), 'utf8')).toBe(before);
  expect(existsSync(join(lake, '.lock'))).toBe(false);
  expect(existsSync(join(lake, '.staging'))).toBe(false);
});

test('a part of other bytes than its hash tells is told, and refused with strict; damage is found with and without', async () => {
  const raw = copyOf(sample);
  const sums = (kind: string) => sha256Hex(readFileSync(part(raw, kind)));
  const sha256 = {
    endpoints: sums('endpoints-'),
    certificates: sums('certificates-'),
    dh_groups: sums('dh-groups-'),
    flights: null,
  };
  editPart(raw, { sha256 });
  const told: string[] = [];
  const into = (name: string) => ({
    inputs: [raw],
    lake: join(folder, name),
    tell: (line: string) => told.push(line),
  });
  await ingest(into('lake-whole'));
  expect(told).toEqual([]);
  const path = part(raw, 'endpoints-');
  writeFileSync(path, gzipSync(gunzipSync(readFileSync(path)), { level: 9 }));
  await ingest(into('lake-packed-again'));
  expect(told).toEqual([`${path}: not the bytes whose SHA-256 scan.json tells`]);
  expect(rowsOf(join(folder, 'lake-packed-again'), 'endpoints')).toEqual(
    rowsOf(join(folder, 'lake-whole'), 'endpoints'),
  );
  await expect(ingest({ ...into('lake-strict'), strict: true })).rejects.toThrow(
    /endpoints-.*: not the bytes whose SHA-256 scan.json tells; copy the scan again, or leave out --strict; nothing written/,
  );
  const bytes = readFileSync(path);
  bytes[bytes.length - 6]! ^= 1;
  writeFileSync(path, bytes);
  await expect(ingest(into('lake-damaged'))).rejects.toThrow(/is damaged \(.*\): not a whole gzip file/);
});

test('what a killed ingest left is no part of the lake, and the next one removes it', async () => {
  const lake = join(folder, 'lake-killed');
  await ingest({ from: 'native', inputs: [sample], lake });
  const before = readManifest(lake).files;
  const stray = join(lake, 'endpoints/scan_id=half/port=25');
  mkdirSync(stray, { recursive: true });
  mkdirSync(join(lake, '.staging'));
  writeFileSync(join(lake, '.staging/endpoints-25-0.parquet'), 'PAR1 half');
  writeFileSync(join(stray, 'part-0000.parquet'), 'PAR1 half');
  // The lock of a process that is gone: 2^22 is past the largest process id of Linux.
  writeFileSync(join(lake, '.lock'), `4194304 ${hostname()}\n`);
  await ingest({ from: 'native', inputs: [changedSample((records) => records.slice(0, 3), 'other')], lake });
  expect(existsSync(join(stray, 'part-0000.parquet'))).toBe(false);
  const after = readManifest(lake).files.filter((file) => file.scan_id === before[0]!.scan_id);
  expect(after).toEqual(before);
});

test('several scans in one command are all in the lake, or none of them', async () => {
  const lake = join(folder, 'lake-several');
  const other = changedSample((records) => records.slice(0, 3), 'other');
  const damaged = changedSample((records) => records.slice(0, 3), 'damaged');
  truncateSync(part(damaged, 'endpoints-'), 200);
  await expect(ingest({ from: 'native', inputs: [other, damaged], lake })).rejects.toThrow(/nothing written/);
  expect(existsSync(lake)).toBe(false);
  await expect(ingest({ from: 'native', inputs: [other, copyOf(other)], lake })).rejects.toThrow(
    /both hold scan other/,
  );
  const summaries = await ingest({ from: 'native', inputs: [other, sample], lake });
  expect(summaries.map(({ rows }) => rows['endpoints'])).toEqual([3, 60]);
});

test('a scan keeps its name from another of the same name', async () => {
  const lake = join(folder, 'lake-names');
  await ingest({ from: 'native', inputs: [changedSample((records) => records.slice(0, 3), 'other')], lake });
  const upper = changedSample((records) => records.slice(0, 3), 'Other');
  await expect(ingest({ from: 'native', inputs: [upper], lake })).rejects.toThrow(/differs in case only/);
  const patterns = join(folder, 'patterns.csv');
  writeFileSync(patterns, 'count,port,pattern\n1,25,a\n');
  writeFileSync(join(folder, 'positions.csv'), 'position,version,openssl_name\n0,SSLv3,RC4-MD5\n');
  const study = { from: 'study-patterns' as const, inputs: [patterns], lake, scan_id: 'other' };
  await expect(ingest(study)).rejects.toThrow(/holds a scan other ingested from native/);
});

test('folders whose names look like patterns or partitions are just folders', async () => {
  const odd = join(folder, "port=99/scan_id=x/a[b]*?'");
  mkdirSync(odd, { recursive: true });
  const raw = join(odd, 'raw');
  cpSync(sample, raw, { recursive: true });
  const plain = await ingest({ from: 'native', inputs: [sample], lake: join(folder, 'lake-plain') });
  expect(await ingest({ from: 'native', inputs: [raw], lake: join(odd, 'lake') })).toEqual(plain);
  const files = [join(folder, 'lake-plain'), join(odd, 'lake')].map((lake) => readManifest(lake).files);
  expect(files[1]).toEqual(files[0]);
});

test('of two ingests at once into one lake, one says that it must wait', async () => {
  const lake = join(folder, 'lake-at-once');
  const other = changedSample((records) => records.slice(0, 3), 'other');
  const ends = await Promise.allSettled([
    ingest({ from: 'native', inputs: [sample], lake }),
    ingest({ from: 'native', inputs: [other], lake }),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(String((ends[1] as PromiseRejectedResult).reason)).toMatch(/is being written by this process; wait/);
  expect((await ingest({ from: 'native', inputs: [other], lake }))[0]!.changed).toBe(true);
});

test('a lake that another process writes is left alone', async () => {
  const lake = join(folder, 'lake-locked');
  mkdirSync(lake);
  writeFileSync(join(lake, '.lock'), `${process.ppid} ${hostname()}\n`);
  await expect(ingest({ from: 'native', inputs: [sample], lake })).rejects.toThrow(
    /is being written by process/,
  );
  expect(readdirSync(lake)).toEqual(['.lock']);
});

function rawRecords(raw: string): EndpointRecord[] {
  return lines(raw, 'endpoints-').map((line) => unpackRecord(JSON.parse(line)));
}

function lines(raw: string, kind: string): string[] {
  return gunzipSync(readFileSync(part(raw, kind)))
    .toString()
    .trim()
    .split('\n');
}

function part(raw: string, kind: string): string {
  return join(raw, readdirSync(raw).find((file) => file.startsWith(kind))!);
}

function copyOf(raw: string): string {
  const copy = join(folder, `raw-${made++}`);
  cpSync(raw, copy, { recursive: true });
  return copy;
}

/** As a scan that was written so; without the hashes by which a changed part is told. */
function rewrite(raw: string, kind: string, change: (lines: string[]) => string[]): void {
  writeFileSync(part(raw, kind), gzipSync(`${change(lines(raw, kind)).join('\n')}\n`));
  const parts = scanOf(raw).parts.map(({ sha256: _, ...rest }: { sha256?: object }) => rest);
  editScan(raw, { parts });
}

function appendLine(raw: string, line: string, kind = 'endpoints-'): void {
  rewrite(raw, kind, (all) => [...all, line]);
}

function edited(line: string, change: object): string {
  return JSON.stringify({ ...JSON.parse(line), ...change });
}

function scanOf(raw: string) {
  return JSON.parse(readFileSync(join(raw, 'scan.json'), 'utf8'));
}

function editPart(raw: string, change: object): void {
  editScan(raw, { parts: [{ ...scanOf(raw).parts[0], ...change }] });
}

function editScan(raw: string, change: object): void {
  const path = join(raw, 'scan.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

/** A copy of the sample with other records, and with another scan id if one is given. */
function changedSample(change: (records: EndpointRecord[]) => EndpointRecord[], scan_id?: string): string {
  const raw = copyOf(sample);
  const records = change(rawRecords(raw)).map((record) => ({ ...record, ...(scan_id ? { scan_id } : {}) }));
  writeFileSync(
    part(raw, 'endpoints-'),
    gzipSync(records.map((record) => `${JSON.stringify(packRecord(record))}\n`).join('')),
  );
  const { parts } = JSON.parse(readFileSync(join(raw, 'scan.json'), 'utf8'));
  editScan(raw, { parts: [{ ...parts[0], records: records.length }], ...(scan_id ? { scan_id } : {}) });
  return raw;
}

function quarantined(lake: string): QuarantinedLine[] {
  const [file] = readManifest(lake).quarantine;
  const text = readFileSync(join(lake, file!.path), 'utf8');
  expect(sha256Hex(Buffer.from(text))).toBe(file!.sha256);
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(file!.lines);
  return lines.map((line) => JSON.parse(line));
}

/** Rows of a query over a lake's tables, which it names in capitals. */
async function queried(lake: string, sql: string): Promise<unknown[]> {
  const database = await openDatabase();
  const connection = await database.connect();
  const from = (table: string): string =>
    `read_parquet(${sqlText(`${lake}/${table.toLowerCase()}/**/*.parquet`)}, hive_partitioning = true)`;
  const result = await connection.runAndReadAll(sql.replaceAll(/\b[A-Z_]{5,}\b/g, from));
  database.close();
  return result.getRowsJson();
}

function rowsOf(lake: string, table: string): Promise<unknown[]> {
  return queried(lake, `select * from ${table.toUpperCase()} order by all`);
}

/** Values of both readers in one form: 64-bit integers, dates and blobs have two each. */
function comparable(row: object): object {
  const plain = (value: unknown): unknown => {
    if (typeof value === 'bigint') return Number(value);
    if (value instanceof Date) return value.toISOString();
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    if (value !== null && typeof value === 'object' && 'bytes' in value) {
      return Buffer.from((value as { bytes: Uint8Array }).bytes).toString('hex');
    }
    return value ?? null;
  };
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
}
