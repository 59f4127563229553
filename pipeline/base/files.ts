/** Files written whole or not at all, and hashes of files. */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Writes `content` beside `path`, syncs it and renames it into place: readers see the old file or the new one. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const beside = `${path}.${process.pid}.partial`;
  const file = openSync(beside, 'w');
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  syncFolder(dirname(path));
}

/** Makes what was written to a file survive a loss of power. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The same for names in a folder, where the system can (Windows does so by itself). */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Makes a folder, with those above it that are missing, so that they survive a loss of power. Gives the folders that got
 * a new name and were synced, innermost first; none where it was there.
 */
export function makeFolder(path: string): string[] {
  const made = mkdirSync(path, { recursive: true });
  if (made === undefined) return [];
  const outermost = dirname(resolve(made));
  const synced: string[] = [];
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    syncFolder(folder);
    synced.push(folder);
    if (folder === outermost || folder === dirname(folder)) return synced;
  }
}

/** SHA-256 of a file's bytes, hexadecimal. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
