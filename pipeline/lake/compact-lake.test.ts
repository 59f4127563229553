/** A lake cut into crumbs and compacted has the rows of the lake that ingest writes; and what compacting leaves alone. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { askLake, copyOfLake, sampleLake } from '../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { openDatabase } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { type LakeFile, readManifest } from '../formats/lake-manifest.ts';
import { LAKE_TABLES } from '../formats/lake-tables.ts';
import { queryAll } from '../query/index.ts';
import { compactLake } from './compact-lake.ts';
import { LakeWriter } from './lake-writer.ts';
import { rowOrder, rowsOf } from './table-rows.ts';
import { verifyLake } from './verify-lake.ts';

const folder = temporaryFolder('compact');
let lake: string;
let crumbs: string;

beforeAll(async () => {
  ({ lake } = await sampleLake(folder));
  crumbs = copyOfLake(lake, 'crumbs');
  await crumble(crumbs);
});

test('many files become one a partition with the same rows, sorted, and the same bytes on any number of cores', async () => {
  expect(readManifest(crumbs).files.length).toBeGreaterThan(2 * readManifest(lake).files.length);
  const copies = [1, 2, 5].map((threads) => ({ threads, copy: copyOfLake(crumbs, `compact-${threads}`) }));
  for (const { threads, copy } of copies) await compactLake(copy, { threads });
  const [one, ...others] = copies.map(({ copy }) => readManifest(copy));
  for (const other of others) expect(other).toEqual(one);
  expect(one!.inputs).toEqual(readManifest(lake).inputs);
  expect(one!.files.map(withoutBytes)).toEqual(readManifest(lake).files.map(withoutBytes));
  const { copy } = copies[0]!;
  expect((await verifyLake(copy)).faults).toEqual([]);
  for (const table of new Set(one!.files.map((file) => file.table))) {
    const all = `select * from FILES(${table}) order by all`;
    expect(await askLake(copy, all), table).toEqual(await askLake(lake, all));
  }
  const [file] = one!.files.filter(({ table }) => table === 'handshakes');
  const inFile = await askLake(copy, `select * from ${rowsOf(copy, [file!])}`);
  expect(inFile).toEqual(await askLake(copy, `select * from ${rowsOf(copy, [file!])} order by all`));
});

test('a second run changes nothing', async () => {
  const copy = copyOfLake(crumbs, 'twice');
  await compactLake(copy);
  const before = readFileSync(join(copy, 'manifest.json'), 'utf8');
  expect(await compactLake(copy)).toMatchObject({
    partitions: 0,
    files_before: readManifest(lake).files.length,
  });
  expect(readFileSync(join(copy, 'manifest.json'), 'utf8')).toBe(before);
});

test.each([
  ['handshakes', 150],
  ['certificates', 8],
])('%s of more rows than a file holds become files that share no key', async (table, rows_per_file) => {
  const copy = copyOfLake(crumbs, `several-${rows_per_file}`);
  await compactLake(copy, { rows_per_file });
  const files = readManifest(copy).files.filter((file) => file.table === table);
  const ports = [...new Set(files.map(({ port }) => port))];
  const partitions = ports.map((port) => files.filter((file) => file.port === port));
  expect(Math.max(...partitions.map((own) => own.length))).toBe(2);
  const key = rowOrder(table)[0]!;
  for (const own of partitions) {
    const rows = rowsOf(copy, own).replace(/\)$/, ', filename = true)');
    const shared = await askLake(
      copy,
      `select ${key} from ${rows} group by ${key} having count(distinct filename) > 1`,
    );
    expect(shared).toEqual([]);
  }
  expect((await compactLake(copy, { rows_per_file })).partitions).toBe(0);
  expect(await queryAll({ lake: copy })).toEqual(await queryAll({ lake }));
  expect((await verifyLake(copy)).faults).toEqual([]);
});

test('what fails leaves the lake as it was', async () => {
  const copy = copyOfLake(crumbs, 'fails');
  const before = readFileSync(join(copy, 'manifest.json'), 'utf8');
  await expect(compactLake(copy, { memory_limit: '1KB' })).rejects.toThrow();
  expect(readFileSync(join(copy, 'manifest.json'), 'utf8')).toBe(before);
  expect(existsSync(join(copy, '.lock'))).toBe(false);
  expect((await verifyLake(copy)).faults).toEqual([]);
});

test('no lake is told, and none is made', async () => {
  await expect(compactLake(join(folder, 'none'))).rejects.toThrow(UsageError);
  expect(readdirSync(folder)).not.toContain('none');
});

/** Each partition anew as up to three files, its rows dealt out. */
async function crumble(target: string): Promise<void> {
  const writer = new LakeWriter(target);
  const { files } = readManifest(target);
  const database = await openDatabase();
  try {
    const connection = await database.connect();
    for (const file of files) {
      for (const share of [2, 0, 1]) {
        const rows = `(select * exclude (file_row_number) from read_parquet(${rowsOf(target, [file]).slice('read_parquet('.length, -1)}, file_row_number = true) where file_row_number % 3 = ${share})`;
        await writer.write(connection, file.table, file, rows);
      }
    }
    await writer.commit(
      LAKE_TABLES.flatMap(({ name }) =>
        files
          .filter(({ table }) => table === name)
          .map(({ table, scan_id, port }) => ({ table, scan_id, port })),
      ),
      [],
    );
  } finally {
    database.close();
    writer.close();
  }
}

function withoutBytes({ table, scan_id, port, rows }: LakeFile): object {
  return { table, scan_id, port, rows };
}
