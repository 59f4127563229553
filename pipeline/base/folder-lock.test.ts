import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { UsageError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';

const parent = temporaryFolder('lock');

test('a lock names its holder, keeps a second one out, and is gone when it is released', () => {
  const folder = made('plain');
  const release = lockFolder(folder);
  const [pid, host, token] = readFileSync(join(folder, '.lock'), 'utf8').trimEnd().split(' ');
  expect([pid, host]).toEqual([String(process.pid), hostname()]);
  expect(token).toMatch(/^[0-9a-f]{16}$/);
  expect(() => lockFolder(folder)).toThrow(/is being written by this process; wait for it/);
  release();
  expect(readdirSync(folder)).toEqual([]);
  lockFolder(folder)();
});

// 2^22 is past the largest process id of Linux.
test.each([
  ['of a dead process', `4194304 ${hostname()}\n`],
  ['of a dead namesake of this process', `${process.pid} ${hostname()}\n`],
  ['that a kill left empty', ''],
  ['that holds nonsense', 'nonsense\n'],
])('a lock %s is taken over', (whose, text) => {
  const folder = made(whose);
  writeFileSync(join(folder, '.lock'), text);
  lockFolder(folder)();
  expect(existsSync(join(folder, '.lock'))).toBe(false);
});

test.each([
  ['of a living process', `${process.ppid} ${hostname()}\n`, /process \d+; wait for it/],
  ['of another machine', '1 elsewhere\n', /process 1 on elsewhere; wait for it/],
])('a lock %s is left alone', (whose, text, message) => {
  const folder = made(whose);
  writeFileSync(join(folder, '.lock'), text);
  expect(() => lockFolder(folder)).toThrow(UsageError);
  expect(() => lockFolder(folder)).toThrow(message);
  expect(readdirSync(folder)).toEqual(['.lock']);
});

function made(name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder);
  return folder;
}
