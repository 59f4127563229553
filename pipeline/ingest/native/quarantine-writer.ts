/** Lines that could not be read → a file of them, one scan's; with `strict` the first one is an error instead. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { UsageError } from '../../base/errors.ts';
import { type QuarantinedLine, quarantinedLine } from '../../formats/quarantine.ts';
import type { PartLine } from './part-lines.ts';

export class QuarantineWriter {
  readonly path: string;
  readonly #strict: boolean;
  #file: number | undefined;
  #lines = 0;

  constructor(path: string, strict: boolean) {
    this.path = path;
    this.#strict = strict;
  }

  /** Lines so far. */
  get lines(): number {
    return this.#lines;
  }

  add(file: string, { line, bytes, length }: PartLine, reason: string): void {
    const one = quarantinedLine({ file, line }, reason, bytes, length);
    if (this.#strict) throw refused(one);
    this.#append(Buffer.from(`${JSON.stringify(one)}\n`));
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Adds the lines of another file of this kind. */
  takeOver(path: string): void {
    const file = openSync(path, 'r');
    const chunk = Buffer.alloc(CHUNK);
    try {
      for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
        if (this.#strict) throw refused(JSON.parse(chunk.subarray(0, chunk.indexOf(LF)).toString('utf8')));
        this.#append(chunk.subarray(0, read));
      }
    } finally {
      closeSync(file);
    }
  }

  #append(text: Uint8Array): void {
    this.#file ??= openSync(this.path, 'a');
    for (let written = 0; written < text.length; ) written += writeSync(this.#file, text, written);
    for (const byte of text) if (byte === LF) this.#lines++;
  }
}

function refused({ file, line, reason }: QuarantinedLine): UsageError {
  return new UsageError(
    `${file}, line ${line}: ${reason}; leave out --strict to set it aside; nothing written`,
  );
}

const LF = 0x0a;
/** More than the longest line of such a file. */
const CHUNK = 256 * 1024;
