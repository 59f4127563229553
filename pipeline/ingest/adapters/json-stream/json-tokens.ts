/**
 * Bytes of a JSON document → its tokens (RFC 8259), as they come by, with no more memory than one string of bounded length.
 * Lenient: what is between delimiters and no string is one bare token, whatever it says; a string may hold unknown
 * escapes and line feeds, but no line that begins with a bracket. Numbers stay text, so that none is rounded. Whether tokens make sense together is json-elements.ts.
 */

/** A delimiter; a string, decoded; or a run of other bytes (number, true, false, null, or nonsense). */
export type JsonTokenKind = '{' | '}' | '[' | ']' | ':' | ',' | 'string' | 'bare';

export interface JsonToken {
  kind: JsonTokenKind;
  /** Of strings and bare tokens, at most MAX_STRING_BYTES and MAX_BARE_BYTES of it. */
  text: string;
  /** Not all of it is in `text`; of a string also: it has no end. */
  cut: boolean;
  /** Of its first byte: bytes from the start of the document, lines from 1. */
  start: number;
  line: number;
  /** After its last byte. */
  end: number;
}

/** More than any certificate chain that a scan keeps. */
export const MAX_STRING_BYTES = 4 * 1024 * 1024;
/** An RSA modulus of 16,384 bits has 4,933 digits: never needed here. */
const MAX_BARE_BYTES = 64;

/** Call `push` with the chunks in order, then `end`; `onToken` is called for each token, in order. */
export class JsonTokenizer {
  readonly #onToken: (token: JsonToken) => void;
  #state: 'between' | 'string' | 'bare' = 'between';
  #pieces: Uint8Array[] = [];
  #kept = 0;
  #cut = false;
  #escaped = false;
  #afterBackslash = false;
  /** Of a string: nothing but spaces since a line feed in it. */
  #atLineStart = false;
  #start = 0;
  #startLine = 1;
  #line = 1;
  /** Bytes of earlier chunks. */
  #before = 0;

  constructor(onToken: (token: JsonToken) => void) {
    this.#onToken = onToken;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) at = this.#step(chunk, at);
    this.#before += chunk.length;
  }

  /** Where the token began that goes on in the next chunk; null where none does. */
  get unfinished(): number | null {
    return this.#state === 'between' ? null : this.#start;
  }

  end(): void {
    if (this.#state === 'bare') this.#give('bare', this.#before);
    if (this.#state === 'string') {
      this.#cut = true;
      this.#give('string', this.#before);
    }
  }

  #step(chunk: Uint8Array, at: number): number {
    switch (this.#state) {
      case 'between':
        return this.#between(chunk, at);
      case 'bare':
        return this.#bare(chunk, at);
      default:
        return this.#string(chunk, at);
    }
  }

  #between(chunk: Uint8Array, from: number): number {
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (byte === LINE_FEED) this.#line += 1;
      else if (CLASS[byte] !== SPACE && byte !== BYTE_ORDER_MARK[this.#before + at]) break;
    }
    if (at === chunk.length) return at;
    const byte = chunk[at]!;
    this.#start = this.#before + at;
    this.#startLine = this.#line;
    if (CLASS[byte] === DELIMITER) {
      const [start, line] = [this.#start, this.#line];
      this.#onToken({ kind: DELIMITERS[byte]!, text: '', cut: false, start, line, end: start + 1 });
      return at + 1;
    }
    if (byte !== QUOTE) {
      this.#state = 'bare';
      return at;
    }
    this.#state = 'string';
    return at + 1;
  }

  #bare(chunk: Uint8Array, from: number): number {
    let at = from;
    while (at < chunk.length && CLASS[chunk[at]!] === OTHER) at += 1;
    this.#keep(chunk.subarray(from, at), MAX_BARE_BYTES);
    if (at < chunk.length) this.#give('bare', this.#before + at);
    return at;
  }

  /** One piece a chunk, however many escapes are in it. */
  #string(chunk: Uint8Array, from: number): number {
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at]!;
      if (this.#atLineStart && OPENING.has(byte)) return this.#breakOff(chunk, from, at);
      if (byte === LINE_FEED) this.#line += 1;
      this.#atLineStart = byte === LINE_FEED || (this.#atLineStart && CLASS[byte] === SPACE);
      if (this.#afterBackslash) this.#afterBackslash = false;
      else if (byte === QUOTE) break;
      else if (byte === BACKSLASH) {
        this.#afterBackslash = true;
        this.#escaped = true;
      }
    }
    this.#keep(chunk.subarray(from, at), MAX_STRING_BYTES);
    if (at < chunk.length) this.#give('string', this.#before + at + 1);
    return at + 1;
  }

  /** A string that was never finished, and the next list or object, as a program leaves them that is killed and run again. */
  #breakOff(chunk: Uint8Array, from: number, at: number): number {
    this.#keep(chunk.subarray(from, at), MAX_STRING_BYTES);
    this.#cut = true;
    this.#give('string', this.#before + at);
    return at;
  }

  #keep(bytes: Uint8Array, limit: number): void {
    const room = limit - this.#kept;
    if (bytes.length > room) this.#cut = true;
    if (room <= 0 || bytes.length === 0) return;
    this.#pieces.push(bytes.subarray(0, room));
    this.#kept += Math.min(bytes.length, room);
  }

  #give(kind: 'string' | 'bare', end: number): void {
    const raw = textOf(this.#pieces);
    const text = this.#escaped ? unescapeJson(raw) : raw;
    const token = { kind, text, cut: this.#cut, start: this.#start, line: this.#startLine, end };
    this.#state = 'between';
    this.#pieces = [];
    this.#kept = 0;
    this.#cut = false;
    this.#escaped = false;
    this.#afterBackslash = false;
    this.#atLineStart = false;
    this.#onToken(token);
  }
}

function textOf(pieces: readonly Uint8Array[]): string {
  const [first, second] = pieces;
  if (first === undefined) return '';
  const bytes =
    second === undefined
      ? Buffer.from(first.buffer, first.byteOffset, first.length)
      : Buffer.concat(pieces as Uint8Array[]);
  return bytes.toString('utf8');
}

/** Escapes of RFC 8259, 7; of one that it doesn't know the character stays. */
function unescapeJson(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g, (_, code?: string, character?: string) =>
    code === undefined ? (ESCAPES[character!] ?? character!) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Of UTF-8, at the start of a document. */
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];
const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const BACKSLASH = 0x5c;

const OTHER = 0;
const SPACE = 1;
const DELIMITER = 2;
/** Byte → what it is outside of strings; the quote ends bare tokens too. */
const CLASS = new Uint8Array(256);
for (const byte of [0x09, 0x0a, 0x0d, 0x20]) CLASS[byte] = SPACE;
const DELIMITERS: JsonTokenKind[] = [];
for (const character of ['{', '}', '[', ']', ':', ','] as const) {
  CLASS[character.charCodeAt(0)] = DELIMITER;
  DELIMITERS[character.charCodeAt(0)] = character;
}
CLASS[QUOTE] = 3;
