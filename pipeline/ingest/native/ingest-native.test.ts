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
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { openDatabase, sqlText } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { packageRoot } from '../../base/package-root.ts';
import { readManifest } from '../../formats/lake-manifest.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { ingest } from '../index.ts';

const sample = join(packageRoot, 'datasets/samples/village');
const folder = temporaryFolder('native');
let made = 0;

test('every endpoint, version, handshake, chain and group of the raw records is in the lake', async () => {
  const lake = join(folder, 'lake');
  const [summary] = await ingest({ from: 'native', inputs: [sample], lake });
  const records = rawRecords(sample);
  const accepted = records.flatMap((record) => record.handshakes);
  expect(summary!.rows).toEqual({
    scans: 1,
    endpoints: records.length,
    endpoint_versions: records.flatMap((record) => record.versions).length,
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

test.each<[string, (raw: string) => void, RegExp]>([
  ['a part cut short', (raw) => truncateSync(part(raw, 'endpoints-'), 3000), /endpoints-.* is cut short/],
  [
    'a part that is no gzip',
    (raw) => writeFileSync(part(raw, 'certificates-'), 'hello'),
    /certificates-.* is damaged/,
  ],
  ['a part that is missing', (raw) => rmSync(part(raw, 'dh-groups-')), /dh-groups-.* is missing/],
  ['a line that is no record', (raw) => appendLine(raw, '{"endpoint_id": '), /a raw record cannot be read/],
  [
    'a record too many',
    (raw) => appendLine(raw, lines(raw, 'endpoints-')[0]!),
    /counts 59 records, .* hold 60/,
  ],
  ['no scan.json', (raw) => rmSync(join(raw, 'scan.json')), /holds no scan/],
  ['a scan.json that is none', (raw) => writeFileSync(join(raw, 'scan.json'), '{}'), /is no scan.json/],
  ['a newer format', (raw) => editScan(raw, { format_version: 99 }), /format 99.* newer version/],
  ['a scan id that is a path', (raw) => editScan(raw, { scan_id: '../../etc' }), /scan id .* is not usable/],
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
  return lines(raw, 'endpoints-').map((line) => JSON.parse(line));
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

function appendLine(raw: string, line: string): void {
  writeFileSync(part(raw, 'endpoints-'), gzipSync(`${[...lines(raw, 'endpoints-'), line].join('\n')}\n`));
}

function editScan(raw: string, change: object): void {
  const path = join(raw, 'scan.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

/** A copy of the sample with other records, and with another scan id if one is given. */
function changedSample(change: (records: EndpointRecord[]) => EndpointRecord[], scan_id?: string): string {
  const raw = copyOf(sample);
  const records = change(rawRecords(raw));
  writeFileSync(
    part(raw, 'endpoints-'),
    gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join('')),
  );
  const { parts } = JSON.parse(readFileSync(join(raw, 'scan.json'), 'utf8'));
  editScan(raw, { parts: [{ ...parts[0], records: records.length }], ...(scan_id ? { scan_id } : {}) });
  return raw;
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
