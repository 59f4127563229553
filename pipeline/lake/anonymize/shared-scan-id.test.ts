/** A scan that another tool made, beside one of ours: no file of the lake for sharing tells the hash of its files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { villageSample } from '../../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { packageRoot } from '../../base/package-root.ts';
import { scanIds } from '../../formats/checked-lake-files.ts';
import { type LakeInput, readManifest } from '../../formats/lake-manifest.ts';
import { isScanId } from '../../formats/scan-id.ts';
import { ingest } from '../../ingest/index.ts';
import { verifyLake } from '../verify-lake.ts';
import { anonymizeLake } from './anonymize-lake.ts';
import { sharedScanId } from './shared-scan-id.ts';

const folder = temporaryFolder('shared-scan-id');
const bytes = (value: number) => new Uint8Array(32).fill(value);

test('the name of a foreign scan becomes a pseudonym, that of our own stays', async () => {
  const [lake, key, out] = ['lake', 'key', 'out'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const foreign = join(packageRoot, 'scripts/fuzz/samples/tlsx.ndjson');
  const summaries = await ingest({ inputs: [foreign, villageSample], lake });
  const ours = summaries.find(({ scan_id }) => !scan_id.startsWith('tlsx-'))!.scan_id;
  const [theirs] = scanIds(readManifest(lake).files).filter((scan_id) => scan_id !== ours);
  expect(theirs).toMatch(/^tlsx-[0-9a-f]{16}$/);
  writeFileSync(key, bytes(3));
  await anonymizeLake({ lake, key, out });
  const manifest = readManifest(out);
  const pseudonym = sharedScanId(bytes(3), theirs!, readManifest(lake).inputs);
  expect(scanIds(manifest.files)).toEqual([ours, pseudonym].sort());
  expect(pseudonym).toMatch(/^scan-[0-9a-f]{20}$/);
  expect(JSON.stringify(manifest)).not.toContain(theirs!.slice('tlsx-'.length));
  expect(manifest.inputs.map(({ scan_id }) => scan_id).sort()).toEqual([ours, pseudonym].sort());
  expect((await verifyLake(out)).faults).toEqual([]);
});

test.each([
  ['20261123T184612Z-1f2e3d', 'native', true],
  ['study-2015', 'study-patterns', true],
  ['synthetic-20000-0a1b2c3d', 'native', true],
  ['mine-00112233445566aa', 'native', false],
  ['my-zgrab', 'zgrab2', false],
  ['scan-00112233445566778899', 'anonymized', false],
  ['unknown', undefined, false],
] as const)('%s from %s: kept %s', (scan_id, source, kept) => {
  const input = { scan_id, source, name: 'n', sha256: '', bytes: 0, ports: null };
  const inputs = source === undefined ? [] : [input as LakeInput];
  const shared = sharedScanId(bytes(1), scan_id, inputs);
  expect(shared === scan_id).toBe(kept);
  expect(isScanId(shared)).toBe(true);
  if (kept) return;
  expect(sharedScanId(bytes(1), scan_id, inputs)).toBe(shared);
  expect(sharedScanId(bytes(2), scan_id, inputs)).not.toBe(shared);
});
