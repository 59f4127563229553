/** Text → a gzip file that is `.partial` until it is whole and on the disk; its hash is known when it is. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';

export class GzipFile {
  readonly #path: string;
  readonly #gzip: Gzip;
  readonly #hash = createHash('sha256');
  readonly #written: Promise<void>;
  #drain: Promise<void> | undefined;

  /** `level` as zlib has them, 1 to 9. */
  constructor(path: string, level: number) {
    this.#path = path;
    this.#gzip = createGzip({ level, chunkSize: BUFFER });
    this.#gzip.on('data', (bytes: Buffer) => this.#hash.update(bytes));
    this.#written = finished(this.#gzip.pipe(createWriteStream(`${path}.partial`)));
    // It is awaited in close(); until then a failure must not count as nobody's.
    this.#written.catch(() => {});
  }

  write(text: string): void {
    if (text === '' || this.#gzip.write(text)) return;
    this.#drain ??= new Promise((resolve) => {
      this.#gzip.once('drain', () => {
        this.#drain = undefined;
        resolve();
      });
    });
  }

  /** Resolves when the compressor has room, rejects when the file can't be written. */
  drained(): Promise<void> {
    return this.#drain ? Promise.race([this.#drain, this.#written]) : Promise.resolve();
  }

  /** Resolves with the SHA-256 of the file's bytes, hexadecimal, once they are on the disk under their name. */
  async close(): Promise<string> {
    this.#gzip.end();
    await this.#written;
    const file = await open(`${this.#path}.partial`, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${this.#path}.partial`, this.#path);
    return this.#hash.digest('hex');
  }
}

const BUFFER = 65_536;
