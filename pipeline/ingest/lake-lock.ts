/** One ingest at a time into a lake: a lock file that names the process which holds it. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';

/** Takes the lock and gives the function that releases it. A lock of a dead process on this machine is taken over. */
export function lockLake(lake: string): () => void {
  const path = join(lake, '.lock');
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${hostname()}\n`);
  try {
    if (!tryLink(mine, path)) {
      const holder = livingHolder(path);
      if (holder) {
        throw new UsageError(
          `${lake} is being written by ${holder}; wait for it, or remove ${path} if it is gone`,
        );
      }
      rmSync(path, { force: true });
      if (!tryLink(mine, path))
        throw new UsageError(`${lake} is being written by another ingest; wait for it`);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(path, { force: true });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function livingHolder(path: string): string | undefined {
  const [pid, host] = readFileSync(path, 'utf8').trim().split(' ');
  if (host !== hostname()) return `process ${pid} on ${host}`;
  try {
    process.kill(Number(pid), 0);
    return `process ${pid}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? `process ${pid}` : undefined;
  }
}
