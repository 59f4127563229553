/**
 * A made population by way of the real ingest and queries says what its truth says; the same seed gives the same bytes on
 * any number of workers; its lines are what a scan would have packed; its certificates are what they were planned to be.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeWithShared } from '../../scripts/testing/shared-data.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../base/errors.ts';
import { readPatternFolder } from '../cli/pattern-folder.ts';
import { mailSoftware } from '../formats/mail-software.ts';
import { packRecord, unpackRecord } from '../formats/packed-record.ts';
import { type MailProtocol, RAW_FORMAT_VERSION } from '../formats/raw-record.ts';
import { checkScanFile } from '../formats/scan-file.ts';
import { expectRaw } from '../scan/testing/raw-schema.ts';
import { readCertificate } from '../x509/index.ts';
import { type SimulateOptions, type SimulateResult, type StudyPatterns, simulate } from './index.ts';
import { columnsOf, publishedTables } from './made-population.fixture.ts';
import { HOST, SOFTWARE } from './software.ts';

const folder = temporaryFolder('simulate');
const SMALL = { endpoints: 3000, seed: 'test', hosts_per_part: 250, workers: 2 };

async function make(name: string, options: Partial<SimulateOptions> = {}): Promise<SimulateResult> {
  return simulate({ ...SMALL, ...options, out: join(folder, name) });
}

/** Gives what was made, once it was. */
function compareWithTruth(name: string, options: () => Partial<SimulateOptions>): () => SimulateResult {
  let made: SimulateResult;
  let tables: Awaited<ReturnType<typeof publishedTables>>;

  beforeAll(async () => {
    made = await make(name, options());
    tables = await publishedTables(join(folder, name), join(folder, `${name}-lake`));
  }, 300_000);

  test('every published table is the truth', () => {
    const { plaintext_auth, ...truth } = made.truth.tables;
    expect(Object.keys(truth).sort()).toEqual([...tables.keys()].sort());
    for (const [table, rows] of Object.entries(truth)) {
      // TLS 1.3 was not asked for in 2015.
      expect(rows.length > 0, table).toBe(table !== 'tls13_chains');
      expect(columnsOf(tables.get(table)!, rows), table).toEqual(columnsOf(rows, rows));
    }
    expect(columnsOf(tables.get('port_overview')!, plaintext_auth!)).toEqual(plaintext_auth);
  });

  test('it has errors, refusals, and certificates of each kind', () => {
    const [overview] = made.truth.tables['data_overview']!;
    expect(overview!['errors']).toBeGreaterThan(0);
    expect(made.truth.tables['version_support']!.some((row) => Number(row['unknown']) > 0)).toBe(true);
    expect(Object.keys(made.truth.certificates_by_kind)).toHaveLength(8);
  });
  return () => made;
}

describe('from published margins', () => {
  compareWithTruth('margins', () => ({}));

  test('versions and the mean of accepted suites have the published shares', async () => {
    const { truth } = await make('more', { endpoints: 8000, hosts_per_part: 1000 });
    const [overview] = truth.tables['data_overview']!;
    expect(Number(overview!['accepted']) / Number(overview!['offered'])).toBeCloseTo(0.0826, 2);
    const upwards = truth.tables['version_only']!.find(
      (row) => row['port'] === 25 && row['version_set'] === 'TLSv1.0 upwards',
    );
    expect(Number(upwards!['matching']) / Number(upwards!['endpoints'])).toBeCloseTo(0.08, 2);
    const share = (rows: string, column: string, of: string, start: string): number => {
      const row = truth.tables[rows]!.find(
        (one) => one['port'] === 25 && String(one['prime_sha256']).startsWith(start),
      );
      return Number(row![column]) / Number(row![of]);
    };
    expect(share('shared_primes', 'endpoints', 'dh_endpoints', 'ef627d8c')).toBeCloseTo(0.69, 1);
    expect(share('shared_primes', 'endpoints', 'dh_endpoints', '6c863838')).toBeCloseTo(0.64, 1);
  });
});

describeWithShared('study-patterns', "from the study's patterns", (patterns) => {
  let studied: StudyPatterns;
  beforeAll(() => {
    studied = readPatternFolder(patterns, '--patterns');
  });
  const made = compareWithTruth('patterns', () => ({ patterns: studied, workers: 1 }));

  test('versions have the shares that the patterns have', () => {
    const { truth } = made();
    const row = truth.tables['version_support']!.find(
      (one) => one['port'] === 25 && one['version'] === 'SSLv2',
    );
    expect(Number(row!['supporting']) / (Number(row!['endpoints']) + Number(row!['unknown']))).toBeCloseTo(
      0.4744,
      2,
    );
    expect(truth.answers_from).toMatchObject({
      25: 'study patterns of port 25',
      995: 'study patterns of port 110',
    });
  });
});

