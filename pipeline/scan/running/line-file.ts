/** Lines to a gzip file, in batches: `.partial` until it is closed, whole, and on the disk. */
import { createWriteStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';

export class LineFile {
  readonly #path: string;
  readonly #gzip: Gzip;
  readonly #written: Promise<void>;
  #batch: string[] = [];
  #size = 0;
  #drain: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#gzip = createGzip({ level: 6 });
    this.#written = finished(this.#gzip.pipe(createWriteStream(`${path}.partial`)));
    // It is awaited in close(); until then a failure must not count as nobody's.
    this.#written.catch(() => {});
  }

  /** `line` with its line feed. */
  write(line: string): void {
    this.#batch.push(line);
    this.#size += line.length;
    if (this.#size >= BATCH) this.#flush();
  }

  /** Resolves when the compressor has room, rejects when the file can't be written. */
  drained(): Promise<void> {
    return this.#drain ? Promise.race([this.#drain, this.#written]) : Promise.resolve();
  }

  async close(): Promise<void> {
    this.#flush();
    this.#gzip.end();
    await this.#written;
    const file = await open(`${this.#path}.partial`, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${this.#path}.partial`, this.#path);
  }

  #flush(): void {
    const batch = this.#batch.join('');
    this.#batch = [];
    this.#size = 0;
    if (batch === '' || this.#gzip.write(batch)) return;
    this.#drain ??= new Promise((resolve) => {
      this.#gzip.once('drain', () => {
        this.#drain = undefined;
        resolve();
      });
    });
  }
}

/** Characters that go to the compressor at once. */
const BATCH = 65_536;
