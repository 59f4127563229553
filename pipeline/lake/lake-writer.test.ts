/** A lake's writer: which folders it takes, what it refuses to make part of a lake, what it removes that a kill left. */
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { openDatabase } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { packageRoot } from '../base/package-root.ts';
import { presentLakeFiles } from '../formats/checked-lake-files.ts';
import { ingest } from '../ingest/index.ts';
import { verifyLake } from './index.ts';
import { LakeWriter } from './lake-writer.ts';

const folder = temporaryFolder('lake-writer');
const sample = join(packageRoot, 'datasets/samples/village');
const ROWS = `(select 1::bigint as flight_id, true as flight_complete, null as chain_id, null as dh_group_id,
  null as named_group, null as key_bits, null as signature_scheme)`;

test.each([
  ['somebody’s Parquet files', 'certificates/mine.parquet'],
  ['a lake without its manifest', 'scans/scan_id=x/part-0123456789abcdef.parquet'],
  ['other files', 'notes.txt'],
])('a folder with %s is no lake, and stays as it is', async (what, path) => {
  const lake = join(folder, what);
  mkdirSync(join(lake, path, '..'), { recursive: true });
  writeFileSync(join(lake, path), 'mine');
  const names = readdirSync(lake, { recursive: true });
  await expect(ingest({ inputs: [sample], lake })).rejects.toThrow(/is not empty .* has no manifest\.json/);
  expect(readdirSync(lake, { recursive: true })).toEqual(names);
  expect(readFileSync(join(lake, path), 'utf8')).toBe('mine');
});

test('a manifest without its lists is broken, and nothing is removed', async () => {
  const lake = join(folder, 'listless');
  mkdirSync(lake);
  writeFileSync(join(lake, 'manifest.json'), '{"format_version":3}');
  writeFileSync(join(lake, 'scans.parquet'), 'mine');
  await expect(ingest({ inputs: [sample], lake })).rejects.toThrow(/is broken: files is no list/);
  expect(readdirSync(lake).sort()).toEqual(['manifest.json', 'scans.parquet']);
});

test('a new lake in which nothing came to be leaves nothing; an empty folder stays', () => {
  const [made, there] = [join(folder, 'made'), join(folder, 'there')];
  mkdirSync(there);
  for (const lake of [made, there]) new LakeWriter(lake).close();
  expect(existsSync(made)).toBe(false);
  expect(readdirSync(there)).toEqual([]);
});

test('what a first ingest left that was killed is swept out by the next one', async () => {
  const lake = join(folder, 'killed');
  // Never closed: the process is gone.
  const killed = new LakeWriter(lake);
  expect(killed.before).toBeUndefined();
  mkdirSync(join(lake, 'scans/scan_id=half'), { recursive: true });
  writeFileSync(join(lake, 'scans/scan_id=half/part-0123456789abcdef.parquet'), 'PAR1');
  writeFileSync(join(lake, '.lock'), '4194304 nowhere\n');
  expect(() => new LakeWriter(lake)).toThrow(UsageError);
  writeFileSync(join(lake, '.lock'), '');
  await ingest({ inputs: [sample], lake });
  expect(await verifyLake(lake)).toMatchObject({ faults: [] });
});

test('a scan whose files are damaged is not "unchanged": ingesting it again mends the lake', async () => {
  const lake = join(folder, 'damaged');
  await ingest({ inputs: [sample], lake });
  const [file] = presentLakeFiles(lake);
  truncateSync(join(lake, file!.path), 100);
  expect(() => presentLakeFiles(lake)).toThrow(
    /has 100 bytes, \d+ by the lake's manifest; .*census lake verify/,
  );
  const [summary] = await ingest({ inputs: [sample], lake });
  expect(summary!.changed).toBe(true);
  expect(await verifyLake(lake)).toMatchObject({ faults: [] });
});

async function written(lake: string, port: number): Promise<LakeWriter> {
  const writer = new LakeWriter(lake);
  const database = await openDatabase();
  await writer.write(await database.connect(), 'flights', { scan_id: 'one', port }, ROWS);
  database.close();
  return writer;
}

test('a file that no reader of lakes takes is refused, and the lake stays as it was', async () => {
  const lake = join(folder, 'odd-port');
  const writer = await written(lake, 2525);
  await expect(writer.commit([], [])).rejects.toThrow(/no lake has a file flights\/scan_id=one\/port=2525/);
  writer.close();
  expect(existsSync(lake)).toBe(false);
});

test('a commit removes the half of a manifest that a kill left', async () => {
  const lake = join(folder, 'partial');
  const writer = await written(lake, 25);
  writeFileSync(join(lake, 'manifest.json.4194304.partial'), '{"format_ver');
  await writer.commit([], []);
  writer.close();
  expect(readdirSync(lake).sort()).toEqual(['flights', 'manifest.json']);
});