describe('files', () => {
  test('are the same, byte for byte, whatever the number of workers', async () => {
    await make('one', { workers: 1, endpoints: 1500 });
    await make('three', { workers: 3, endpoints: 1500 });
    const [one, three] = [hashes(join(folder, 'one')), hashes(join(folder, 'three'))];
    expect(one.size).toBeGreaterThan(5);
    expect(three).toEqual(one);
  });

  test('differ for another seed and another number, and so does the name of the scan', async () => {
    const [other, less] = [
      await make('other', { seed: 'x', endpoints: 60 }),
      await make('less', { endpoints: 59 }),
    ];
    const same = await make('same', { endpoints: 60 });
    expect(new Set([other, less, same].map(({ scan }) => scan.scan_id)).size).toBe(3);
    expect(other.scan.scan_id).toMatch(/^synthetic-60-/);
  });

  test('are a whole scan that says that it is synthetic', () => {
    const scan = JSON.parse(readFileSync(join(folder, 'margins/scan.json'), 'utf8'));
    expect(scan).toMatchObject({
      synthetic: true,
      format_version: RAW_FORMAT_VERSION,
      counts: { endpoints: 3000 },
    });
    expect(checkScanFile({ ...scan, format_version: RAW_FORMAT_VERSION })).not.toHaveProperty('problem');
    expect(readdirSync(join(folder, 'margins')).filter((name) => /partial|lock/.test(name))).toEqual([]);
  });

  test('have lines that a scan would have packed so', () => {
    const lines = linesOf('margins', 'endpoints');
    expect(lines.length).toBeGreaterThan(900);
    for (const line of lines) {
      const record = unpackRecord(JSON.parse(line));
      expect(record.format_version).toBe(RAW_FORMAT_VERSION);
      expect(JSON.parse(JSON.stringify(packRecord(record)))).toEqual(JSON.parse(line));
    }
  });

  test('fit the schema of raw records', () => {
    const kinds = [['certificates', 'certificate'] as const, ['dh-groups', 'dh_group'] as const];
    for (const [file, kind] of kinds)
      for (const line of linesOf('margins', file)) expectRaw(kind, JSON.parse(line));
    expectRaw('scan_file', JSON.parse(readFileSync(join(folder, 'margins/scan.json'), 'utf8')));
    for (const line of linesOf('margins', 'endpoints').slice(0, 300)) expectRaw('endpoint', JSON.parse(line));
  });

  test('a folder that holds a scan is refused; what a simulation left unfinished is swept out', async () => {
    await expect(make('margins')).rejects.toThrow(UsageError);
    const left = join(folder, 'left');
    mkdirSync(left);
    writeFileSync(join(left, 'endpoints-00099.ndjson.gz.partial'), '');
    writeFileSync(join(left, 'mine.txt'), '');
    await make('left', { endpoints: 20 });
    expect(readdirSync(left)).not.toContain('endpoints-00099.ndjson.gz.partial');
    expect(readdirSync(left)).toContain('mine.txt');
  });

  test.each([0, -1, 1.5, Number.NaN, 60_000_001])('%s endpoints are refused', async (endpoints) => {
    await expect(make('refused', { endpoints })).rejects.toThrow(/--endpoints is .*give a whole number/);
  });
});

test('certificates: each once a part, of the kinds that the reader of certificates names', () => {
  const lines = linesOf('margins', 'certificates').map((line) => JSON.parse(line));
  expect(new Set(lines.map(({ sha256 }) => sha256)).size).toBe(lines.length);
  const facts = lines.map(({ der }) => readCertificate(Buffer.from(der, 'base64')));
  expect(facts.map((fact) => fact.certificate_sha256)).toEqual(lines.map(({ sha256 }) => sha256));
  const problems = new Set(facts.map(({ problem }) => problem?.replace(/ at byte.*|, \d+ bytes.*/, '')));
  expect([...problems].sort()).toEqual([
    'bytes after the certificate',
    'certificate is cut off',
    'not before',
    'serial number is negative',
    'subject: bytes that its string type does not have',
    'version is not 1, 2 or 3',
    undefined,
  ]);
  const sound = facts.filter(({ problem }) => problem === null);
  expect(sound.filter(({ self_issued }) => self_issued).every(({ self_signed }) => self_signed)).toBe(true);
  expect(sound.some(({ self_issued }) => !self_issued)).toBe(true);
});

test('greetings name the software that they are planned to name', () => {
  for (const [protocol, all] of Object.entries(SOFTWARE)) {
    for (const { software, banner } of all) {
      const found = mailSoftware(banner.replace(HOST, 'mx1.invalid'), protocol as MailProtocol);
      expect(found?.software ?? null, banner).toBe(software);
    }
  }
});

/** Lines of the first parts of a population. */
function linesOf(name: string, kind: string): string[] {
  const files = readdirSync(join(folder, name)).filter((file) => file.startsWith(`${kind}-0000`));
  const [first] = files.sort();
  return gunzipSync(readFileSync(join(folder, name, first!)))
    .toString()
    .split('\n')
    .slice(0, -1);
}

function hashes(path: string): Map<string, string> {
  const names = readdirSync(path).sort();
  return new Map(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(path, name)))
        .digest('hex'),
    ]),
  );
}
