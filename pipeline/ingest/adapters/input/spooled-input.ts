/** Standard input → a file, as it comes: a scan is named for its content, and that is known at its end only. */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../../../base/errors.ts';

export interface SpooledInput {
  path: string;
  /** Removes the file. */
  remove(): void;
}

/** Into a new folder of the system's folder for temporary files (TMPDIR). UsageError where it has no room. */
export async function spooledInput(input: Readable): Promise<SpooledInput> {
  const folder = mkdtempSync(join(tmpdir(), 'census-stdin-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const path = join(folder, 'stdin');
  try {
    await pipeline(input, createWriteStream(path));
  } catch (error) {
    remove();
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC') throw error;
    throw new UsageError(
      `no room for standard input in ${tmpdir()} (${message}); set TMPDIR; nothing written`,
    );
  }
  return { path, remove };
}
