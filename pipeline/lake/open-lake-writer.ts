/** A lake that another process writes, on this machine or on another one that shares its disk → its turn to be written by this one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderLocked } from '../base/folder-lock.ts';
import { LakeWriter } from './lake-writer.ts';

/**
 * Opens the lake for writing, as it is once all who write it are done. UsageError where that takes longer than `wait_seconds`.
 * Who waits takes no turn before others: whoever looks first when the lake is free has it.
 */
export async function openLakeWriter(
  lake: string,
  wait_seconds = 0,
  tell: (line: string) => void = () => {},
): Promise<LakeWriter> {
  const end = performance.now() + wait_seconds * 1000;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return new LakeWriter(lake);
    } catch (error) {
      if (!isOthersTurn(error) || performance.now() >= end) throw error;
      if (isFirst) tell(`${lake} is being written by another process; waiting up to ${wait_seconds} s`);
    }
    await sleep(LOOK_AGAIN_MS * (0.5 + Math.random()));
  }
}

/** ENOENT: another writer made the folder too, came to nothing, and removed it. */
function isOthersTurn(error: unknown): boolean {
  return error instanceof FolderLocked || (error as NodeJS.ErrnoException).code === 'ENOENT';
}

const LOOK_AGAIN_MS = 500;
