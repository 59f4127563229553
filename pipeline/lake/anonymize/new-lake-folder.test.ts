/** Exports that are killed, and lakes that are changed while they are read: the next export needs no tidying up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { copyOfLake, sampleLake } from '../../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../base/errors.ts';
import { packageRoot } from '../../base/package-root.ts';
import { type LakeManifest, readManifest, writeManifest } from '../../formats/lake-manifest.ts';
import { LAKE_FORMAT_VERSION } from '../../formats/lake-tables.ts';
import { LakeWriter } from '../lake-writer.ts';
import { verifyLake } from '../verify-lake.ts';
import { anonymizeLake } from './anonymize-lake.ts';

const folder = temporaryFolder('new-lake-folder');
const key = join(folder, 'key');
let lake: string;
let scan_id: string;
let expected: LakeManifest;

beforeAll(async () => {
  ({ lake, scan_id } = await sampleLake(folder));
  writeFileSync(key, Buffer.alloc(32, 9));
  await anonymizeLake({ lake, key, out: join(folder, 'expected') });
  expected = readManifest(join(folder, 'expected'));
});

test('after a kill in the middle the same export makes the same lake', async () => {
  const out = join(folder, 'killed');
  const census = join(packageRoot, 'pipeline/cli/census.mjs');
  const words = [census, 'export', '--anonymize', '--key', key, '--lake', lake, '--out', out];
  const child = spawn(process.execPath, words, { stdio: 'ignore' });
  const staging = join(out, '.staging');
  while (child.exitCode === null && !(existsSync(staging) && readdirSync(staging).length > 0)) await sleep(2);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(readManifest(out).files).toEqual([]);
  expect(readdirSync(out)).toEqual(expect.arrayContaining(['.lock', '.staging']));
  await anonymizeLake({ lake, key, out });
  await expectWhole(out);
});

test('so does one after a kill between the first file’s new name and the manifest', async () => {
  const out = join(folder, 'half');
  mkdirSync(join(out, '.staging', 'work-1'), { recursive: true });
  const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(dead, 'exit');
  writeManifest(out, { format_version: LAKE_FORMAT_VERSION, inputs: [], files: [], quarantine: [] });
  for (const name of ['.lock.stale.77', `.lock.${dead.pid}`, '.lock', `manifest.json.${dead.pid}.partial`])
    writeFileSync(join(out, name), '');
  mkdirSync(join(out, 'chains/scan_id=old'), { recursive: true });
  writeFileSync(join(out, 'chains/scan_id=old/part-0011223344556677.parquet'), 'PAR1');
  await anonymizeLake({ lake, key, out });
  await expectWhole(out);
});

test.each(['mine', 'manifest.json', 'chains', '.lockfile', '.staging.txt'])(
  'a folder with %s in it is left alone',
  async (name) => {
    const out = join(folder, `with-${name}`);
    mkdirSync(out);
    writeFileSync(join(out, name), '');
    await expect(anonymizeLake({ lake, key, out })).rejects.toThrow(/is not empty/);
    expect(readdirSync(out)).toEqual([name]);
  },
);

test('a folder inside the lake is refused', async () => {
  await expect(anonymizeLake({ lake, key, out: join(lake, 'shared') })).rejects.toThrow(/is inside the lake/);
});

test('a lake whose files are replaced while it is read: one line, and no lake', async () => {
  const changing = copyOfLake(lake, 'changing');
  const out = join(folder, 'of-changing');
  const exported = anonymizeLake({ lake: changing, key, out });
  const writer = new LakeWriter(changing);
  await writer.commit([{ scan_id }], []);
  writer.close();
  const error = await exported.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as Error).message).toMatch(/changing was changed while it was read \([^\n]+ is gone\)/);
  expect((error as Error).message).not.toContain('\n');
  expect(existsSync(out)).toBe(false);
});

async function expectWhole(out: string): Promise<void> {
  expect(readManifest(out)).toEqual(expected);
  expect((await verifyLake(out)).faults).toEqual([]);
  expect(readdirSync(out).filter((name) => name.startsWith('.') || name.endsWith('.partial'))).toEqual([]);
}
