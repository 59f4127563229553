/** A gzip file of JSON lines → values, one after the other, with bounded memory: another machine may have written it. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../../base/errors.ts';

/** A line of a raw record stays below 8 MiB (docs/raw-record.md). */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Calls `take` with each line's value. UsageError, with file and line, for what is no whole gzip or no JSON. */
export async function eachJsonLine(
  path: string,
  take: (value: unknown, where: string) => Promise<void> | void,
): Promise<void> {
  const lines = new Lines(path, take);
  try {
    for await (const chunk of unzipped(path)) await lines.push(chunk);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw new UsageError(`${path} is no whole gzip file (${message}); copy it again; nothing written`);
  }
  lines.end();
}

/** Not by stream's `pipeline`: it would put an AbortError in the place of what `take` throws. */
function unzipped(path: string): AsyncIterable<Buffer> {
  const file = createReadStream(path);
  const gunzip = createGunzip();
  file.once('error', (error) => gunzip.destroy(error));
  gunzip.once('close', () => file.destroy());
  return file.pipe(gunzip);
}

class Lines {
  readonly #path: string;
  readonly #take: (value: unknown, where: string) => Promise<void> | void;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #line = 0;

  constructor(path: string, take: (value: unknown, where: string) => Promise<void> | void) {
    this.#path = path;
    this.#take = take;
  }

  async push(chunk: Buffer): Promise<void> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const line = Buffer.concat([...this.#pending, chunk.subarray(start, end)]).toString('utf8');
      [this.#pending, this.#pendingBytes] = [[], 0];
      start = end + 1;
      await this.#take(this.#parse(line), `${this.#path}, line ${this.#line}`);
    }
    this.#pending.push(chunk.subarray(start));
    this.#pendingBytes += chunk.length - start;
    if (this.#pendingBytes > MAX_LINE_BYTES) throw this.#problem(`is over ${MAX_LINE_BYTES} bytes long`);
  }

  end(): void {
    if (this.#pendingBytes > 0) throw this.#problem('has no end');
  }

  #parse(line: string): unknown {
    this.#line++;
    try {
      return JSON.parse(line);
    } catch {
      this.#line--;
      throw this.#problem('is no JSON');
    }
  }

  #problem(what: string): UsageError {
    return new UsageError(`${this.#path}, line ${this.#line + 1}, ${what}; nothing written`);
  }
}

const LF = 0x0a;
