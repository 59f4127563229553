/** `census sql` on DuckDB: any statement that reads the lake, in every format; and none that reads or writes anything else. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCensus } from '../../../scripts/testing/run-census.ts';
import { copyOfLake, sampleLake, withEngine } from '../../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { sqlPath } from '../../base/duckdb.ts';
import { readManifest } from '../../formats/lake-manifest.ts';
import { openLake } from '../../query/index.ts';

const folder = temporaryFolder('sql');
const PORTS = 'select port, count(*) as endpoints from endpoints group by port order by port';
let lake: string;

beforeAll(async () => {
  ({ lake } = await sampleLake(folder));
});

async function ask(statement: string, of = lake, scans?: string[]) {
  const open = await openLake({ lake: of, confined: true, scans });
  try {
    return await open.ask(statement);
  } finally {
    open.close();
  }
}

test('answers in each format, as it is asked', async () => {
  const csv = await runCensus(['sql', PORTS, '--lake', lake, '--format', 'csv']);
  expect(csv).toEqual({
    code: 0,
    stderr: '',
    stdout: 'port,endpoints\n25,16\n110,6\n143,7\n465,6\n587,9\n993,10\n995,6\n',
  });
  const json = await runCensus(['sql', `${PORTS};`, '--lake', lake, '--format', 'json']);
  expect(JSON.parse(json.stdout)[0]).toEqual({ port: 25, endpoints: 16 });
  const shown = await runCensus(['sql', `/* ports */ ${PORTS}`, '--lake', lake]);
  expect(shown.stdout).toMatch(/^Answer\nport {2}endpoints\n/);
});

test('numbers, texts, times and bytes keep their kinds', async () => {
  const { columns, rows } =
    await ask(`select 1 as whole, cast(2 as bigint) as large, 1.5 as decimal, 0.1e0 as share,
    null as nothing, timestamp '2026-01-02 03:04:05' as at, der is not null as has, substr(sha1, 1, 0) as none
    from certificates limit 1`);
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    ...['whole integer', 'large bigint', 'decimal double', 'share double', 'nothing integer', 'at timestamp'],
    ...['has boolean', 'none varchar'],
  ]);
  expect(rows).toEqual([[1, 2, 1.5, 0.1, null, '2026-01-02T03:04:05.000Z', true, '']]);
});

test('parquet and arrow hold the same rows', async () => {
  const bytes = async (format: string): Promise<Buffer> => {
    const out = join(folder, `answer.${format}`);
    const words = ['sql', PORTS, '--lake', lake, '--format', format].map((word) => `'${word}'`).join(' ');
    const { execFileSync } = await import('node:child_process');
    execFileSync('sh', ['-c', `"$0" pipeline/cli/census.mjs ${words} > '${out}'`, process.execPath]);
    return readFileSync(out);
  };
  await bytes('parquet');
  const parquet = await withEngine(async (connection) =>
    (
      await connection.runAndReadAll(`from read_parquet(${sqlPath(join(folder, 'answer.parquet'))})`)
    ).getRowsJS(),
  );
  const arrow = tableFromIPC(await bytes('arrow'))
    .toArray()
    .map((row) => row.toArray());
  expect(parquet.map((row) => row.map(Number))).toEqual(arrow.map((row) => [...row].map(Number)));
  expect(parquet).toHaveLength(7);
});

test('only the chosen scans are asked', async () => {
  const { scan_id } = readManifest(lake).files[0]!;
  expect((await ask('select count(*) as n from scans', lake, [scan_id])).rows).toEqual([[1]]);
});

test.each(["it's [b]*?", 'port=9'])('a lake below %s is read as well', async (name) => {
  mkdirSync(join(folder, name));
  expect((await ask(PORTS, copyOfLake(lake, `${name}/lake`))).rows).toHaveLength(7);
});

describe('what is more than reading is one line', () => {
  const secret = join(folder, 'secret.txt');
  writeFileSync(secret, 'secret\n');

  test.each<[string, string, RegExp]>([
    ['a change', 'create table mine (a int)', /begins with create is not run/],
    ['a change of ours', 'drop view endpoints', /begins with drop is not run/],
    ['a file written', `copy (select 1) to '${join(folder, 'out.csv')}'`, /begins with copy is not run/],
    ['a setting', "set memory_limit = '1GB'", /begins with set is not run/],
    ['another database', `attach '${join(folder, 'x.db')}'`, /begins with attach is not run/],
    ['a pragma', 'pragma version', /begins with pragma is not run/],
    ['two statements', 'select 1; drop view endpoints', /one statement at a time; there are 2/],
    ['a hidden change', '/* select */ -- select\ndelete from scans', /begins with delete is not run/],
    ['explain analyze', 'explain analyze select 1', /explain analyze is not run/],
    ['nothing', ' ;', /the statement is empty/],
    [
      'another file',
      `select * from read_text('${secret}')`,
      /DuckDB refuses the statement: Permission Error/,
    ],
    ['a file by name', `select * from '${secret}'`, /DuckDB refuses the statement/],
    [
      'a list of files',
      `select * from glob('${folder}/*')`,
      /DuckDB refuses the statement: Permission Error/,
    ],
    ['a network', "select * from 'http://127.0.0.1:1/x.csv'", /DuckDB refuses the statement/],
    ['no such table', 'select * from endpoint', /DuckDB refuses the statement: Catalog Error: .*endpoint/],
    ['no SQL', 'select from where', /DuckDB refuses the statement: Parser Error/],
    ['a wrong cast', "select cast('x' as integer)", /DuckDB refuses the statement: Conversion Error/],
    ['a number too large', 'select 9007199254740993 as n', /is too large for an exact number/],
  ])('%s', async (_, statement, message) => {
    const ended = await runCensus(['sql', statement, '--lake', lake]);
    expect(ended.stderr).toMatch(/^census: [^\n]+\n$/);
    expect(ended.stderr).toMatch(message);
    expect(ended.stdout).toBe('');
    expect(ended.code).toBe(2);
    expect(readdirSync(folder)).not.toContain('out.csv');
  });
});
