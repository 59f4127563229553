/**
 * Who is counted in cipher_suites, key_exchange and the version tables, over rows written by hand: an endpoint with an
 * unanswered question counts neither for its yes nor for its no; what only a prior says is counted, and told apart.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../base/duckdb.ts';
import { loadReferenceTables } from './duckdb/reference-tables.ts';
import { chooseModules } from './index.ts';

const RC4_SHA = 5;
const DHE_3DES = 22;

let database: Database;
let connection: DuckDBConnection;

/**
 * On port 25: 1 and 2 answer all, 1 with RC4; 3 accepts RC4 and DHE, and its other questions fail; 4 is no TLS. On port
 * 143: 6 was asked for TLS 1.0 with RC4, the rest is inferred: DHE there, RC4 and no more in TLS 1.1, nothing in 1.2; 7 is
 * like it, but one question of TLS 1.0 failed.
 */
beforeAll(async () => {
  database = await openDatabase();
  connection = await database.connect();
  await loadReferenceTables(connection);
  await connection.run(`
    create table endpoints as
    select 's' as scan_id, cast(port as smallint) as port, cast(id as bigint) as endpoint_id, outcome,
      accepted, errors, not_tested, inferred
    from (values
      (25, 1, 'tls', 1, 0, 0, 0), (25, 2, 'tls_rejected', 0, 0, 0, 0), (25, 3, 'tls', 2, 1, 1, 0),
      (25, 4, 'no_starttls', 0, 0, 4, 0), (110, 5, 'tls', 1, 2, 0, 0), (143, 6, 'tls', 1, 0, 0, 8),
      (143, 7, 'tls', 1, 1, 0, 7)
    ) as rows(port, id, outcome, accepted, errors, not_tested, inferred)`);
  await connection.run(`
    create table endpoint_versions as
    select 's' as scan_id, cast(port as smallint) as port, cast(id as bigint) as endpoint_id,
      cast(version as smallint) as version, 3 as offered, accepted,
      3 - accepted - errors - not_tested - yes - no as rejected, errors, not_tested, yes as inferred_accepted,
      no as inferred_rejected
    from (values
      (25, 1, 769, 1, 0, 0, 0, 0), (25, 1, 770, 0, 0, 0, 0, 0), (25, 2, 769, 0, 0, 0, 0, 0), (25, 2, 770, 0, 0, 0, 0, 0),
      (25, 3, 769, 1, 1, 1, 0, 0), (25, 3, 770, 1, 0, 0, 0, 0), (25, 4, 769, 0, 0, 3, 0, 0), (25, 4, 770, 0, 0, 3, 0, 0),
      (110, 5, 769, 1, 2, 0, 0, 0),
      (143, 6, 769, 1, 0, 0, 1, 1), (143, 6, 770, 0, 0, 0, 1, 2), (143, 6, 771, 0, 0, 0, 0, 3),
      (143, 7, 769, 1, 1, 0, 1, 0), (143, 7, 770, 0, 0, 0, 1, 2), (143, 7, 771, 0, 0, 0, 0, 3)
    ) as rows(port, id, version, accepted, errors, not_tested, yes, no)`);
  await connection.run(`
    create table handshakes as
    select 's' as scan_id, cast(port as smallint) as port, cast(id as bigint) as endpoint_id,
      cast(version as smallint) as version, suite as cipher_suite, error as error_kind
    from (values
      (25, 1, 769, ${RC4_SHA}, null), (25, 3, 769, ${DHE_3DES}, null), (25, 3, 769, ${RC4_SHA}, 'reset'),
      (25, 3, 770, ${RC4_SHA}, null), (110, 5, 769, ${RC4_SHA}, null), (143, 6, 769, ${RC4_SHA}, null),
      (143, 7, 769, ${RC4_SHA}, null)
    ) as rows(port, id, version, suite, error)`);
  await connection.run(`
    create table inferred_suites as
    select 's' as scan_id, cast(143 as smallint) as port, cast(id as bigint) as endpoint_id,
      cast(version as smallint) as version, suite as cipher_suite
    from (values
      (6, 769, ${DHE_3DES}), (6, 770, ${RC4_SHA}), (7, 769, ${DHE_3DES}), (7, 770, ${RC4_SHA})
    ) as rows(id, version, suite)`);
});

afterAll(() => database?.close());

test('cipher_suites counts who answered every question of the version', async () => {
  expect(
    await rows('cipher_suites', 'port, version, code, endpoints, supporting, inferred, unknown, share'),
  ).toEqual([
    [25, 'TLSv1.0', RC4_SHA, 2, 1, 0, 1, 1 / 2],
    [25, 'TLSv1.0', DHE_3DES, 2, 0, 0, 1, 0],
    [25, 'TLSv1.1', RC4_SHA, 3, 1, 0, 0, 1 / 3],
    [110, 'TLSv1.0', RC4_SHA, 0, 0, 0, 1, null],
    [143, 'TLSv1.0', RC4_SHA, 1, 1, 0, 1, 1],
    [143, 'TLSv1.0', DHE_3DES, 1, 1, 1, 1, 1],
    [143, 'TLSv1.1', RC4_SHA, 2, 2, 2, 0, 1],
  ]);
});

test('key_exchange counts who answered every question', async () => {
  expect(
    await rows('key_exchange', 'port, key_exchange, endpoints, supporting, inferred, unknown, share'),
  ).toEqual([
    [25, 'DHE', 2, 0, 0, 1, 0],
    [25, 'RSA', 2, 1, 0, 1, 1 / 2],
    [110, 'RSA', 0, 0, 0, 1, null],
    [143, 'DHE', 1, 1, 1, 1, 1],
    [143, 'RSA', 1, 1, 0, 1, 1],
  ]);
});

test('the version tables count what is inferred, and tell it apart', async () => {
  const support = await rows('version_support', 'port, version, endpoints, supporting, inferred, unknown');
  expect(support.filter(([port]) => port === 143)).toEqual([
    [143, 'TLSv1.0', 2, 2, 0, 0],
    [143, 'TLSv1.1', 2, 2, 2, 0],
    [143, 'TLSv1.2', 2, 0, 0, 0],
  ]);
  const combinations = await rows('version_combinations', 'port, versions, endpoints, matching');
  expect(combinations.filter(([port]) => port === 143)).toEqual([[143, 'TLSv1.0 TLSv1.1', 2, 2]]);
});

async function rows(name: string, columns: string): Promise<unknown[][]> {
  const [module] = chooseModules([name]);
  const result = await connection.runAndReadAll(`select ${columns} from (${module!.sql})`);
  return result
    .getRows()
    .map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value)));
}
