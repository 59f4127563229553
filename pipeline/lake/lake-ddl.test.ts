/** The views of DuckDB give what the lake's tables are documented to be; Spark's and Trino's statements are held to their forms. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { askLake, sampleLake, withEngine } from '../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../base/errors.ts';
import { sqlText } from '../base/sql-text.ts';
import { readManifest } from '../formats/lake-manifest.ts';
import { LAKE_TABLES } from '../formats/lake-tables.ts';
import { openLake, readModules } from '../query/index.ts';
import { lakeDdl } from './lake-ddl.ts';

const folder = temporaryFolder("lake-ddl-it's");
let lake: string;

beforeAll(async () => {
  ({ lake } = await sampleLake(folder));
});

describe('duckdb', () => {
  test('each table has its documented columns and types, and all rows', async () => {
    await withEngine(async (connection) => {
      await connection.run(lakeDdl(lake, { engine: 'duckdb' }));
      for (const { name, columns, partitioned_by } of LAKE_TABLES) {
        const described = await connection.runAndReadAll(`describe census.${name}`);
        const partitions = partitioned_by.map((column) => [
          column,
          column === 'port' ? 'SMALLINT' : 'VARCHAR',
        ]);
        expect(
          described.getRows().map(([column, type]) => [column, type]),
          name,
        ).toEqual([...partitions, ...columns.map((column) => [column.name, column.type.toUpperCase()])]);
      }
      for (const table of ['endpoints', 'certificates', 'handshakes']) {
        const theirs = await connection.runAndReadAll(`select * from census.${table} order by all`);
        const names = theirs.columnNames();
        const columns = names
          .map((column) => (column === 'port' ? 'cast(port as smallint) as port' : column))
          .join(', ');
        const ours = await askLake(lake, `select ${columns} from FILES(${table}) order by all`);
        expect(theirs.getRowObjectsJS(), table).toEqual(ours);
        expect(ours.length).toBeGreaterThan(10);
      }
    });
  });

  test('a published table over the views is the one over the lake', async () => {
    const module = readModules().find(({ name }) => name === 'version_combinations')!;
    const open = await openLake({ lake });
    const expected = await open.run(module);
    open.close();
    await withEngine(async (connection) => {
      await connection.run(`${lakeDdl(lake, { engine: 'duckdb', schema: 'other' })}; set schema = 'other'`);
      const rows = (await connection.runAndReadAll(module.sql)).getRowsJson();
      expect(rows.map((row) => row.map(String))).toEqual(expected.rows.map((row) => row.map(String)));
    });
  });
});

test('spark: every table with all columns, partitions by name, and their registration', () => {
  const statements = lakeDdl(lake, { engine: 'spark', location: 's3a://bucket/lake/' }).split(';\n');
  expect(statements[0]).toBe('create database if not exists census');
  for (const { name, columns, partitioned_by } of LAKE_TABLES) {
    const create = statements.find((statement) => statement.includes(`census.${name} (`))!;
    for (const column of columns)
      expect(create).toMatch(
        new RegExp(
          `^ {2}${column.name} (string|boolean|smallint|int|bigint|double|timestamp_ntz|binary),$`,
          'm',
        ),
      );
    expect(create).toContain(
      `\n  ${partitioned_by.includes('port') ? 'port smallint' : 'scan_id string'}\n)\nusing parquet\n`,
    );
    expect(create).toContain(
      `partitioned by (${partitioned_by.join(', ')})\nlocation 's3a://bucket/lake/${name}'`,
    );
    // Spark refuses to look for partitions in a folder that is not there.
    const repair = `msck repair table census.${name} sync partitions`;
    expect(statements.includes(repair), name).toBe(existsSync(join(lake, name)));
  }
});

test('trino: tables over folders, their partitions, and views that show what the manifest names', () => {
  const ddl = lakeDdl(lake, { engine: 'trino', catalog: 'lake', schema: 'mail' });
  const statements = ddl.split(';\n');
  expect(statements[0]).toBe('create schema if not exists lake.mail');
  const [stored] = /stored_endpoints_[0-9a-f]{8}/.exec(ddl)!;
  const create = statements.find((statement) =>
    statement.includes(`create table if not exists lake.mail.${stored} (`),
  )!;
  expect(create).toMatch(/ {2}scan_id varchar,\n {2}port smallint\n\)\nwith \(\n {2}format = 'PARQUET',\n/);
  expect(create).toContain(`external_location = 'local://${join(lake, 'endpoints').replaceAll("'", "''")}'`);
  expect(create).toContain("partitioned_by = array['scan_id', 'port']\n)");
  expect(ddl).toContain(`call lake.system.sync_partition_metadata('mail', '${stored}', 'FULL');`);
  expect(ddl).toMatch(/started_at timestamp\(3\),/);
  expect(ddl).toMatch(/der varbinary,/);
  const view = statements.find((statement) => statement.includes('view lake.mail.endpoints '))!;
  const paths = [...view.matchAll(/'local:[^\n]*\.parquet'/g)].map(([path]) => path);
  const named = readManifest(lake).files.filter(({ table }) => table === 'endpoints');
  expect(paths).toEqual(named.map(({ path }) => sqlText(`local://${lake}/${path}`)));
});

test('trino: a table without rows is a view without rows, and no folder is looked for', () => {
  const ddl = lakeDdl(lake, { engine: 'trino' });
  expect(ddl).not.toContain('stored_inferred_suites');
  expect(ddl).toMatch(
    /view hive\.census\.inferred_suites security invoker as\nselect cast\(null as varchar\) as scan_id,/,
  );
});

test.each(['/lake', 's3://bucket/lake?x', 's3://bucket/#lake', 'lake'])(
  'trino: %s is no location',
  (location) => {
    expect(() => lakeDdl(lake, { engine: 'trino', location })).toThrow(/is no location of Trino's/);
  },
);

test('names that could be more than names are refused', () => {
  for (const schema of ['a b', 'a;drop', '1a', '']) {
    expect(() => lakeDdl(lake, { engine: 'spark', schema })).toThrow(UsageError);
  }
  expect(() => lakeDdl(folder, { engine: 'spark' })).toThrow(/is no lake/);
});
