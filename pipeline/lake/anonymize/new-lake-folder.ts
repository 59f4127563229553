/**
 * The folder that a lake for sharing is made in: none, an empty one, or one in which an export was killed. A lake is
 * whole when its manifest is there; what a kill left before that is known by its names, and is nobody's.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { LAKE_TABLES } from '../../formats/lake-tables.ts';

/** UsageError where `out` is the lake itself, or holds anything but what a killed export left. */
export function checkNewLake(lake: string, out: string): void {
  const found = statSync(out, { throwIfNoEntry: false });
  if (!found) return;
  if (resolve(lake) === resolve(out)) throw new UsageError('--out is the lake itself; name another folder');
  if (found.isDirectory() && isLeftover(readdirSync(out))) return;
  throw new UsageError(`${out} is not empty; a lake for sharing gets a folder of its own`);
}

/** Removes what a killed export left; for who holds the lock of `out`, after checkNewLake. */
export function removeLeftovers(out: string): void {
  const names = readdirSync(out).filter((name) => name !== '.lock' && name !== '.staging');
  for (const name of names) rmSync(join(out, name), { recursive: true, force: true });
}

/** Tables count only beside the staging folder, which a writer that came to its end has removed. */
function isLeftover(names: readonly string[]): boolean {
  const wasWriting = names.includes('.staging');
  return names.every(
    (name) =>
      /^\.lock(?:\.stale)?(?:\.\d+)?$/.test(name) ||
      name === '.staging' ||
      (wasWriting && (TABLES.has(name) || /^manifest\.json\.\d+\.partial$/.test(name))),
  );
}

const TABLES: ReadonlySet<string> = new Set(LAKE_TABLES.map(({ name }) => name));
