/**
 * Who is counted in cipher_suites, key_exchange and the version tables, over rows written by hand: an endpoint with an
 * unanswered question counts neither for its yes nor for its no; what only a prior says is counted, and told apart, and so
 * is a no that nothing confirms.
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
 * like it, but one question of TLS 1.0 failed. On port 465 nothing confirms the noes of 8, which accepts RC4, and of 10,
 * which accepts nothing; 9 answers as 8 does, confirmed; the refusals of 11 are no answers, but errors. Of these 8 accepts
 * RC4 and breaks off each handshake. On port 993 tell 12 and 13 how they refuse.
 */
beforeAll(async () => {
  database = await openDatabase();
  connection = await database.connect();
  await loadReferenceTables(connection);
  await connection.run(`
    create table endpoints as
    select 's' as scan_id, cast(port as smallint) as port, cast(id as bigint) as endpoint_id, outcome,
      accepted, errors, not_tested, inferred, unconfirmed,
      case id when 8 then 2 when 9 then 2 when 10 then 3 else 1 end as rejected
    from (values
      (25, 1, 'tls', 1, 0, 0, 0, 0), (25, 2, 'tls_rejected', 0, 0, 0, 0, 0), (25, 3, 'tls', 2, 1, 1, 0, 0),
      (25, 4, 'no_starttls', 0, 0, 4, 0, 0), (110, 5, 'tls', 1, 2, 0, 0, 0), (143, 6, 'tls', 1, 0, 0, 8, 0),
      (143, 7, 'tls', 1, 1, 0, 7, 0), (465, 8, 'tls', 1, 0, 0, 0, 2), (465, 9, 'tls', 1, 0, 0, 0, 0),
      (465, 10, 'tls_rejected', 0, 0, 0, 0, 3), (465, 11, 'tls_rejected', 0, 3, 0, 0, 0)
    ) as rows(port, id, outcome, accepted, errors, not_tested, inferred, unconfirmed)`);
  await connection.run(`
    create table endpoint_versions as
    select 's' as scan_id, cast(port as smallint) as port, cast(id as bigint) as endpoint_id,
      cast(version as smallint) as version, 3 as offered, accepted,
      3 - accepted - errors - not_tested - yes - no as rejected, errors, not_tested, yes as inferred_accepted,
      no as inferred_rejected, case id when 8 then 2 when 10 then 3 else 0 end as unconfirmed,
      case id when 8 then false when 9 then true end as handshake_completed
    from (values
      (25, 1, 769, 1, 0, 0, 0, 0), (25, 1, 770, 0, 0, 0, 0, 0), (25, 2, 769, 0, 0, 0, 0, 0), (25, 2, 770, 0, 0, 0, 0, 0),
      (25, 3, 769, 1, 1, 1, 0, 0), (25, 3, 770, 1, 0, 0, 0, 0), (25, 4, 769, 0, 0, 3, 0, 0), (25, 4, 770, 0, 0, 3, 0, 0),
      (110, 5, 769, 1, 2, 0, 0, 0),
      (143, 6, 769, 1, 0, 0, 1, 1), (143, 6, 770, 0, 0, 0, 1, 2), (143, 6, 771, 0, 0, 0, 0, 3),
      (143, 7, 769, 1, 1, 0, 1, 0), (143, 7, 770, 0, 0, 0, 1, 2), (143, 7, 771, 0, 0, 0, 0, 3),
      (465, 8, 769, 1, 0, 0, 0, 0), (465, 9, 769, 1, 0, 0, 0, 0), (465, 10, 769, 0, 0, 0, 0, 0),
      (465, 11, 769, 0, 3, 0, 0, 0)
    ) as rows(port, id, version, accepted, errors, not_tested, yes, no)`);
  await connection.run(`
    create table handshakes as
    select 's' as scan_id, cast(port as smallint) as port, cast(id as bigint) as endpoint_id,
      cast(version as smallint) as version, suite as cipher_suite, error as error_kind
    from (values
      (25, 1, 769, ${RC4_SHA}, null), (25, 3, 769, ${DHE_3DES}, null), (25, 3, 769, ${RC4_SHA}, 'reset'),
      (25, 3, 770, ${RC4_SHA}, null), (110, 5, 769, ${RC4_SHA}, null), (143, 6, 769, ${RC4_SHA}, null),
      (143, 7, 769, ${RC4_SHA}, null), (465, 8, 769, ${RC4_SHA}, null), (465, 9, 769, ${RC4_SHA}, null)
    ) as rows(port, id, version, suite, error)`);
  await connection.run(`
    create table inferred_suites as
    select 's' as scan_id, cast(143 as smallint) as port, cast(id as bigint) as endpoint_id,
      cast(version as smallint) as version, suite as cipher_suite
    from (values
      (6, 769, ${DHE_3DES}), (6, 770, ${RC4_SHA}), (7, 769, ${DHE_3DES}), (7, 770, ${RC4_SHA})
    ) as rows(id, version, suite)`);
  await connection.run(`
    create table scans as select 's' as scan_id, cast(0.125 as double) as inference_error;
    create table refusals as
    select 's' as scan_id, cast(993 as smallint) as port, cast(id as bigint) as endpoint_id,
      cast(771 as smallint) as version, refused_by, code, cipher_suites, confirmed, 2 as forms
    from (values (12, 'alert', 40, 5, true), (12, 'alert', 80, 1, false), (13, 'alert', 40, 3, true),
      (13, 'alert', 40, 2, false), (13, 'close', null, 1, true)) as rows(id, refused_by, code, cipher_suites, confirmed)`);
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
    [465, 'TLSv1.0', RC4_SHA, 3, 2, 0, 1, 2 / 3],
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
    [465, 'RSA', 3, 2, 0, 1, 2 / 3],
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

test('a no that nothing confirms is counted apart; a refusal that is none is not known', async () => {
  const on465 = async (name: string, columns: string) =>
    (await rows(name, `port, ${columns}`)).filter(([port]) => port === 465);
  const counts = 'endpoints, supporting, unconfirmed, unknown';
  expect(await on465('version_support', counts)).toEqual([[465, 3, 2, 1, 1]]);
  expect(await on465('cipher_suites', `code, ${counts}`)).toEqual([[465, RC4_SHA, 3, 2, 1, 1]]);
  expect(await on465('key_exchange', `key_exchange, ${counts}`)).toEqual([[465, 'RSA', 3, 2, 1, 1]]);
  expect(await on465('version_combinations', 'versions, endpoints, matching, unconfirmed')).toEqual([
    [465, 'TLSv1.0', 3, 2, 0],
    [465, 'none', 3, 1, 1],
  ]);
  for (const name of ['version_support', 'cipher_suites', 'key_exchange'])
    for (const [port, unconfirmed] of await rows(name, 'port, unconfirmed'))
      if (port !== 465) expect(unconfirmed, name).toBe(0);
});

test('accepted and completed are two things', async () => {
  const columns = 'port, supporting, completed, not_completed, completed_share';
  const shown = await rows('version_support', columns);
  expect(shown.filter(([port]) => port === 465)).toEqual([[465, 2, 1, 1, 1 / 2]]);
  expect(shown.filter(([port]) => port === 110)).toEqual([[110, 1, 0, 0, null]]);
});

test('what is inferred carries the measured error of its scan, nothing else does', async () => {
  for (const name of ['version_support', 'cipher_suites', 'key_exchange'])
    for (const [inferred, error] of await rows(name, 'inferred, inferred_error'))
      expect(error, name).toBe(Number(inferred) > 0 ? 0.125 : null);
  await connection.run('update scans set inference_error = null');
  const unchecked = await rows('version_support', 'inferred_error');
  expect(unchecked.every(([error]) => error === null)).toBe(true);
});

test('refusals count endpoints by how they refuse, and what nothing confirms', async () => {
  const columns =
    'refused_by, code, answer, endpoints, refusing, unconfirmed, cipher_suites, cipher_suites_unconfirmed';
  expect(await rows('refusals', columns)).toEqual([
    ['alert', 40, 'handshake_failure', 2, 2, 1, 10, 2],
    ['alert', 80, 'internal_error', 2, 1, 1, 1, 1],
    ['close', null, null, 2, 1, 0, 1, 0],
  ]);
});

async function rows(name: string, columns: string): Promise<unknown[][]> {
  const [module] = chooseModules([name]);
  const result = await connection.runAndReadAll(`select ${columns} from (${module!.sql})`);
  return result
    .getRows()
    .map((row) => row.map((value) => (typeof value === 'bigint' ? Number(value) : value)));
}
