/** From a table of addresses to what is known of each, and from `census ingest` to the columns of the lake. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { openDatabase, sqlPathList } from '../../base/duckdb.ts';
import { packageRoot } from '../../base/package-root.ts';
import { readManifest } from '../../formats/lake-manifest.ts';
import { ingest } from '../index.ts';
import { beginEnrichment, readEnrichment } from './index.ts';

const folder = temporaryFolder('enrich-addresses');
const sample = join(packageRoot, 'datasets/samples/village');
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

test('each distinct address once; what is no address, and what no file knows, has nulls', async () => {
  const pfx2as = file('a.txt', '192.0.2.0 24 64500\n0.0.0.0 0 1\n2001:db8:: 32 64501\n');
  const country = file(
    'a.csv',
    '192.0.2.128,192.0.2.255,AT\n255.255.255.255,255.255.255.255,ZA\n2001:db8::,2001:db8::5,DE\n',
  );
  const rows = await enriched(
    [
      ...[
        '192.0.2.1',
        '192.0.2.200',
        '192.0.2.200',
        '255.255.255.255',
        '2001:db8::5',
        '2001:db9::1',
        '::ffff:192.0.2.200',
      ],
      ...['192.0.2', '192.0.2.256', 'mx.example', '', '1.2.3.4.5', ':', null],
    ],
    { pfx2as, country },
  );
  expect(rows).toEqual([
    ['', null, null, null],
    ['1.2.3.4.5', null, null, null],
    ['192.0.2', null, null, null],
    ['192.0.2.1', 64500n, '192.0.2.0/24', null],
    ['192.0.2.200', 64500n, '192.0.2.0/24', 'AT'],
    ['192.0.2.256', null, null, null],
    ['2001:db8::5', 64501n, '2001:db8::/32', 'DE'],
    ['2001:db9::1', null, null, null],
    ['255.255.255.255', 1n, '0.0.0.0/0', 'ZA'],
    [':', null, null, null],
    ['::ffff:192.0.2.200', null, null, null],
    ['mx.example', null, null, null],
  ]);
});

test('without files there is nothing to know', async () => {
  expect(await enriched(['192.0.2.1', '::1'], {})).toEqual([]);
});

test('ingest: the columns are filled, and another file changes the rows', async () => {
  const lake = join(folder, 'lake');
  const pfx2as = file('r1.txt', '127.0.0.0 8 64500\n');
  const country = file('c1.csv', '127.0.0.0,127.255.255.255,AT\n');
  const options = { from: 'native' as const, inputs: [sample], lake };
  await ingest(options);
  const plain = readManifest(lake);
  expect(await origins(lake)).toEqual([[null, null, null]]);

  expect((await ingest({ ...options, pfx2as, country }))[0]!.changed).toBe(true);
  expect(await origins(lake)).toEqual([[64500n, '127.0.0.0/8', 'AT']]);
  const named = readManifest(lake).inputs.filter(({ tells }) => tells !== undefined);
  expect(named.map(({ name, tells }) => [name, tells])).toEqual([
    ['c1.csv', 'country'],
    ['r1.txt', 'origin-as'],
  ]);

  const renamed = join(folder, 'renamed.txt');
  cpSync(pfx2as, renamed);
  expect((await ingest({ ...options, pfx2as: renamed, country }))[0]!.changed).toBe(false);
  const other = file('r2.txt', '127.0.0.0 9 64501\n');
  expect((await ingest({ ...options, pfx2as: other, country }))[0]!.changed).toBe(true);
  expect(await origins(lake)).toEqual([[64501n, '127.0.0.0/9', 'AT']]);

  expect((await ingest(options))[0]!.changed).toBe(true);
  expect(readManifest(lake)).toEqual(plain);
});

test('a wrong file leaves the lake as it was', async () => {
  const lake = join(folder, 'lake-wrong');
  await ingest({ from: 'native', inputs: [sample], lake });
  const before = readFileSync(join(lake, 'manifest.json'), 'utf8');
  const pfx2as = file('wrong.txt', '127.0.0.0 8 64500\nhello\n');
  await expect(ingest({ from: 'native', inputs: [sample], lake, pfx2as })).rejects.toThrow(
    /wrong\.txt:2 is no line/,
  );
  expect(readFileSync(join(lake, 'manifest.json'), 'utf8')).toBe(before);
});

async function enriched(
  ips: (string | null)[],
  files: { pfx2as?: string; country?: string },
): Promise<unknown[][]> {
  const database = await openDatabase();
  try {
    const connection = await database.connect();
    await connection.run('create table seen (ip varchar)');
    const appender = await connection.createAppender('seen');
    for (const ip of ips) {
      if (ip === null) appender.appendNull();
      else appender.appendVarchar(ip);
      appender.endRow();
    }
    appender.closeSync();
    const enrich = await beginEnrichment(connection, await readEnrichment(files));
    // A second batch takes the place of the first.
    await enrich('(select null as ip)', 'known');
    await enrich('seen', 'known');
    return (await connection.runAndReadAll('select * from known order by ip')).getRows();
  } finally {
    database.close();
  }
}

/** The distinct values of the three columns, over endpoints with an address. */
async function origins(lake: string): Promise<unknown[][]> {
  const files = readManifest(lake).files.filter(({ table }) => table === 'endpoints');
  const database = await openDatabase();
  try {
    const connection = await database.connect();
    const paths = sqlPathList(files.map(({ path }) => join(lake, path)));
    const sql = `select distinct asn, as_prefix, country from read_parquet(${paths}) where ip is not null`;
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    database.close();
  }
}
