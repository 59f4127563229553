/**
 * What every file of queries/ gets without anyone writing it: it binds and gives its documented columns on an empty
 * lake, `unique`, `check` and `reads` hold, and over the sample lake it gives the golden CSV beside it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../base/duckdb.ts';
import { packageRoot } from '../base/package-root.ts';
import { tableToCsv } from '../formats/csv.ts';
import { LAKE_TABLES } from '../formats/lake-tables.ts';
import { REFERENCE_TABLES } from '../formats/reference-tables.ts';
import { ingest } from '../ingest/index.ts';
import { createLakeViews } from './duckdb/lake-views.ts';
import { loadReferenceTables } from './duckdb/reference-tables.ts';
import { type OpenLake, openLake } from './index.ts';
import { queriesFolder, readModules, type SqlModule } from './sql-module.ts';

const sample = join(packageRoot, 'datasets/samples/village');
const modules = readModules();
const folder = mkdtempSync(join(tmpdir(), 'census-modules-'));
const lakeFolder = join(folder, 'lake');
let lake: OpenLake;
let database: Database;
let connection: DuckDBConnection;

beforeAll(async () => {
  await ingest({ from: 'native', inputs: [sample], lake: lakeFolder });
  lake = await openLake({ lake: lakeFolder });
  database = await openDatabase();
  connection = await database.connect();
  await createLakeViews(connection, lakeFolder, undefined);
  await loadReferenceTables(connection);
});

afterAll(() => {
  lake?.close();
  database?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the tables of the study are all there, each in a place of its own', () => {
  expect(modules.map(({ name, place }) => `${place} ${name}`)).toEqual([
    '1 data_overview',
    '2 port_overview',
    '3 version_support',
    '4 version_only',
    '5 version_combinations',
    '6 cipher_suites',
    '7 key_exchange',
    '8 dh_group_sizes',
    '9 shared_primes',
    '10 ecdh_curves',
    '11 top_certificates',
    '12 certificate_keys',
    '13 certificate_facts',
    '14 endpoint_features',
    '15 mail_software',
    '16 refusals',
    '17 hello_tolerance',
    '18 tls13_chains',
  ]);
});

describe.each(modules)('$name', (module) => {
  test('gives the documented columns, in order and type', async () => {
    const described = await rows(`describe ${module.sql}`);
    const columns = described.map(
      (row) => `${row['column_name']} ${String(row['column_type']).toLowerCase()}`,
    );
    expect(columns).toEqual(module.columns.map(({ name, type }) => `${name} ${type}`));
  });

  test.each(module.unique.map((columns) => columns.join(', ')))('%s is unique', async (columns) => {
    const repeated = await rows(
      `select ${columns} from (${module.sql}) group by ${columns} having count(*) > 1`,
    );
    expect(repeated).toEqual([]);
  });

  test.each(module.checks)('%s', async (check) => {
    expect(await rows(`select * from (${module.sql}) where not (${check})`)).toEqual([]);
  });

  test('reads just the tables that it says', () => {
    expect([...tablesRead(module)].sort()).toEqual([...module.reads].sort());
  });

  test('every share says of what', () => {
    const shares = module.columns.filter(({ name }) => name === 'share' || name.endsWith('_share'));
    for (const share of shares) expect(share.description).toMatch(/, of /);
  });

  test('gives the golden table over the sample lake', async () => {
    const golden = readFileSync(join(queriesFolder, `${module.name}.golden.csv`), 'utf8');
    expect(tableToCsv(await lake.run(module))).toBe(golden);
  });

  test('gives no rows and a reason where the lake has none', async () => {
    const empty = await openDatabase();
    try {
      const emptyConnection = await empty.connect();
      for (const table of LAKE_TABLES) await emptyConnection.run(emptyTable(table.name));
      await loadReferenceTables(emptyConnection);
      const result = await emptyConnection.runAndReadAll(module.sql);
      expect(result.getRows()).toEqual([]);
      expect(module.empty).not.toBe('');
    } finally {
      empty.close();
    }
  });
});

function emptyTable(name: string): string {
  const table = LAKE_TABLES.find((candidate) => candidate.name === name)!;
  const partitions = table.partitioned_by.map(
    (column) => `${column} ${column === 'port' ? 'smallint' : 'varchar'}`,
  );
  return `create table ${name} (${[...partitions, ...table.columns.map((column) => `${column.name} ${column.type}`)].join(', ')})`;
}

/** Names after FROM and JOIN that are no step of the module itself. */
function tablesRead(module: SqlModule): Set<string> {
  const steps = new Set([...module.sql.matchAll(/(?:with|,)\s+(\w+) as \(/g)].map(([, name]) => name!));
  const read = [...module.sql.matchAll(/\b(?:from|join)\s+(\w+)/g)].map(([, name]) => name!);
  const known = new Set([...LAKE_TABLES.map(({ name }) => name), ...Object.keys(REFERENCE_TABLES)]);
  const tables = read.filter((name) => !steps.has(name));
  for (const name of tables) expect(known, `${name} is no table`).toContain(name);
  return new Set(tables);
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjects();
}
