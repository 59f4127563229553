/** Lines that could not be read → a file of them, one scan's; with `strict` the first one is an error instead. */
import { closeSync, copyFileSync, openSync, readSync, writeSync } from 'node:fs';
import { UsageError } from '../../base/errors.ts';
import { type QuarantinedLine, quarantinedLine } from '../../formats/quarantine.ts';
import type { PartLine } from './part-lines.ts';

export class QuarantineWriter {
  readonly path: string;
  readonly #strict: boolean;
  #file: number | undefined;
  #lines = 0;

  /** Begins with the lines that stand in `before`, a file of the same kind. */
  constructor(path: string, strict: boolean, before: string | null) {
    this.path = path;
    this.#strict = strict;
    if (before !== null) this.#takeOver(before);
  }

  /** Lines so far. */
  get lines(): number {
    return this.#lines;
  }

  add(file: string, { line, bytes, length }: PartLine, reason: string): void {
    const one = quarantinedLine({ file, line }, reason, bytes, length);
    if (this.#strict) throw refused(one);
    this.#file ??= openSync(this.path, 'a');
    const text = Buffer.from(`${JSON.stringify(one)}\n`);
    for (let written = 0; written < text.length; ) written += writeSync(this.#file, text, written);
    this.#lines++;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #takeOver(before: string): void {
    copyFileSync(before, this.path);
    const file = openSync(before, 'r');
    const chunk = Buffer.alloc(CHUNK);
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      if (this.#strict) throw refused(JSON.parse(chunk.subarray(0, chunk.indexOf(LF)).toString('utf8')));
      for (const byte of chunk.subarray(0, read)) if (byte === LF) this.#lines++;
    }
    closeSync(file);
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
