/** Published tables over other tools' scans, of which most counts are null: what is not known is left out, and said to be. */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { type Database, openDatabase } from '../base/duckdb.ts';
import { packageRoot } from '../base/package-root.ts';
import { ingest } from '../ingest/index.ts';
import { createLakeViews } from './duckdb/lake-views.ts';
import { loadReferenceTables } from './duckdb/reference-tables.ts';
import { readModules } from './sql-module.ts';

const modules = readModules();
const lake = join(temporaryFolder('foreign-lake'), 'lake');
let database: Database;
let connection: DuckDBConnection;

beforeAll(async () => {
  const names = ['zgrab2', 'tlsx', 'tls-scan'];
  const inputs = names.map((name) => join(packageRoot, `scripts/fuzz/samples/${name}.ndjson`));
  await ingest({ inputs, lake });
  database = await openDatabase();
  connection = await database.connect();
  await createLakeViews(connection, lake, undefined);
  await loadReferenceTables(connection);
});

afterAll(() => database?.close());

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

describe.each(modules)('$name', ({ sql, checks, unique }) => {
  test('what the head of its file says holds', async () => {
    for (const check of checks)
      expect(await rows(`select * from (${sql}) where not (${check})`), check).toEqual([]);
    for (const columns of unique.map((names) => names.join(', ')))
      expect(await rows(`select ${columns} from (${sql}) group by ${columns} having count(*) > 1`)).toEqual(
        [],
      );
  });
});

test('a version that one handshake showed is unknown, not a share of one', async () => {
  const { sql } = modules.find(({ name }) => name === 'version_support')!;
  const shown = await rows(`select distinct supporting, endpoints, share from (${sql})`);
  expect(shown).toEqual([{ supporting: '0', endpoints: '0', share: null }]);
  expect(await rows(`select 1 from (${sql}) where unknown = 0`)).toEqual([]);
});

test('a handshake without a suite is no suite', async () => {
  const { sql } = modules.find(({ name }) => name === 'cipher_suites')!;
  expect(await rows(`select * from (${sql}) where code is null`)).toEqual([]);
});
