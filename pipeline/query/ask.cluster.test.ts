/** Statements of the operator's own, and what is written of tables: the same on DuckDB and on Trino, which may only read either. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithCluster, trinoOn } from '../../scripts/testing/describe-with-cluster.ts';
import { registerOn } from '../../scripts/testing/register-on.ts';
import { runCensus } from '../../scripts/testing/run-census.ts';
import { sampleLake, withEngine } from '../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { sqlText } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { packageRoot } from '../base/package-root.ts';
import { LAKE_TABLES } from '../formats/lake-tables.ts';
import { REFERENCE_TABLES } from '../formats/reference-tables.ts';
import { ingest } from '../ingest/index.ts';
import { chooseModules, executeOnTrino, type OpenLake, openLake } from './index.ts';

const folder = temporaryFolder('ask');
const SCHEMA = 'ask';

describeWithCluster('a statement', (cluster) => {
  const trino = trinoOn(cluster, SCHEMA);
  let lake: string;
  let village: string;
  let here: OpenLake;
  let there: OpenLake;

  beforeAll(async () => {
    ({ lake, scan_id: village } = await sampleLake(folder));
    await ingest({ inputs: [join(packageRoot, 'scripts/fuzz/samples/zgrab2.ndjson')], lake });
    await registerOn(lake, trino);
    here = await openLake({ lake, confined: true });
    there = await openLake({ lake, trino });
  });

  afterAll(() => {
    here?.close();
    there?.close();
  });

  const columns = ({ columns }: { columns: { name: string; type: string }[] }) =>
    columns.map(({ name, type }) => `${name} ${type}`);

  test.each(LAKE_TABLES.map(({ name }) => name))('all rows and columns of %s are the same', async (table) => {
    const statement = `select * from ${table}`;
    const [ours, theirs] = [await here.ask(statement), await there.ask(statement)];
    expect(columns(theirs)).toEqual(columns(ours));
    const sorted = (rows: unknown[][]) => rows.map((row) => JSON.stringify(row)).sort();
    expect(sorted(theirs.rows)).toEqual(sorted(ours.rows));
  });

  test.each(Object.keys(REFERENCE_TABLES))('%s is the same', async (table) => {
    const statement = `select * from ${table} order by 1, 2`;
    expect(await there.ask(statement)).toEqual(await here.ask(statement));
  });

  // What modules are made of: where the engines part, a module must not go.
  test.each([
    `select 7 / 2 as a, -7 / 2 as b, 7 % 3 as c, cast(7 as double) / 2 as d`.replace(
      '7 / 2 as a, -7 / 2 as b, ',
      '',
    ),
    `select count(*) as n, count(banner) as banners, min(banner) as least, max(banner) as greatest from endpoints`,
    `select port, avg(cast(accepted as double)) as mean from endpoints group by port order by port desc`,
    `select software from endpoint_facts group by software order by software`,
    `select software from endpoint_facts group by software order by software desc`,
    `select x from (values ('a'), ('B'), ('é'), ('z'), (''), (null)) as t (x) order by x`,
    `select 'a' || x as n, coalesce(nullif(trim(x), ''), 'none') as m from (values ('b'), ('  '), (null)) as t (x)`,
    `select 'a ' = 'a' as padded, cast(1 as boolean) as yes, x is null as n from (values (1)) as t (x)`,
    `select count(case when x then 1 end) as yes, count(x) as known from (values (true), (false), (null)) as t (x)`,
    `select row_number() over (partition by port order by endpoint_id) as place, endpoint_id from endpoints where port = 25 order by 1`,
    `select cast(sum(accepted) as bigint) as n, round(0.125e0, 2) as r, round(2.5e0) as s from endpoints`,
  ])('%s', async (statement) => {
    const [ours, theirs] = [await here.ask(statement), await there.ask(statement)];
    expect(theirs.rows).toEqual(ours.rows);
    expect(columns(theirs)).toEqual(columns(ours));
  });

  test('over chosen scans it reads these alone, modules too', async () => {
    const [one, other] = [
      await openLake({ lake, scans: [village] }),
      await openLake({ lake, trino, scans: [village] }),
    ];
    for (const statement of [
      'select scan_id, count(*) as n from endpoints group by scan_id',
      'with ports as (select distinct port from endpoints) select count(*) as n from ports',
    ])
      expect((await other.ask(statement)).rows).toEqual((await one.ask(statement)).rows);
    for (const module of chooseModules(['data_overview', 'version_combinations', 'cipher_suites']))
      expect(await other.run(module)).toEqual(await one.run(module));
    expect((await other.run(chooseModules(['data_overview'])[0]!)).rows).toHaveLength(1);
    one.close();
    other.close();
  });

  test('a table written as Parquet has the rows and types that DuckDB writes', async () => {
    for (const module of chooseModules(['data_overview', 'cipher_suites', 'top_certificates'])) {
      const [ours, theirs] = ['here', 'there'].map((name) => join(folder, `${module.name}-${name}.parquet`));
      const open = await openLake({ lake });
      await open.writeParquet(module, ours!);
      open.close();
      await there.writeParquet(module, theirs!);
      await withEngine(async (connection) => {
        const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
        for (const what of ['describe from', 'from'])
          expect(await read(`${what} read_parquet(${sqlText(theirs!)})`), module.name).toEqual(
            await read(`${what} read_parquet(${sqlText(ours!)})`),
          );
        const metadata = (file: string) =>
          read(`select key, value from parquet_kv_metadata(${sqlText(file)})`);
        expect(await metadata(theirs!)).toEqual(await metadata(ours!));
      });
    }
  });

  test.each<[string, RegExp]>([
    ['create table mine (a bigint)', /begins with create is not run/],
    ['insert into endpoints select * from endpoints', /begins with insert is not run/],
    ['explain analyze select 1', /explain analyze is not run/],
    ['call hive.system.flush_metadata_cache()', /begins with call is not run/],
    ['select 1; select 2', /Trino refuses the statement: SYNTAX_ERROR/],
    ['select * from endpoint', /Trino refuses the statement: TABLE_NOT_FOUND: .*endpoint/],
    ["select cast('x' as integer)", /Trino refuses the statement: INVALID_CAST_ARGUMENT/],
    ['select 9007199254740993 as n', /is too large for an exact number/],
  ])('%s is one line', async (statement, message) => {
    const failure = await there.ask(statement).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toContain('\n');
  });

  test('census sql and census report take a cluster', async () => {
    const words = ['--engine', 'trino', '--url', cluster.url, '--schema', SCHEMA];
    const said = await runCensus(['sql', 'select count(*) as n from endpoints', ...words, '--format', 'csv']);
    expect(said.stderr).toBe('');
    expect(said.stdout).toMatch(/^n\n\d+\n$/);
    const out = join(folder, 'report');
    const report = await runCensus(['report', ...words, '--lake', lake, '--out', out]);
    expect(report).toEqual({ code: 0, stderr: '', stdout: `the report is ${join(out, 'index.html')}\n` });
  });

  test('a query that nobody reads to its end is cancelled', async () => {
    const { connectTrino } = await import('./trino/connection.ts');
    const { runStatement } = await import('./trino/statement.ts');
    const mark = 'left_off';
    const { batches } = await runStatement(
      connectTrino(trino),
      `select a.endpoint_id as ${mark} from handshakes as a, handshakes as b, handshakes as c`,
    );
    for await (const batch of batches) if (batch.length > 0) break;
    const states = await executeOnTrino(trino)(
      `select state, error_code from system.runtime.queries where query like '%as ${mark} from%' and query not like '%system.runtime%'`,
    );
    expect(states).toEqual([['FAILED', 'USER_CANCELED']]);
  });
});
