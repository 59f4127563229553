/** Keys are made once, for their owner alone, and read in both forms. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../base/errors.ts';
import { pseudonymKey, readKey, writeNewKey } from './key-file.ts';

const folder = temporaryFolder('key-file');

test('a new key is 32 random bytes that only its owner can read, and is never written over', () => {
  const path = join(folder, 'new.key');
  writeNewKey(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const key = readKey(path);
  expect(key).toHaveLength(32);
  const content = readFileSync(path, 'utf8');
  expect(() => writeNewKey(path)).toThrow(UsageError);
  expect(readFileSync(path, 'utf8')).toBe(content);
  writeNewKey(join(folder, 'other.key'));
  expect(readKey(join(folder, 'other.key'))).not.toEqual(key);
  expect(Buffer.from(pseudonymKey(key))).not.toEqual(Buffer.from(key));
});

test('bytes and digits give the same key; what is none is not shown', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => 200 - index);
  writeFileSync(join(folder, 'raw'), bytes);
  writeFileSync(join(folder, 'hex'), `${Buffer.from(bytes).toString('hex').toUpperCase()}\r\n`);
  expect([readKey(join(folder, 'raw')), readKey(join(folder, 'hex'))]).toEqual([bytes, bytes]);
  for (const content of ['', 'secret', 'z'.repeat(64), 'a'.repeat(63), 'a'.repeat(5000)]) {
    writeFileSync(join(folder, 'bad'), content);
    expect(() => readKey(join(folder, 'bad'))).toThrow(/holds no key: it takes 32 bytes/);
    expect(() => readKey(join(folder, 'bad'))).not.toThrow(/secret/);
  }
  expect(() => readKey(join(folder, 'none'))).toThrow(/cannot be read \(ENOENT\)/);
});
