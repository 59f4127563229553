/**
 * One writing process at a time in a folder, also where machines share it: the file `.lock` names the process that holds it, that
 * process's machine, and a number that no other lock has. Whether a process of another machine lives, nobody here can tell.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './errors.ts';

/** Locks that this process holds: a lock of our own process id that is not among them is of a dead namesake. */
const held = new Set<string>();

/** Somebody else writes there: to wait may help. */
export class FolderLocked extends UsageError {}

/**
 * Takes the lock of `folder` and gives the function that releases it. That of a dead process on this machine is taken
 * over; FolderLocked for one that is alive, or on another machine.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, '.lock');
  if (!take(path) && !(removeStale(folder, path) && take(path))) {
    throw new FolderLocked(`${folder} is being written by another process; wait for it`);
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

/** The lock appears whole, with its holder in it, or not at all. */
function take(path: string): boolean {
  // Process ids are of one machine: two may have the same.
  const token = randomBytes(8).toString('hex');
  const [mine, holder] = [`${path}.${token}`, `${process.pid} ${hostname()} ${token}\n`];
  writeFileSync(mine, holder);
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    // NFS may answer so to the second sending of a link that it has made.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return read(path) === holder;
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
 * Removes the lock of a dead process; FolderLocked for one that is alive. Only one process at a time does so, by a lock for it:
 * else one could remove what another has taken since it looked.
 */
function removeStale(folder: string, path: string): boolean {
  const stale = read(path);
  if (stale === undefined) return true;
  const holder = livingHolder(path, stale);
  if (holder) {
    throw new FolderLocked(
      `${folder} is being written by ${holder}; wait for it, or remove ${path} if it is gone`,
    );
  }
  const removing = `${path}.stale`;
  if (!take(removing)) {
    // Of a process that was killed just then: it is out of the way for whoever comes next.
    const other = read(removing);
    if (other !== undefined && !livingHolder(removing, other)) rmSync(removing, { force: true });
    return false;
  }
  held.add(removing);
  try {
    if (read(path) !== stale) return false;
    rmSync(path, { force: true });
    return true;
  } finally {
    held.delete(removing);
    rmSync(removing, { force: true });
  }
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
