/** Lines to a gzip file, in batches: `.partial` until it is closed, whole, and on the disk. */
import { GzipFile } from '../../base/gzip-file.ts';

export class LineFile {
  readonly #file: GzipFile;
  #batch: string[] = [];
  #size = 0;

  constructor(path: string) {
    this.#file = new GzipFile(path, 6);
  }

  /** `line` with its line feed. */
  write(line: string): void {
    this.#batch.push(line);
    this.#size += line.length;
    if (this.#size >= BATCH) this.#flush();
  }

  /** Resolves when the compressor has room, rejects when the file can't be written. */
  drained(): Promise<void> {
    return this.#file.drained();
  }

  /** Resolves with the SHA-256 of the file's bytes. */
  close(): Promise<string> {
    this.#flush();
    return this.#file.close();
  }

  #flush(): void {
    this.#file.write(this.#batch.join(''));
    this.#batch = [];
    this.#size = 0;
  }
}

/** Characters that go to the compressor at once. */
const BATCH = 65_536;
