import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { hashFiles } from './hash-files.ts';

test('each file has its hash, in order, whatever the number of threads; one that is gone has an error', async () => {
  const folder = temporaryFolder('hash-files');
  const contents = [0, 1, 3_000_000, 64, 1 << 20].map((size, seed) => Buffer.alloc(size, seed));
  const paths = contents.map((content, place) => {
    const path = join(folder, String(place));
    writeFileSync(path, content);
    return path;
  });
  const expected = contents.map((content) => createHash('sha256').update(content).digest('hex'));
  for (const threads of [1, 2, 9]) {
    const [gone, ...hashes] = await hashFiles([join(folder, 'gone'), ...paths], threads);
    expect(hashes).toEqual(expected);
    expect(gone).toBeInstanceOf(Error);
  }
  expect(await hashFiles([])).toEqual([]);
});
