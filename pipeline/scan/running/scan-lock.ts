/** One process at a time writes a scan: a lock file that names the process which does. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../base/errors.ts';

/** Locks of this process: one with our process id that is not among them is of a dead namesake. */
const held = new Set<string>();

/**
 * Takes the lock of `folder`; gives the function that releases it. The lock of a dead process on this machine is taken
 * over; UsageError for one that is alive, or on another machine.
 */
export function lockScan(folder: string): () => void {
  const path = join(folder, '.lock');
  if (!take(path)) {
    const holder = livingHolder(path);
    if (holder) {
      throw new UsageError(
        `${folder} is being written by ${holder}; wait for it, or remove ${path} if it is gone`,
      );
    }
    // Of two that find a dead one's lock, one moves it and one fails to.
    renameSync(path, `${path}.${process.pid}`);
    rmSync(`${path}.${process.pid}`);
    if (!take(path)) throw new UsageError(`${folder} is being written by another process; wait for it`);
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

function take(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${hostname()}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function livingHolder(path: string): string | undefined {
  const [pid, host] = readFileSync(path, 'utf8').trim().split(' ');
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
