/** A part file → its lines as bytes, one after the other and within bounds, whatever another machine wrote into it. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { MAX_QUARANTINED_BYTES } from '../../formats/quarantine.ts';

export interface PartLine {
  /** From 1. */
  line: number;
  /** Without its line feed; of a line over `MAX_LINE_BYTES` its begin only. */
  bytes: Buffer;
  length: number;
}

/** A line of a raw record stays below 8 MiB (docs/raw-record.md). */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** The lines of a file, unpacked where its name ends in .gz. UsageError for one that is cut short or damaged. */
export async function* partLines(path: string): AsyncGenerator<PartLine> {
  let line = 1;
  let pending: Buffer[] = [];
  let length = 0;
  const keep = (bytes: Buffer): void => {
    length += bytes.length;
    if (length <= MAX_LINE_BYTES) pending.push(bytes);
    else pending = [begin(pending)];
  };
  const take = (): PartLine => {
    const taken = { line: line++, bytes: Buffer.concat(pending), length };
    [pending, length] = [[], 0];
    return taken;
  };
  for await (const chunk of unzipped(path)) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      keep(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    keep(chunk.subarray(start));
  }
  if (length > 0) yield take();
}

/** Reads a part to its end. UsageError for one that is cut short or damaged: DuckDB's reader would not tell. */
export async function checkPart(path: string): Promise<void> {
  for await (const _ of unzipped(path));
}

async function* unzipped(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK });
  if (!path.endsWith('.gz')) return yield* file as AsyncIterable<Buffer>;
  const gunzip = createGunzip({ chunkSize: CHUNK });
  file.once('error', (error) => gunzip.destroy(error));
  gunzip.once('close', () => file.destroy());
  try {
    yield* file.pipe(gunzip) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    const what = code === 'Z_BUF_ERROR' ? 'is cut short' : `is damaged (${printable(message, 100)})`;
    throw new UsageError(`${path} ${what}: not a whole gzip file; scan or copy it again; nothing written`);
  }
}

/** As much of a line that is too long as the quarantine keeps. */
function begin(pending: readonly Buffer[]): Buffer {
  return Buffer.from(Buffer.concat(pending).subarray(0, MAX_QUARANTINED_BYTES));
}

const LF = 0x0a;
const CHUNK = 256 * 1024;
