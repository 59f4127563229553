/**
 * SHA-256 of many files on many cores. The threads run a few lines of plain JavaScript, given as text, since a thread
 * knows neither tsx nor where the build lies.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Hexadecimal hashes in the order of `paths`; an Error in place of one for a file that cannot be read. */
export async function hashFiles(
  paths: readonly string[],
  threads = availableParallelism(),
): Promise<(string | Error)[]> {
  const results: (string | Error)[] = [];
  const queue = paths.entries();
  const work = async (): Promise<void> => {
    const worker = new Worker(HASHER, { eval: true });
    try {
      for (const [place, path] of queue) {
        worker.postMessage(path);
        const [{ sha256, error }] = (await once(worker, 'message')) as [{ sha256?: string; error?: string }];
        results[place] = sha256 ?? new Error(error);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, paths.length) }, work));
  return results;
}

const HASHER = `
  const { createHash } = require('node:crypto');
  const { closeSync, openSync, readSync } = require('node:fs');
  const { parentPort } = require('node:worker_threads');
  const buffer = Buffer.allocUnsafe(1 << 20);
  function sha256(path) {
    const hash = createHash('sha256');
    const file = openSync(path, 'r');
    try {
      for (let read = 1; read > 0; ) {
        read = readSync(file, buffer, 0, buffer.length, null);
        hash.update(buffer.subarray(0, read));
      }
    } finally {
      closeSync(file);
    }
    return hash.digest('hex');
  }
  parentPort.on('message', (path) => {
    try {
      parentPort.postMessage({ sha256: sha256(path) });
    } catch (error) {
      parentPort.postMessage({ error: error.message });
    }
  });`;
