/** A scan of another tool, which says less: what it doesn't say is null in the lake, and is counted nowhere. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { openDatabase, sqlText } from '../base/duckdb.ts';
import { readManifest } from '../formats/lake-manifest.ts';
import { quarantinedLine } from '../formats/quarantine.ts';
import { ingestSources, type ScanSource } from './index.ts';

const folder = temporaryFolder('staged');
const HANDSHAKE = { outcome: 'accepted', flight_complete: null };
const RECORD = {
  format_version: 3,
  scan_id: 'other',
  port: 25,
  protocol: 'smtp',
  tls_mode: 'starttls',
  outcome: 'tls',
};
const RECORDS = [
  {
    ...RECORD,
    endpoint_id: 1,
    versions: [
      { version: 771, accepted: 1 },
      { version: 770, accepted: 0 },
    ],
    handshakes: [{ ...HANDSHAKE, version: 771, cipher_suites: [47] }],
  },
  // Which suite was chosen is not known.
  {
    ...RECORD,
    endpoint_id: 2,
    versions: [{ version: 772 }],
    handshakes: [{ ...HANDSHAKE, version: 772, cipher_suites: [null] }],
  },
  {
    ...RECORD,
    endpoint_id: 3,
    versions: [{ version: 771, accepted: 2 }],
    handshakes: [{ ...HANDSHAKE, version: 771, cipher_suites: [47] }],
  },
];
const sha256 = 'ab'.repeat(32);

function source(): ScanSource {
  return {
    scan_id: 'other',
    source: 'zgrab2',
    inputs: async () => [
      { scan_id: 'other', source: 'zgrab2', name: 'a.json', sha256, bytes: 9, ports: null },
    ],
    stage: async (out) => {
      const names = {
        endpoints: 'endpoints-0.ndjson.gz',
        certificates: 'certificates-0.ndjson.gz',
        dh_groups: 'dh-0.ndjson.gz',
      };
      writeFileSync(
        join(out, names.endpoints),
        gzipSync(RECORDS.map((one) => `${JSON.stringify(one)}\n`).join('')),
      );
      for (const name of [names.certificates, names.dh_groups]) writeFileSync(join(out, name), gzipSync(''));
      const quarantine = join(out, 'unreadable.ndjson');
      const lines = [1, 2].map((line) =>
        quarantinedLine({ file: 'a.json', line }, 'is no JSON', Buffer.from('x')),
      );
      writeFileSync(quarantine, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      const unknown = {
        tool_version: null,
        started_at: null,
        finished_at: null,
        strategy: null,
        cipher_suites: null,
      };
      const parts = [{ ...names, flights: null, records: RECORDS.length }];
      const scan = {
        format_version: 3,
        scan_id: 'other',
        tool: 'zgrab2',
        synthetic: false,
        parts,
        ...unknown,
      };
      return { folder: out, scan, is_whole: true, changed: [], quarantine };
    },
  };
}

test('nulls where it says nothing; its unreadable lines and those of ours are one quarantine', async () => {
  const lake = join(folder, 'lake');
  const [summary] = await ingestSources([source()], { lake });
  expect(summary).toMatchObject({
    changed: true,
    complete: true,
    rows: { endpoints: 2, handshakes: 2, scans: 1 },
  });
  const [file] = readManifest(lake).quarantine;
  const lines = readFileSync(join(lake, file!.path), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line)).map((one) => [one.file, one.line, one.reason])).toEqual([
    ['a.json', 1, 'is no JSON'],
    ['a.json', 2, 'is no JSON'],
    ['endpoints-0.ndjson.gz', 3, 'has accepted handshakes that are not as many as a version counts'],
  ]);
  expect(await rows(lake, 'scans', 'source, tool, tool_version, strategy, started_at, finished_at')).toEqual([
    ['zgrab2', 'zgrab2', null, null, null, null],
  ]);
  expect(
    await rows(lake, 'endpoints', 'endpoint_id, offered, accepted, rejected, errors, not_tested, handshakes'),
  ).toEqual([
    ['1', null, 1, null, null, null, null],
    ['2', null, null, null, null, null, null],
  ]);
  expect(await rows(lake, 'endpoint_versions', 'version, offered, accepted, rejected')).toEqual([
    [771, null, 1, null],
    [770, null, 0, null],
    [772, null, null, null],
  ]);
  expect(await rows(lake, 'handshakes', 'endpoint_id, version, cipher_suite')).toEqual([
    ['1', 771, 47],
    ['2', 772, null],
  ]);
  expect((await ingestSources([source()], { lake }))[0]!.changed).toBe(false);
});

test("what is staged and spilled lies on the lake's disk, and is gone before the scan after it", async () => {
  const lake = join(folder, 'lake-disk');
  const seen: string[][] = [];
  const looking = (scan_id: string): ScanSource => ({
    ...source(),
    scan_id,
    stage: async (out) => {
      const paths = readdirSync(join(lake, '.staging'), { recursive: true, encoding: 'utf8' });
      seen.push(paths.map((path) => path.replaceAll('\\', '/')));
      const staged = await source().stage(out);
      return { ...staged, scan: { ...staged.scan, scan_id } };
    },
  });
  await ingestSources([looking('other'), looking('second')], { lake });
  for (const paths of seen)
    expect(paths.filter((path) => /work-\w+\/census-duckdb-\w+$/.test(path))).toHaveLength(1);
  expect(seen[1]!.filter((path) => path.endsWith('/given'))).toHaveLength(1);
  expect(seen[1]!.filter((path) => /chains-\d/.test(path))).toEqual([]);
});

test('two scans whose names differ in case only are refused', async () => {
  const lake = join(folder, 'lake-case');
  const upper = { ...source(), scan_id: 'Other' };
  await expect(ingestSources([source(), upper], { lake })).rejects.toThrow(
    /Other and other differ in case only/,
  );
  await expect(ingestSources([source(), source()], { lake })).rejects.toThrow(/scan other is given twice/);
});

test('with strict the first unreadable line is the error, and there is no lake', async () => {
  const lake = join(folder, 'lake-strict');
  await expect(ingestSources([source()], { lake, strict: true })).rejects.toThrow(
    /^a.json, line 1: is no JSON/,
  );
});

async function rows(lake: string, table: string, columns: string): Promise<unknown[]> {
  const database = await openDatabase();
  const connection = await database.connect();
  const from = sqlText(join(lake, `${table}/**/*.parquet`));
  const result = await connection.runAndReadAll(`select ${columns} from read_parquet(${from})`);
  database.close();
  return result.getRowsJson();
}
