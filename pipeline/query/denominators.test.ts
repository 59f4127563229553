/**
 * Who is counted in cipher_suites and key_exchange, over rows written by hand: an endpoint with an unanswered
 * question counts neither for its yes nor for its no.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../base/duckdb.ts';
import { chooseModules } from './index.ts';
import { loadReferenceTables } from './reference-tables.ts';

const RC4_SHA = 5;
const DHE_3DES = 22;

let database: Database;
let connection: DuckDBConnection;

/** On port 25: 1 and 2 answer all, 1 with RC4; 3 accepts RC4 and DHE, and its other questions fail; 4 is no TLS. */
beforeAll(async () => {
  database = await openDatabase();
  connection = await database.connect();
  await loadReferenceTables(connection);
  await connection.run(`
    create table endpoints as
    select 's' as scan_id, cast(port as smallint) as port, cast(id as bigint) as endpoint_id, outcome,
      accepted, errors, not_tested
    from (values
      (25, 1, 'tls', 1, 0, 0), (25, 2, 'tls_rejected', 0, 0, 0), (25, 3, 'tls', 2, 1, 1), (25, 4, 'no_starttls', 0, 0, 4),
      (110, 5, 'tls', 1, 2, 0)
    ) as rows(port, id, outcome, accepted, errors, not_tested)`);
  await connection.run(`
    create table endpoint_versions as
    select 's' as scan_id, cast(port as smallint) as port, cast(id as bigint) as endpoint_id,
      cast(version as smallint) as version, accepted, errors, not_tested
    from (values
      (25, 1, 769, 1, 0, 0), (25, 1, 770, 0, 0, 0), (25, 2, 769, 0, 0, 0), (25, 2, 770, 0, 0, 0),
      (25, 3, 769, 1, 1, 1), (25, 3, 770, 1, 0, 0), (25, 4, 769, 0, 0, 2), (25, 4, 770, 0, 0, 2),
      (110, 5, 769, 1, 2, 0)
    ) as rows(port, id, version, accepted, errors, not_tested)`);
  await connection.run(`
    create table handshakes as
    select 's' as scan_id, cast(port as smallint) as port, cast(id as bigint) as endpoint_id,
      cast(version as smallint) as version, suite as cipher_suite, error as error_kind
    from (values
      (25, 1, 769, ${RC4_SHA}, null), (25, 3, 769, ${DHE_3DES}, null), (25, 3, 769, ${RC4_SHA}, 'reset'),
      (25, 3, 770, ${RC4_SHA}, null), (110, 5, 769, ${RC4_SHA}, null)
    ) as rows(port, id, version, suite, error)`);
});

afterAll(() => database?.close());

test('cipher_suites counts who answered every question of the version', async () => {
  expect(await rows('cipher_suites', 'port, version, code, endpoints, supporting, unknown, share')).toEqual([
    [25, 'TLSv1.0', RC4_SHA, 2, 1, 1, 1 / 2],
    [25, 'TLSv1.0', DHE_3DES, 2, 0, 1, 0],
    [25, 'TLSv1.1', RC4_SHA, 3, 1, 0, 1 / 3],
    [110, 'TLSv1.0', RC4_SHA, 0, 0, 1, null],
  ]);
});

test('key_exchange counts who answered every question', async () => {
  expect(await rows('key_exchange', 'port, key_exchange, endpoints, supporting, unknown, share')).toEqual([
    [25, 'DHE', 2, 0, 1, 0],
    [25, 'RSA', 2, 1, 1, 1 / 2],
    [110, 'RSA', 0, 0, 1, null],
  ]);
});

async function rows(name: string, columns: string): Promise<unknown[][]> {
  const [module] = chooseModules([name]);
  const result = await connection.runAndReadAll(`select ${columns} from (${module!.sql})`);
  return result
    .getRows()
    .map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value)));
}
