/**
 * A file of another tool → its decompressed content: the begin, by which its format is told, and all of it, chunk by chunk. How it is
 * compressed is told by its first bytes, never by its name.
 */
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../../../base/errors.ts';
import { printable } from '../../../base/printable.ts';
import { zstdChunks } from './zstd-chunks.ts';

export interface OpenedInput {
  /** Up to HEAD_BYTES, as text. */
  head: string;
  /** All of it; once. UsageError for a file that is damaged or cut short. */
  chunks: AsyncIterable<Uint8Array>;
}

/** `name`: as the operator knows it. UsageError for what can't be read, or is compressed in a way that is not known here. */
export async function openInput(path: string, name = path): Promise<OpenedInput> {
  const source = told(name, decompressed(path, name))[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const next = await source.next();
    if (next.done) break;
    first.push(next.value);
    bytes += next.value.length;
  }
  const head = Buffer.concat(first).subarray(0, HEAD_BYTES).toString('utf8');
  return { head, chunks: continued(first, source) };
}

async function* continued(first: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let chunk = first.shift(); chunk !== undefined; chunk = first.shift()) yield chunk;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function decompressed(path: string, name: string): AsyncIterable<Uint8Array> {
  const kind = compressionOf(path, name);
  if (kind === 'zstd') return zstdChunks(path);
  if (kind === 'gzip') return gunzipped(path);
  return createReadStream(path, { highWaterMark: CHUNK_BYTES });
}

/** Members one after the other (RFC 1952, 2.2). What stands behind the last one is damage, which Node passes over. */
async function* gunzipped(path: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const done = new Promise<void>((resolve, reject) =>
    pipeline(createReadStream(path), gunzip, (error) => (error ? reject(error) : resolve())),
  );
  done.catch(() => {});
  for await (const chunk of gunzip) yield chunk as Uint8Array;
  await done;
  if (gunzip.bytesWritten < statSync(path).size) throw new Error('bytes behind its end');
}

/** What a reader of the file does wrong is a bug; what is wrong with the file is told. */
async function* told(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await source.next().catch((error: NodeJS.ErrnoException) => {
        throw new UsageError(`${name} ${problemOf(error)}; copy it again; nothing written`);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}

function problemOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'Z_BUF_ERROR' || /^Incomplete stream/.test(message)) return 'is cut short';
  return `is damaged (${printable(message, 100)})`;
}

function compressionOf(path: string, name: string): 'gzip' | 'zstd' | null {
  const magic = firstBytes(path, name);
  const found = MAGIC.find(([, pattern]) => pattern.test(magic))?.[0];
  if (found === undefined) return null;
  if (found === 'gzip' || found === 'zstd') return found;
  throw new UsageError(`${name} is a ${found} file, which is not read; unpack ${basename(name)} first`);
}

/** In hexadecimal. */
function firstBytes(path: string, name: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw cannotRead(name, error);
  }
  try {
    const bytes = Buffer.alloc(MAGIC_BYTES);
    return bytes.subarray(0, readSync(file, bytes)).toString('hex');
  } catch (error) {
    throw cannotRead(name, error);
  } finally {
    closeSync(file);
  }
}

/** What to tell the operator of a file that the system does not give. */
export function cannotRead(name: string, error: unknown): UsageError {
  const { code, message } = error as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'no such file or folder' : printable(message, 200);
  return new UsageError(`cannot read ${name}: ${why}; nothing written`);
}

/** What format detection is given. */
export const HEAD_BYTES = 65_536;
const CHUNK_BYTES = 65_536;
const MAGIC_BYTES = 8;

/** RFC 1952, 2.3.1; RFC 8878, 3.1.1 and 3.1.2; then those that people have by mistake. */
const MAGIC: readonly (readonly [string, RegExp])[] = [
  ['gzip', /^1f8b/],
  ['zstd', /^28b52ffd|^5.2a4d18/],
  ['bzip2', /^425a68/],
  ['xz', /^fd377a585a00/],
  ['zip', /^504b0304/],
  ['lz4', /^04224d18/],
  ['Parquet', /^50415231/],
  ['UTF-16 text', /^fffe|^feff/],
];
