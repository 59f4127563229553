/**
 * What a file to be ingested is, where the operator does not say: a folder with scan.json, the study's patterns by the head of their
 * table, another tool's file by what stands at its begin.
 */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import type { LakeSource } from '../formats/lake-manifest.ts';
import { ADAPTERS, adapterFor } from './adapters/all-adapters.ts';
import { openInput } from './adapters/input/open-input.ts';

/** `name`: as the operator knows it. UsageError for what can't be read, and for what is none of them. */
export async function detectFormat(path: string, name = path): Promise<LakeSource> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (basename(path) === 'scan.json' || (isFolder && existsSync(join(path, 'scan.json')))) return 'native';
  if (isFolder)
    throw new UsageError(
      `${name} holds no scan: a folder without scan.json; name a folder that census scan wrote, or files`,
    );
  const { head } = await openInput(path, name);
  if (head === '') throw new UsageError(`${name} is empty; nothing written`);
  const found = isPatternTable(head) ? 'study-patterns' : adapterFor(head)?.name;
  if (found) return found;
  const names = ADAPTERS.map(({ name }) => name).join(', ');
  throw new UsageError(`cannot tell what ${name} is: say --from (study-patterns, ${names}); nothing written`);
}

/** The columns that patterns.ts reads. */
function isPatternTable(head: string): boolean {
  const columns = (head.split(/\r?\n/, 1)[0] ?? '').replace(/^\ufeff/, '').split(',');
  return ['count', 'port', 'pattern'].every((column) =>
    columns.some((name) => name.trim().replaceAll('"', '') === column),
  );
}
