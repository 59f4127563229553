import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../base/errors.ts';
import { chooseModules, openLake } from '../../query/index.ts';
import { ingest } from '../index.ts';

const folder = temporaryFolder('study');
let made = 0;

const POSITIONS = `position,version,openssl_name
0,SSLv2,RC4-MD5
1,SSLv3,RC4-MD5
2,TLSv1.0,AES128-SHA
3,TLSv1.0,DHE-RSA-AES128-SHA
`;
/** Three endpoints with SSLv3 and TLS 1.0, two with TLS 1.0 only, one that rejects all. */
const PATTERNS = 'count,ratio,port,pattern\n3,0.5,465,raar\n2,0.3,465,rraa\n1,0.2,465,rrrr\n';

test('each counted endpoint becomes an endpoint, and each accepted handshake a row', async () => {
  const lake = join(folder, 'lake');
  const [summary] = await ingest(inputs(PATTERNS, lake));
  expect(summary).toMatchObject({
    scan_id: 'study-2015',
    changed: true,
    rows: { scans: 1, endpoints: 6, endpoint_versions: 18, handshakes: 10 },
  });
  expect(await query(lake, 'version_support')).toEqual([
    ['study-2015', 465, 'SSLv2', 6, 0, 0, null, 0, 0, 6, 0, 0, null],
    ['study-2015', 465, 'SSLv3', 6, 3, 0, null, 0, 0, 3, 0, 0.5, null],
    ['study-2015', 465, 'TLSv1.0', 6, 5, 0, null, 0, 0, 1, 0, 5 / 6, null],
  ]);
  expect(await query(lake, 'port_overview')).toEqual([
    ['study-2015', 465, 'smtp', 'implicit', 6, 6, 1, null, 0, 0, null, 1],
  ]);
  expect(await query(lake, 'key_exchange')).toEqual([
    ['study-2015', 465, 'DHE', 6, 2, 0, null, 4, 0, 1 / 3],
    ['study-2015', 465, 'RSA', 6, 5, 0, null, 1, 0, 5 / 6],
  ]);
});

test('no Diffie-Hellman data is an empty table that says so', async () => {
  const lake = join(folder, 'lake-dh');
  await ingest(inputs(PATTERNS, lake));
  const open = await openLake({ lake });
  const table = await open.run(chooseModules(['shared_primes'])[0]!);
  open.close();
  expect(table.rows).toEqual([]);
  expect(table.empty_because).toMatch(/Diffie-Hellman/);
});

test('the same files twice change nothing; another port joins the scan; a changed file replaces its port', async () => {
  const lake = join(folder, 'lake-again');
  await ingest(inputs(PATTERNS, lake));
  const before = readFileSync(join(lake, 'manifest.json'), 'utf8');
  expect((await ingest(inputs(PATTERNS, lake)))[0]!.changed).toBe(false);
  expect(readFileSync(join(lake, 'manifest.json'), 'utf8')).toBe(before);

  await ingest(inputs('count,ratio,port,pattern\n7,1,993,aaaa\n', lake));
  await ingest(inputs('count,ratio,port,pattern\n4,1,465,raar\n', lake));
  const support = await query(lake, 'version_support');
  expect(support.filter((row) => row[2] === 'SSLv3')).toEqual([
    ['study-2015', 465, 'SSLv3', 4, 4, 0, null, 0, 0, 0, 0, 1, null],
    ['study-2015', 993, 'SSLv3', 7, 7, 0, null, 0, 0, 0, 0, 1, null],
  ]);
  const onDisk = readdirSync(lake, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.parquet'),
  );
  expect(onDisk.length).toBe(7);
});

test('the same input gives the same bytes', async () => {
  const lakes = [join(folder, 'lake-one'), join(folder, 'lake-two')];
  for (const lake of lakes) await ingest(inputs(PATTERNS, lake));
  const manifests = lakes.map((lake) => JSON.parse(readFileSync(join(lake, 'manifest.json'), 'utf8')).files);
  expect(manifests[0]).toEqual(manifests[1]);
});

