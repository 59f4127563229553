/** A gzip file: what was written, under its name only when it is whole, with its hash. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { fileSha256 } from './files.ts';
import { GzipFile } from './gzip-file.ts';

const folder = temporaryFolder('gzip-file');

test.each([1, 6])('at level %d holds all that was written, and tells its hash', async (level) => {
  const path = join(folder, `level-${level}.gz`);
  const file = new GzipFile(path, level);
  const lines = Array.from({ length: 20_000 }, (_, line) => `${line} ${(line * 2654435761) % 4294967296}\n`);
  for (const line of lines) {
    file.write(line);
    await file.drained();
  }
  expect(existsSync(path)).toBe(false);
  const sha256 = await file.close();
  expect(gunzipSync(readFileSync(path)).toString()).toBe(lines.join(''));
  expect(sha256).toBe(await fileSha256(path));
  expect(existsSync(`${path}.partial`)).toBe(false);
});

test('a file that cannot be written rejects, whoever asks first', async () => {
  const path = join(folder, 'taken.gz');
  mkdirSync(`${path}.partial`);
  const file = new GzipFile(path, 1);
  file.write('x');
  await expect(file.close()).rejects.toThrow(/EISDIR/);
});
