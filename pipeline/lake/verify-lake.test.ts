/** A whole lake has no fault; each way to harm it is named, with the file. */
import { mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { copyOfLake, sampleLake, withEngine } from '../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { sqlText } from '../base/duckdb.ts';
import { fileSha256 } from '../base/files.ts';
import { type LakeFile, readManifest, writeManifest } from '../formats/lake-manifest.ts';
import { lakeInfo } from './lake-info.ts';
import { verifyLake } from './verify-lake.ts';

const folder = temporaryFolder('verify');
let lake: string;

beforeAll(async () => {
  ({ lake } = await sampleLake(folder));
});

test('a lake as ingest wrote it has no fault, on one core as on many', async () => {
  const { files } = readManifest(lake);
  const bytes = files.reduce((total, file) => total + file.bytes, 0);
  for (const threads of [1, 3]) {
    expect(await verifyLake(lake, { threads })).toEqual({ files: files.length, bytes, faults: [] });
  }
});

test.each<[string, (copy: string, file: LakeFile) => unknown, RegExp]>([
  ['a missing file', (copy, { path }) => rmSync(join(copy, path)), /^is missing$/],
  ['a folder in its place', (copy, { path }) => swapForFolder(join(copy, path)), /^is missing$/],
  [
    'a file cut short',
    (copy, { path }) => truncateSync(join(copy, path), 100),
    /^has 100 bytes, the manifest says \d+$/,
  ],
  [
    'one bit',
    (copy, { path }) => flipBit(join(copy, path)),
    /^has the SHA-256 [0-9a-f]{64}, the manifest says [0-9a-f]{64}$/,
  ],
  [
    'another count',
    (copy, file) => edit(copy, { ...file, rows: file.rows + 1 }),
    /^has \d+ rows, the manifest says \d+$/,
  ],
  ['no Parquet', (copy, file) => replace(copy, file, 'hello'), /^cannot be read as Parquet: /],
  [
    'a column too few',
    (copy, file) => rewrite(copy, file, '* exclude (endpoint_id)'),
    /^has no column endpoint_id$/,
  ],
  [
    'a column of another type',
    (copy, file) => rewrite(copy, file, '* replace (cast(endpoint_id as integer) as endpoint_id)'),
    /^has endpoint_id as integer, documented is bigint$/,
  ],
  [
    'a column too many',
    (copy, file) => rewrite(copy, file, '*, 1 as extra'),
    /^has a column extra that is not documented$/,
  ],
])('%s', async (name, harm, message) => {
  const copy = copyOfLake(lake, name.replaceAll(' ', '-'));
  const file = readManifest(copy).files.find(({ table }) => table === 'endpoint_groups')!;
  await harm(copy, file);
  const { faults } = await verifyLake(copy);
  expect(faults.map(({ path }) => path)).toEqual([file.path]);
  expect(faults[0]!.fault).toMatch(message);
});

test('files that the manifest does not name are strays; a lock is none, nor what is being written under one', async () => {
  const copy = copyOfLake(lake, 'strays');
  mkdirSync(join(copy, 'endpoints/scan_id=half/port=25'), { recursive: true });
  writeFileSync(join(copy, 'endpoints/scan_id=half/port=25/part-0.parquet'), 'PAR1');
  mkdirSync(join(copy, '.staging'));
  writeFileSync(join(copy, '.staging/endpoints-25-0.parquet'), 'PAR1');
  const stray = { path: 'endpoints/scan_id=half/port=25/part-0.parquet', fault: 'is no part of the lake' };
  const staged = { path: '.staging/endpoints-25-0.parquet', fault: 'is no part of the lake' };
  expect((await verifyLake(copy)).faults).toEqual([staged, stray]);
  writeFileSync(join(copy, '.lock'), '1 elsewhere\n');
  expect((await verifyLake(copy)).faults).toEqual([stray]);
});

test('quarantined lines belong to the lake: they are checked, and counted', async () => {
  const copy = copyOfLake(lake, 'quarantine');
  const manifest = readManifest(copy);
  const { scan_id } = manifest.files[0]!;
  const path = `quarantine/scan_id=${scan_id}/quarantine-0123456789abcdef.ndjson`;
  mkdirSync(join(copy, 'quarantine', `scan_id=${scan_id}`), { recursive: true });
  writeFileSync(join(copy, path), '{}\n{}\n');
  expect((await verifyLake(copy)).faults).toEqual([{ path, fault: 'is no part of the lake' }]);
  const sha256 = await fileSha256(join(copy, path));
  writeManifest(copy, { ...manifest, quarantine: [{ scan_id, path, lines: 2, bytes: 6, sha256 }] });
  expect((await verifyLake(copy)).faults).toEqual([]);
  expect((await lakeInfo(copy)).scans.map((scan) => scan.quarantined_lines)).toEqual([2]);
  writeFileSync(join(copy, path), '{}\n[]\n');
  expect((await verifyLake(copy)).faults).toMatchObject([
    { path, fault: expect.stringMatching(/^has the SHA-256/) },
  ]);
  writeManifest(copy, {
    ...manifest,
    quarantine: [{ scan_id, path: '../x.ndjson', lines: 2, bytes: 6, sha256 }],
  });
  await expect(verifyLake(copy)).rejects.toThrow(/its quarantine names what no ingest writes/);
});

function swapForFolder(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
}

function edit(copy: string, changed: LakeFile, path = changed.path): void {
  const manifest = readManifest(copy);
  writeManifest(copy, {
    ...manifest,
    files: manifest.files.map((file) => (file.path === path ? changed : file)),
  });
}

/** Puts other bytes in place of a file, and lets the manifest say so. */
async function replace(copy: string, file: LakeFile, content: string | Uint8Array): Promise<void> {
  writeFileSync(join(copy, file.path), content);
  const bytes = Buffer.from(content).length;
  edit(copy, { ...file, bytes, sha256: await fileSha256(join(copy, file.path)) });
}

async function rewrite(copy: string, file: LakeFile, select: string): Promise<void> {
  const path = join(copy, file.path);
  const other = join(folder, 'other.parquet');
  await withEngine((connection) =>
    connection.run(
      `copy (select ${select} from read_parquet(${sqlText(path)}, hive_partitioning = false)) to ${sqlText(other)} (format parquet)`,
    ),
  );
  await replace(copy, file, readFileSync(other));
  renameSync(other, path);
}