test.each([
  [
    'a strange letter',
    'count,ratio,port,pattern\n1,1,25,rrar\n2,1,25,rxar\n',
    /:3: column 2 of the pattern is "x"/,
  ],
  [
    'a pattern too short',
    'count,ratio,port,pattern\n1,1,25,rra\n',
    /:2: the pattern has 3 columns, the position table has 4/,
  ],
  ['a pattern too long', 'count,ratio,port,pattern\n1,1,25,rraaa\n', /:2: the pattern has 5 columns/],
  ['a count that is none', 'count,ratio,port,pattern\n-1,1,25,rraa\n', /:2: count is "-1"/],
  ['a port that is none', 'count,ratio,port,pattern\n1,1,70000,rraa\n', /:2: port is "70000"/],
  [
    'a port without mail',
    'count,ratio,port,pattern\n1,1,2525,rraa\n',
    /:2: port is "2525", expected a mail port \(25, 110/,
  ],
  ['a missing column', 'count,ratio,pattern\n1,1,rraa\n', /:1: the header lacks port/],
  ['a row too short', 'count,ratio,port,pattern\n1,1\n', /line 2/],
  ['no rows', 'count,ratio,port,pattern\n', /has no patterns/],
])('%s is one clear line, and nothing is written', async (_, patterns, message) => {
  const lake = join(folder, `lake-bad-${made}`);
  const failure = await ingest(inputs(patterns, lake)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(message);
  expect((failure as Error).message).toMatch(/nothing written/);
  expect((failure as Error).message).not.toContain('\n');
  expect(existsSync(lake)).toBe(false);
});

test.each([
  ['a gap', POSITIONS.replace('\n2,', '\n5,'), /:4: position is 5, expected 2/],
  [
    'an unknown suite',
    POSITIONS.replace('AES128-SHA', 'AES129-SHA'),
    /:4: no cipher suite AES129-SHA of TLSv1.0/,
  ],
  ['an unknown version', POSITIONS.replace('SSLv2', 'SSLv1'), /:2: no cipher suite RC4-MD5 of SSLv1/],
])('%s in the position table is one clear line', async (_, positions, message) => {
  const options = inputs(PATTERNS, join(folder, 'lake-positions'));
  writeFileSync(options.positions, positions);
  await expect(ingest(options)).rejects.toThrow(message);
});

test('another position table is another input', async () => {
  const lake = join(folder, 'lake-other-positions');
  const options = inputs(PATTERNS, lake);
  await ingest(options);
  writeFileSync(options.positions, POSITIONS.replace('2,TLSv1.0,AES128-SHA', '2,TLSv1.0,RC4-MD5'));
  expect((await ingest(options))[0]!.changed).toBe(true);
});

test('a pattern of more endpoints than one list holds is expanded in runs', async () => {
  const lake = join(folder, 'lake-runs');
  const [summary] = await ingest(inputs('count,port,pattern\n2000001,25,rrra\n1,25,rrrr\n', lake));
  expect(summary!.rows).toMatchObject({ endpoints: 2_000_002, handshakes: 2_000_001 });
});

test('the same file twice is refused', async () => {
  const options = inputs(PATTERNS, join(folder, 'lake-same'));
  const twice = { ...options, inputs: [...options.inputs, ...options.inputs] };
  await expect(ingest(twice)).rejects.toThrow(/port 465 is in .* give it once/);
});

test('two files for one port are refused', async () => {
  const first = inputs(PATTERNS, join(folder, 'lake-twice'));
  const second = inputs(PATTERNS, join(folder, 'lake-twice'));
  const both = { ...first, inputs: [...first.inputs, ...second.inputs] };
  await expect(ingest(both)).rejects.toThrow(/port 465 is in .* give it once/);
});

function inputs(patterns: string, lake: string) {
  made++;
  const file = join(folder, `pattern_${made}.csv`);
  const positions = join(folder, `positions_${made}.csv`);
  writeFileSync(file, patterns);
  writeFileSync(positions, POSITIONS);
  return { from: 'study-patterns' as const, inputs: [file], lake, positions };
}

async function query(lake: string, name: string) {
  const open = await openLake({ lake });
  try {
    return (await open.run(chooseModules([name])[0]!)).rows;
  } finally {
    open.close();
  }
}
