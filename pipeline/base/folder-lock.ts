/** One writing process at a time in a folder: its file `.lock` names the process that holds it, and that process's machine. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './errors.ts';

/** Locks that this process holds: a lock of our own process id that is not among them is of a dead namesake. */
const held = new Set<string>();

/**
 * Takes the lock of `folder` and gives the function that releases it. That of a dead process on this machine is taken
 * over; UsageError for one that is alive, or on another machine.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, '.lock');
  if (!take(path) && !(removeStale(folder, path) && take(path))) {
    throw new UsageError(`${folder} is being written by another process; wait for it`);
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
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
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
function removeStale(folder: string, path: string): boolean {
  const stale = read(path);
  if (stale === undefined) return true;
  const holder = livingHolder(path, stale);
  if (holder) {
    throw new UsageError(
      `${folder} is being written by ${holder}; wait for it, or remove ${path} if it is gone`,
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
  if (host !== undefined && host !== hostname()) return `process ${pid} on ${host}`;
  if (Number(pid) === process.pid) return held.has(path) ? 'this process' : undefined;
  return isAlive(Number(pid)) ? `process ${pid}` : undefined;
}

function isAlive(pid: number): boolean {
  // An empty lock is one that a kill left before its holder stood in it.
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
