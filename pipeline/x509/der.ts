/**
 * Bytes → DER elements (ITU-T X.690): tag, length, content, as places in the same memory. Tolerant, since much of what
 * mail servers show is malformed: indefinite and non-minimal lengths are read and noted, an element that is longer
 * than its surroundings is cut to them and marked. Left out: strings in constructed form.
 */
import { DecodeError } from '../base/errors.ts';
import type { ProblemLog } from './problem-log.ts';

/** The first octet without its bit for constructed: 0x10 is SEQUENCE, 0x83 is [3]; from number 31 on 256 × number. */
export type Tag = number;

export const TAG = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  objectIdentifier: 6,
  utf8String: 12,
  sequence: 16,
  set: 17,
  numericString: 18,
  printableString: 19,
  t61String: 20,
  videotexString: 21,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  graphicString: 25,
  visibleString: 26,
  generalString: 27,
  universalString: 28,
  bmpString: 30,
} as const;

/** [number] IMPLICIT or EXPLICIT, context-specific. */
export const context = (number: number): Tag => 0x80 | number;

/** Certificates nest about ten deep; deeper than this is an attack. */
const MAX_DEPTH = 24;

/** An element: where it lies in `source`. Views on it are made when they are asked for: most are not. */
export class DerElement {
  /** All bytes of what is read, usually a certificate. */
  readonly source: Buffer;
  readonly tag: Tag;
  readonly constructed: boolean;
  /** Of the tag, in `source`. */
  readonly offset: number;
  readonly contentOffset: number;
  readonly contentEnd: number;
  /** Of the element: behind the end-of-contents octets where there are such. */
  readonly end: number;
  /** The bytes ended before the length said so. */
  readonly truncated: boolean;
  readonly depth: number;

  constructor(source: Buffer, head: Head, extent: Extent, depth: number) {
    this.source = source;
    this.tag = head.tag;
    this.constructed = head.constructed;
    this.offset = head.offset;
    this.contentOffset = head.contentOffset;
    this.contentEnd = extent.contentEnd;
    this.end = extent.end;
    this.truncated = extent.truncated;
    this.depth = depth;
  }

  /** Bytes of content. */
  get size(): number {
    return this.contentEnd - this.contentOffset;
  }

  get content(): Buffer {
    return this.source.subarray(this.contentOffset, this.contentEnd);
  }

  /** Tag, length and content. */
  get bytes(): Buffer {
    return this.source.subarray(this.offset, this.end);
  }
}

export class DerReader {
  readonly #source: Buffer;
  readonly #log: ProblemLog;
  readonly #end: number;
  readonly #depth: number;
  #position: number;

  /** Over `source` from `start` to `end`; `depth` is the number of elements around that. */
  constructor(source: Uint8Array, log: ProblemLog, start = 0, end = source.length, depth = 0) {
    this.#source = asBuffer(source);
    this.#log = log;
    this.#position = start;
    this.#end = end;
    this.#depth = depth;
  }

  get done(): boolean {
    return this.#position >= this.#end;
  }

  get offset(): number {
    return this.#position;
  }

