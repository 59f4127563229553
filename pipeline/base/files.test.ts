/** Folders that are made: which folders get a new name, and are synced. */
import { mkdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { makeFolder } from './files.ts';

const synced = vi.hoisted((): string[] => []);

// The real calls, and a list of what they were made for: no test can cut the power.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const paths = new Map<number, string>();
  return {
    ...fs,
    openSync: (path: string, flags: string) => {
      const file = fs.openSync(path, flags);
      paths.set(file, path);
      return file;
    },
    fsyncSync: (file: number) => {
      fs.fsyncSync(file);
      synced.push(paths.get(file)!);
    },
  };
});

const folder = temporaryFolder('files');

test.each([
  ['absolute', (path: string) => path],
  ['relative', (path: string) => relative(process.cwd(), path)],
  ['with a slash at its end', (path: string) => `${path}/`],
])('a folder and those above it are synced into the folders that hold them: %s', (name, spell) => {
  const top = join(folder, name);
  mkdirSync(top);
  const path = join(top, 'a', 'b', 'c');
  synced.length = 0;
  const expected = process.platform === 'win32' ? [] : [join(top, 'a', 'b'), join(top, 'a'), top];
  expect(makeFolder(spell(path))).toEqual([join(top, 'a', 'b'), join(top, 'a'), top]);
  expect(synced).toEqual(expected);
  expect(statSync(path).isDirectory()).toBe(true);
  expect(makeFolder(spell(path))).toEqual([]);
  expect(makeFolder(spell(join(path, 'd')))).toEqual([path]);
});
