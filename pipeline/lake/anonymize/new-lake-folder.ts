/**
 * The folder that a lake for sharing is made in: none, an empty one, or one in which an export was killed, which is a lake
 * with nothing in it.
 */
import { readdirSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { readManifestIfAny } from '../../formats/lake-manifest.ts';

/** UsageError where `out` is the lake itself or in it, or holds anything but what a killed export left. */
export function checkNewLake(lake: string, out: string): void {
  const [from, to] = [resolve(lake), resolve(out)];
  if (from === to) throw new UsageError('--out is the lake itself; name another folder');
  if (to.startsWith(`${from}${sep}`)) throw new UsageError('--out is inside the lake; name another folder');
  const found = statSync(out, { throwIfNoEntry: false });
  if (!found || (found.isDirectory() && isUnfilled(out))) return;
  throw new UsageError(`${out} is not empty; a lake for sharing gets a folder of its own`);
}

function isUnfilled(out: string): boolean {
  try {
    const manifest = readManifestIfAny(out);
    if (manifest) return manifest.inputs.length + manifest.files.length === 0;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
  return readdirSync(out).every((name) => /^(?:\.lock(?:\.stale)?(?:\.\d+)?|\.staging)$/.test(name));
}