  /** The next element, whatever it is. Throws DecodeError at the end of the bytes or where a header makes no sense. */
  any(what: string): DerElement {
    const element = readElement(this.#source, this.#position, this.#end, what, this.#log, this.#depth);
    this.#position = element.end;
    return element;
  }

  /** The next element, which has to have this tag; throws DecodeError where it has not. */
  next(tag: Tag, what: string): DerElement {
    const element = this.any(what);
    if (element.tag !== tag) {
      throw new DecodeError(what, element.offset, `tag ${tag}`, `tag ${element.tag}`);
    }
    return element;
  }

  /** The next element where it has this tag; else undefined, and nothing is read. */
  optional(tag: Tag, what: string): DerElement | undefined {
    const position = this.#position;
    if (this.done) return undefined;
    const element = this.any(what);
    if (element.tag === tag) return element;
    this.#position = position;
    return undefined;
  }

  /** All elements that are left. */
  *all(what: string): Generator<DerElement> {
    while (!this.done) yield this.any(what);
  }
}

/** A reader over the elements in `element`, behind its first `skip` bytes. It throws DecodeError where they nest too deep. */
export function within(element: DerElement, log: ProblemLog, skip = 0): DerReader {
  const { source, contentOffset, contentEnd, depth } = element;
  return new DerReader(source, log, contentOffset + skip, contentEnd, depth + 1);
}

/** The element itself; throws DecodeError where its end is missing. */
export function whole(element: DerElement, what: string): DerElement {
  if (!element.truncated) return element;
  throw new DecodeError(what, element.offset, 'all of it', `its first ${element.size} bytes`);
}

interface Head {
  tag: Tag;
  constructed: boolean;
  offset: number;
  contentOffset: number;
}

interface Extent {
  contentEnd: number;
  end: number;
  truncated: boolean;
}

function readElement(
  source: Buffer,
  offset: number,
  end: number,
  what: string,
  log: ProblemLog,
  depth: number,
): DerElement {
  if (depth > MAX_DEPTH) throw new DecodeError(what, offset, `at most ${MAX_DEPTH} levels`, 'more');
  const first = octet(source, offset, end, what);
  const constructed = (first & 0x20) !== 0;
  const high = (first & 0x1f) === 0x1f;
  const number = high ? readTagNumber(source, offset + 1, end, what) : undefined;
  const lengthAt = number === undefined ? offset + 1 : number.end;
  const { length, end: contentOffset } = readLength(source, lengthAt, end, what, log);
  const tag = number === undefined ? first & 0xdf : (first & 0xc0) + number.value * 0x100;
  const extent =
    length === INDEFINITE
      ? indefiniteExtent(source, contentOffset, end, constructed, what, log, depth)
      : definiteExtent(contentOffset + length, end);
  if (extent.truncated) log.note(`${what} is cut off, ${end - contentOffset} bytes are left of it`, offset);
  return new DerElement(source, { tag, constructed, offset, contentOffset }, extent, depth);
}

function octet(source: Buffer, at: number, end: number, what: string): number {
  if (at >= end) throw new DecodeError(what, at, '1 bytes', '0');
  return source[at]!;
}

function readTagNumber(source: Buffer, start: number, end: number, what: string) {
  let value = 0;
  for (let at = start; at < start + 4; at++) {
    const byte = octet(source, at, end, what);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new DecodeError(`${what}: tag`, start + 4, 'at most 4 octets', 'more');
}

const INDEFINITE = -1;

function readLength(source: Buffer, offset: number, end: number, what: string, log: ProblemLog) {
  const first = octet(source, offset, end, what);
  const start = offset + 1;
  if (first < 0x80) return { length: first, end: start };
  if (first === 0x80) {
    log.note(`${what}: indefinite length`, offset);
    return { length: INDEFINITE, end: start };
  }
  const stop = start + (first & 0x7f);
  if (stop > end) throw new DecodeError(what, start, `${stop - start} bytes`, `${end - start}`);
  let at = start;
  while (at < stop && source[at] === 0) at++;
  if (stop - at > 4) throw new DecodeError(`${what}: length`, offset, 'below 2^32', `${stop - at} octets`);
  const isPadded = at > start;
  let length = 0;
  for (; at < stop; at++) length = length * 256 + source[at]!;
  if (isPadded || length < 0x80) log.note(`${what}: length not in its shortest form`, offset);
  return { length, end: stop };
}

function definiteExtent(contentEnd: number, available: number): Extent {
  const end = Math.min(contentEnd, available);
  return { contentEnd: end, end, truncated: contentEnd > available };
}

/** Content up to the end-of-contents octets 00 00 (X.690, 8.1.5). */
function indefiniteExtent(
  source: Buffer,
  start: number,
  end: number,
  constructed: boolean,
  what: string,
  log: ProblemLog,
  depth: number,
): Extent {
  if (!constructed) throw new DecodeError(what, start, 'a length', 'an indefinite one of a primitive');
  let at = start;
  while (at < end) {
    if (source[at] === 0 && at + 1 < end && source[at + 1] === 0) {
      return { contentEnd: at, end: at + 2, truncated: false };
    }
    at = readElement(source, at, end, what, log, depth + 1).end;
  }
  return { contentEnd: end, end, truncated: true };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
