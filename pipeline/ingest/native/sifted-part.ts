/**
 * A part file that DuckDB could not read as it is, or of an older format → a file of the lines that it can, each with its
 * number, and the others to the quarantine. This is the slow way, for such parts only.
 */
import {
  closeSync,
  createReadStream,
  createWriteStream,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { printable } from '../../base/printable.ts';
import { type LineShape, misfit } from './line-shape.ts';
import { MAX_LINE_BYTES, type PartLine, partLines } from './part-lines.ts';
import type { QuarantineWriter } from './quarantine-writer.ts';

/** Field of a sifted line: the number that the line has in its part file. */
export const LINE_NUMBER = 'census_line';

export interface Sifting {
  /** The part file as it came. */
  part: string;
  /** Where the good lines go. */
  to: string;
  shape: LineShape;
  /** The line in today's format, or in words why it is none. */
  convert: (value: object) => object | string;
  quarantine: QuarantineWriter;
}

/** Whether DuckDB reads all lines of a file; in its words why not. */
export type Probe = (path: string) => Promise<string | undefined>;

/** Writes `to`; how many lines are in it. UsageError for a part that is no whole gzip. */
export async function siftPart(sifting: Sifting, probe: Probe): Promise<number> {
  const { part, to, quarantine } = sifting;
  const out = new TextFile(to);
  for await (const line of partLines(part)) {
    if (isBlank(line)) continue;
    const read = siftedLine(line, sifting);
    if (typeof read === 'string') quarantine.add(basename(part), line, read);
    else out.write(read.text);
  }
  const rows = out.close();
  if ((await probe(to)) === undefined) return rows;
  return rows - (await dropLines(sifting, await unreadable(to, probe)));
}

/** Moves lines out of the sifted file into the quarantine, with their reasons by number; how many. */
export async function dropLines(
  { part, to, quarantine }: Sifting,
  reasons: ReadonlyMap<number, string>,
): Promise<number> {
  if (reasons.size === 0) return 0;
  for await (const line of partLines(part)) {
    const reason = reasons.get(line.line);
    if (reason !== undefined) quarantine.add(basename(part), line, reason);
  }
  const kept = new TextFile(`${to}.kept`);
  for await (const { bytes } of partLines(to)) {
    const text = bytes.toString('utf8');
    if (!reasons.has(numberOf(text))) kept.write(text);
  }
  kept.close();
  renameSync(`${to}.kept`, to);
  return reasons.size;
}

/** A sifted file as one of gzip, as part files are; its path. */
export async function zipped(path: string): Promise<string> {
  await pipeline(createReadStream(path), createGzip({ level: 1 }), createWriteStream(`${path}.gz`));
  rmSync(path);
  return `${path}.gz`;
}

/** The line with its number, or in words why it is none. What DuckDB takes is not refused: else a line's end hung on others. */
function siftedLine({ bytes, length, line }: PartLine, sifting: Sifting): { text: string } | string {
  if (length > MOST_BYTES) return `is ${length} bytes long, over ${MOST_BYTES}`;
  let text: string;
  try {
    text = UTF_8.decode(bytes).trim();
  } catch {
    return 'is not UTF-8';
  }
  const read = readLine(text, sifting);
  if (typeof read === 'string') return read;
  const numbered =
    read.changed === undefined
      ? `${numberField(line)}${text.slice(1)}`
      : `${numberField(line)}${JSON.stringify(read.changed).slice(1)}`;
  const size = Buffer.byteLength(numbered);
  return size > MAX_LINE_BYTES ? `is ${size} bytes long, over ${MOST_BYTES}` : { text: numbered };
}

/** `changed`: what stands in place of the line; undefined where it stays as it is. */
function readLine(text: string, { shape, convert }: Sifting): { changed?: object } | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text.startsWith('{') && LOOSE_JSON.test(text) ? {} : 'is no JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no JSON object';
  const converted = convert(value);
  if (typeof converted === 'string') return converted;
  const wrong = misfit(converted, shape);
  if (wrong !== undefined) return `has an unusable ${wrong}`;
  const { [LINE_NUMBER]: own, ...changed } = converted as Record<string, unknown>;
  return converted === value && own === undefined ? {} : { changed };
}

/** Lines that only DuckDB can't read, found by halves. */
async function unreadable(path: string, probe: Probe): Promise<Map<number, string>> {
  const reasons = new Map<number, string>();
  const some = `${path}.some`;
  const judge = async (lines: readonly string[]): Promise<void> => {
    const out = new TextFile(some);
    for (const line of lines) out.write(line);
    out.close();
    const problem = await probe(some);
    if (problem === undefined) return;
    if (lines.length === 1) reasons.set(numberOf(lines[0]!), `can't be read: ${printable(problem, 150)}`);
    else {
      const half = lines.length >> 1;
      await judge(lines.slice(0, half));
      await judge(lines.slice(half));
    }
  };
  const lines: string[] = [];
  let size = 0;
  for await (const { bytes } of partLines(path)) {
    lines.push(bytes.toString('utf8'));
    size += bytes.length;
    if (lines.length < AT_ONCE && size < MAX_LINE_BYTES) continue;
    await judge(lines.splice(0));
    size = 0;
  }
  await judge(lines);
  rmSync(some);
  return reasons;
}

function numberField(line: number): string {
  return `{"${LINE_NUMBER}":${line},`;
}

function numberOf(line: string): number {
  return Number.parseInt(line.slice(numberField(0).length - 2), 10);
}

function isBlank({ bytes }: PartLine): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

class TextFile {
  readonly #file: number;
  #batch: string[] = [];
  #size = 0;
  #lines = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  write(line: string): void {
    this.#lines++;
    this.#batch.push(line, '\n');
    this.#size += line.length;
    if (this.#size > BATCH) this.#flush();
  }

  /** How many lines were written. */
  close(): number {
    this.#flush();
    closeSync(this.#file);
    return this.#lines;
  }

  #flush(): void {
    const bytes = Buffer.from(this.#batch.join(''));
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    [this.#batch, this.#size] = [[], 0];
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });
/** With its number a line still is one that `partLines` gives whole. */
const MOST_BYTES = MAX_LINE_BYTES - 64;
/** What DuckDB takes for JSON and JavaScript does not. */
const LOOSE_JSON = /,\s*[\]}]|\b(?:nan|inf(?:inity)?)\b/i;
const AT_ONCE = 1024;
const BATCH = 1_000_000;
