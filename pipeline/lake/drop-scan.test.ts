/** One scan goes, the others stay; nothing is left of it that another engine could take for a partition. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sampleLake } from '../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../base/errors.ts';
import { readManifest } from '../formats/lake-manifest.ts';
import { ingest } from '../ingest/index.ts';
import { dropScan } from './drop-scan.ts';
import { lakeInfo } from './lake-info.ts';
import { verifyLake } from './verify-lake.ts';

const folder = temporaryFolder('drop-scan');

test('the scan is gone, its folders too, and the lake is as if it never had it', async () => {
  const { lake, scan_id } = await sampleLake(folder);
  const alone = readManifest(lake);
  const patterns = join(folder, 'patterns.csv');
  writeFileSync(patterns, 'count,port,pattern\n3,25,a\n');
  writeFileSync(join(folder, 'positions.csv'), 'position,version,openssl_name\n0,SSLv3,RC4-MD5\n');
  await ingest({ from: 'study-patterns', inputs: [patterns], lake });

  await expect(dropScan(lake, 'study')).rejects.toThrow(UsageError);
  await expect(dropScan(lake, 'study')).rejects.toThrow(
    `has no scan "study"; it has: ${scan_id}, study-2015`,
  );
  const { files } = await dropScan(lake, 'study-2015');
  expect(files).toBe(4);
  expect(readManifest(lake)).toEqual(alone);
  const left = readdirSync(lake, { recursive: true, encoding: 'utf8' });
  expect(left.filter((path) => path.includes('study-2015'))).toEqual([]);
  expect((await verifyLake(lake)).faults).toEqual([]);

  await dropScan(lake, scan_id);
  expect(readManifest(lake)).toMatchObject({ files: [], inputs: [] });
  expect(await lakeInfo(lake)).toMatchObject({
    files: 0,
    scans: [],
    handshakes: { lake_bytes_per_accepted: null },
  });
  await expect(dropScan(lake, scan_id)).rejects.toThrow(/it has: none/);
});

test('a lake that is being written is left alone; a folder that is none too', async () => {
  const { lake, scan_id } = await sampleLake(join(folder, 'other'));
  writeFileSync(join(lake, '.lock'), '1 elsewhere\n');
  const before = readFileSync(join(lake, 'manifest.json'), 'utf8');
  await expect(dropScan(lake, scan_id)).rejects.toThrow(/is being written by/);
  expect(readFileSync(join(lake, 'manifest.json'), 'utf8')).toBe(before);
  await expect(dropScan(join(folder, 'none'), scan_id)).rejects.toThrow(/is no lake/);
  expect(existsSync(join(folder, 'none'))).toBe(false);
});
