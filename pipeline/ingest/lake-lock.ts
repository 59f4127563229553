/** One ingest at a time into a lake: a lock file that names the process which holds it. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';

/** Locks that this process holds: a lock of our own process id that is not among them is of a dead namesake. */
const held = new Set<string>();

/** Takes the lock and gives the function that releases it. A lock of a dead process on this machine is taken over. */
export function lockLake(lake: string): () => void {
  const path = join(lake, '.lock');
  if (!take(path) && !(removeStale(lake, path) && take(path))) {
    throw new UsageError(`${lake} is being written by another ingest; wait for it`);
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

/** The lock appears whole, with its holder in it, or not at all. */
function take(path: string): boolean {
  const mine = `${path}.${process.pid}`;
  const holder = `${process.pid} ${hostname()}\n`;
  writeFileSync(mine, holder);
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    return takeWithoutLink(path, holder);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Some file systems have no links. */
function takeWithoutLink(path: string, holder: string): boolean {
  try {
    writeFileSync(path, holder, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Moves a lock of a dead process out of the way; UsageError for one that is alive. The move, not the look before it,
 * decides: where another process took the lock in between, its lock is put back.
 */
function removeStale(lake: string, path: string): boolean {
  const stale = read(path);
  if (stale === undefined) return true;
  const holder = livingHolder(path, stale);
  if (holder) {
    throw new UsageError(
      `${lake} is being written by ${holder}; wait for it, or remove ${path} if it is gone`,
    );
  }
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const moved = read(aside);
  if (moved === stale) rmSync(aside, { force: true });
  else renameSync(aside, path);
  return moved === stale;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function livingHolder(path: string, text: string): string | undefined {
  const [pid, host] = text.trim().split(' ');
  if (host !== hostname()) return `process ${pid} on ${host}`;
  if (Number(pid) === process.pid) return held.has(path) ? 'this process' : undefined;
  try {
    process.kill(Number(pid), 0);
    return `process ${pid}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? `process ${pid}` : undefined;
  }
}
