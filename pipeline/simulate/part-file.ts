/** Lines to a gzip file that is `.partial` until it is whole and on the disk. */
import { createWriteStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createGzip, type Gzip } from 'node:zlib';

export class PartFile {
  readonly #path: string;
  readonly #gzip: Gzip;
  readonly #written: Promise<void>;

  constructor(path: string) {
    this.#path = path;
    // The quickest level: the lines repeat each other so much that others save little.
    this.#gzip = createGzip({ level: 1, chunkSize: BUFFER });
    this.#written = finished(this.#gzip.pipe(createWriteStream(`${path}.partial`)));
    this.#written.catch(() => {});
  }

  /** Resolves when the next lines may come. Rejects where the file can't be written. */
  async write(lines: string): Promise<void> {
    if (lines === '' || this.#gzip.write(lines)) return;
    await Promise.race([new Promise((resolve) => this.#gzip.once('drain', resolve)), this.#written]);
  }

  async close(): Promise<void> {
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
}

const BUFFER = 65_536;
