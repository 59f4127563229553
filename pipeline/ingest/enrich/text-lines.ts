/** Lines of a text file that the operator gave, packed by gzip or not, with bounds that hold hostile ones. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';

/** What a file of this kind never needs. */
const MAX_LINE_CHARACTERS = 4096;

/**
 * Tells `take` each line with its number, from 1, and gives how many there were. UsageError for a file that cannot be read,
 * is damaged, or has endless lines.
 */
export async function eachLine(path: string, take: (line: string, number: number) => void): Promise<number> {
  let number = 0;
  let rest = '';
  for await (const chunk of textOf(path)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) take(line.endsWith('\r') ? line.slice(0, -1) : line, ++number);
    if (rest.length > MAX_LINE_CHARACTERS)
      throw wrongLine(path, number + 1, 'is too long for this kind of file');
  }
  if (rest !== '') take(rest, ++number);
  return number;
}

/** The one line that says which line of which file is wrong, and how. */
export function wrongLine(path: string, line: number, fault: string): UsageError {
  return new UsageError(`${path}:${line} ${fault}; mend the file; nothing written`);
}

async function* textOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    const file = createReadStream(path, { highWaterMark: 1 << 20 });
    for await (const chunk of isGzip(path) ? file.pipe(createGunzip({ chunkSize: 1 << 20 })) : file) {
      yield decoder.decode(chunk as Uint8Array, { stream: true });
    }
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read (${printable((error as Error).message, 100)}); give a whole text file, packed by gzip or not; nothing written`,
    );
  }
}

/** By its first bytes (RFC 1952), whatever its name. */
function isGzip(path: string): boolean {
  const start = Buffer.alloc(2);
  const file = openSync(path, 'r');
  try {
    return readSync(file, start, 0, 2, 0) === 2 && start[0] === 0x1f && start[1] === 0x8b;
  } finally {
    closeSync(file);
  }
}
