import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { openDatabase, sqlText } from '../base/duckdb.ts';
import { packageRoot } from '../base/package-root.ts';
import { readManifest, writeManifest } from '../formats/lake-manifest.ts';
import { type Prior, questionBits } from '../formats/prior.ts';
import { ingest, readPatterns, readPositions } from '../ingest/index.ts';
import { priorFromLake, priorFromPatterns } from './index.ts';

const folder = temporaryFolder('prior-learnt');
const sample = join(packageRoot, 'datasets/samples/village');

const positions = join(folder, 'positions.csv');
writeFileSync(
  positions,
  'position,version,openssl_name\n0,SSLv2,RC4-MD5\n1,TLSv1.0,RC4-MD5\n2,TLSv1.0,AES128-SHA\n3,TLSv1.0,DHE-RSA-AES128-SHA\n',
);
/** The last suite is accepted by nobody. */
const FILES = {
  'pattern_25.csv': 'count,port,pattern\n3,25,raar\n2,25,arrr\n1,25,rrrr\n',
  'pattern_993.csv': 'count,port,pattern\n4,993,raar\n5,993,rrar\n',
};
const files = Object.entries(FILES).map(([name, text]) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
});

function fromPatterns(ports?: number[]): Prior {
  const places = readPositions(positions);
  const rows = files.flatMap((file) => readPatterns(file, places.length));
  return priorFromPatterns(places, rows, Object.keys(FILES), ports);
}

/** Endpoints by port for each pattern, a pattern told by the suites that it accepts. */
function told({ questions, patterns }: Prior): Record<string, number[]> {
  const names = questions.flatMap(({ version, cipher_suites }) =>
    cipher_suites.map((suite) => `${version}:${suite}`),
  );
  return Object.fromEntries(
    patterns.map(([bits, ...counts]) => [
      names.filter((_, place) => questionBits(bits)[place] === 1).join(' '),
      counts,
    ]),
  );
}

test('patterns of ports become counts by port; suites ascend within a version', () => {
  const prior = fromPatterns();
  expect(prior).toMatchObject({
    ports: [25, 993],
    endpoints: [6, 9],
    questions: [
      { version: 2, cipher_suites: [0x010080] },
      { version: 769, cipher_suites: [0x0004, 0x002f, 0x0033] },
    ],
  });
  expect(told(prior)).toEqual({ '769:4 769:47': [3, 4], '769:47': [0, 5], '2:65664': [2, 0], '': [1, 0] });
});

test('only the ports that are asked for, and an unknown one is refused', () => {
  expect(fromPatterns([993])).toMatchObject({ ports: [993], endpoints: [9] });
  expect(() => fromPatterns([25, 110])).toThrow('no patterns of port 110; there are: 25, 993');
});

test('a lake of the same patterns tells the same, but for suites that nobody accepts', async () => {
  const lake = join(folder, 'lake');
  await ingest({ from: 'study-patterns', inputs: files, lake });
  const prior = await priorFromLake({ lake });
  expect(told(prior)).toEqual(told(fromPatterns()));
  expect(prior.questions).toEqual([
    { version: 2, cipher_suites: [0x010080] },
    { version: 769, cipher_suites: [0x0004, 0x002f] },
  ]);
  expect(prior.source).toEqual({ kind: 'lake', names: ['study-2015'], first_at: null, last_at: null });
  expect(await priorFromLake({ lake, ports: [993] })).toMatchObject({ ports: [993], endpoints: [9] });
  await expect(priorFromLake({ lake, ports: [143] })).rejects.toThrow(/has nothing of port 143/);
  await expect(priorFromLake({ lake, scans: ['other'] })).rejects.toThrow(/has no scan "other"/);
});

test('scans that offered different suites are not mixed', async () => {
  const lake = join(folder, 'lake-mixed');
  await ingest({ from: 'study-patterns', inputs: files, lake });
  await ingest({ from: 'native', inputs: [sample], lake });
  await expect(priorFromLake({ lake })).rejects.toThrow(/not all endpoints were offered the same .*--scan/);
  expect(await priorFromLake({ lake, scans: ['study-2015'] })).toMatchObject({ endpoints: [6, 9] });
});

describe('a lake that says what was offered', () => {
  const OFFERED = [
    [2, 0x010080],
    [769, 4],
    [769, 47],
    [769, 51],
    [772, 0x1301],
  ] as [version: number, suite: number][];

  test('tells the same as the patterns, suites that nobody accepts among them', async () => {
    const lake = await lakeThatOffered('offered', OFFERED);
    const prior = await priorFromLake({ lake });
    expect({ ...prior, source: null }).toEqual({ ...fromPatterns(), source: null });
  });

  test('scans that offered as many suites, but others, are not mixed', async () => {
    const lake = await lakeThatOffered('offered-otherwise', OFFERED);
    await ingest({ from: 'study-patterns', inputs: files, lake, scan_id: 'other' });
    await writeOffer(lake, 'other', [...OFFERED.slice(0, 3), [769, 57], OFFERED[4]!]);
    await expect(priorFromLake({ lake })).rejects.toThrow(
      /scans other and study-2015 offered different suites.*--scan/,
    );
    expect(await priorFromLake({ lake, scans: ['other'] })).toMatchObject({ endpoints: [6, 9] });
  });
});

test('of a scan, endpoints with errors or gaps are left out', async () => {
  const lake = join(folder, 'lake-native');
  const [summary] = await ingest({ from: 'native', inputs: [sample], lake });
  const prior = await priorFromLake({ lake });
  const learnt = prior.endpoints.reduce((sum, count) => sum + count, 0);
  expect(learnt).toBeGreaterThan(0);
  expect(learnt).toBeLessThan(summary!.rows['endpoints']!);
  expect(prior.source.first_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(prior.questions.every(({ version }) => version < 772)).toBe(true);
});

test('no lake is a line that says so', async () => {
  await expect(priorFromLake({ lake: join(folder, 'none') })).rejects.toThrow(/is no lake/);
});

async function lakeThatOffered(name: string, offered: readonly [number, number][]): Promise<string> {
  const lake = join(folder, name);
  await ingest({ from: 'study-patterns', inputs: files, lake });
  await writeOffer(lake, 'study-2015', offered);
  return lake;
}

/** The table `offered_suites` of one scan, in place of any that the lake has. */
async function writeOffer(
  lake: string,
  scan_id: string,
  offered: readonly [number, number][],
): Promise<void> {
  const path = `offered_suites/scan_id=${scan_id}/part-${'0'.repeat(16)}.parquet`;
  mkdirSync(dirname(join(lake, path)), { recursive: true });
  const rows = offered.map(([version, suite]) => `(${version}::smallint, ${suite}::integer)`).join();
  const database = await openDatabase();
  const connection = await database.connect();
  await connection.run(
    `copy (from (values ${rows}) as offered(version, cipher_suite)) to ${sqlText(join(lake, path))} (format parquet)`,
  );
  database.close();
  const manifest = readManifest(lake);
  const others = manifest.files.filter((file) => file.table !== 'offered_suites' || file.scan_id !== scan_id);
  const bytes = { bytes: statSync(join(lake, path)).size, sha256: '0'.repeat(64) };
  const entry = { table: 'offered_suites', scan_id, port: null, path, rows: offered.length, ...bytes };
  writeManifest(lake, { ...manifest, files: [...others, entry] });
}
