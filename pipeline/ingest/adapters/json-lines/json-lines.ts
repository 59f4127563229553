/**
 * Chunks of NDJSON → one JSON object at a time. Also objects that stand on several lines, as `jq .` and tls-scan's `--pretty` write
 * them: `{` alone on a line, up to the next line that is `}`. What is none is given as such, with its bytes. Empty lines are passed over.
 */
import type { JsonValue } from '../json-stream/json-events.ts';
import { type ByteLine, ByteLines, MAX_LINE_BYTES } from './byte-lines.ts';

export interface JsonLine {
  /** Where it begins, from 1. */
  line: number;
  /** Null where `problem` says why there is none. */
  value: { [name: string]: JsonValue } | null;
  problem: string | null;
  /** As they stand in the file; `truncated`: the first part of them. */
  bytes: Uint8Array;
  truncated: boolean;
}

export class JsonLines {
  readonly #lines = new ByteLines();
  /** Lines of an object that goes on. */
  #open: ByteLine[] = [];
  #openBytes = 0;

  *push(chunk: Uint8Array): Generator<JsonLine> {
    for (const line of this.#lines.push(chunk)) yield* this.#take(line);
  }

  *end(): Generator<JsonLine> {
    for (const line of this.#lines.end()) yield* this.#take(line);
    yield* this.#giveUp('the file ends before it is whole');
  }

  *#take(line: ByteLine): Generator<JsonLine> {
    const only = onlyByte(line);
    // Whoever writes an object on several lines indents what is inside of it.
    if (line.bytes[0] === OPENING) yield* this.#giveUp('the next one begins before it is whole');
    if (only === OPENING) {
      this.#keep(line);
    } else if (this.#open.length === 0) {
      if (!isBlank(line)) yield parsed(line);
    } else if (this.#openBytes + line.length > MAX_LINE_BYTES) {
      this.#keep(line);
      yield* this.#giveUp('too long');
    } else {
      this.#keep(line);
      if (only === CLOSING && line.bytes[0] === CLOSING) yield parsed(this.#joined());
    }
  }

  #keep(line: ByteLine): void {
    // A view of its chunk: those of one object stand beside each other.
    this.#open.push(line);
    this.#openBytes += line.length + 1;
  }

  *#giveUp(problem: string): Generator<JsonLine> {
    if (this.#open.length > 0) yield unreadable(this.#joined(), problem);
  }

  #joined(): ByteLine {
    const separator = Uint8Array.of(LINE_FEED);
    const { line } = this.#open[0]!;
    const parts = this.#open.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [separator, bytes]));
    const bytes = Buffer.concat(parts);
    const length = this.#openBytes - 1;
    this.#open = [];
    this.#openBytes = 0;
    return { line, bytes, length };
  }
}

function parsed(line: ByteLine): JsonLine {
  if (line.length > line.bytes.length) return unreadable(line, 'too long');
  const text = textOf(line);
  const value = jsonOf(text) ?? jsonOf(text.replaceAll(CONTROLS, ' '));
  if (value === undefined) return unreadable(line, 'no JSON');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return unreadable(line, 'no JSON object');
  return { line: line.line, value, problem: null, bytes: line.bytes, truncated: false };
}

function unreadable({ line, bytes, length }: ByteLine, problem: string): JsonLine {
  return { line, value: null, problem, bytes, truncated: length > bytes.length };
}

function jsonOf(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

function textOf({ bytes }: ByteLine): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** The only byte of a line that is no white space; undefined where there are more, or none. */
function onlyByte({ bytes, length }: ByteLine): number | undefined {
  if (length > SHORT) return undefined;
  let only: number | undefined;
  for (const byte of bytes) {
    if (byte > SPACE && only !== undefined) return undefined;
    if (byte > SPACE) only = byte;
  }
  return only;
}

function isBlank({ bytes, length }: ByteLine): boolean {
  return length === bytes.length && bytes.every((byte) => byte === SPACE || (byte >= 0x09 && byte <= 0x0d));
}

const OPENING = 0x7b;
const CLOSING = 0x7d;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
/** Longer ones are not looked at for a lone bracket. */
const SHORT = 64;

/** tls-scan before 1.4.6 wrote them into strings as they are (RFC 8259, 7, has them escaped). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f]/g;
