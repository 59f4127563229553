/**
 * Bytes → DER elements (ITU-T X.690): tag, length, content, as views on the same memory. Tolerant, since much of what
 * mail servers show is malformed: indefinite and non-minimal lengths are read and noted, an element that is longer
 * than its surroundings is cut to them and marked. Left out: strings in constructed form.
 */
import { ByteReader } from '../base/byte-reader.ts';
import { DecodeError } from '../base/errors.ts';
import type { ProblemLog } from './problem-log.ts';

export interface DerElement {
  tag: Tag;
  constructed: boolean;
  /** Of the tag, from the start of the certificate. */
  offset: number;
  /** Tag, length and content. */
  bytes: Uint8Array;
  content: Uint8Array;
  contentOffset: number;
  /** The bytes ended before the length said so. */
  truncated: boolean;
  depth: number;
}

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

export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #log: ProblemLog;
  readonly #base: number;
  readonly #depth: number;
  #position = 0;

  /** `base` is the offset of `bytes` in the certificate, `depth` the number of elements around them. */
  constructor(bytes: Uint8Array, log: ProblemLog, base = 0, depth = 0) {
    this.#bytes = bytes;
    this.#log = log;
    this.#base = base;
    this.#depth = depth;
  }

  get done(): boolean {
    return this.#position >= this.#bytes.length;
  }

  get offset(): number {
    return this.#base + this.#position;
  }

  /** The next element, whatever it is. Throws DecodeError at the end of the bytes or where a header makes no sense. */
  any(what: string): DerElement {
    const element = readElement(
      this.#bytes.subarray(this.#position),
      this.offset,
      what,
      this.#log,
      this.#depth,
    );
    this.#position += element.bytes.length;
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

/** A reader over the elements within `element`. Throws DecodeError where they nest too deep. */
export function within(element: DerElement, log: ProblemLog): DerReader {
  return new DerReader(element.content, log, element.contentOffset, element.depth + 1);
}

/** The element itself; throws DecodeError where its end is missing. */
export function whole(element: DerElement, what: string): DerElement {
  if (!element.truncated) return element;
  throw new DecodeError(what, element.offset, 'all of it', `its first ${element.content.length} bytes`);
}

function readElement(
  bytes: Uint8Array,
  offset: number,
  what: string,
  log: ProblemLog,
  depth: number,
): DerElement {
  if (depth > MAX_DEPTH) throw new DecodeError(what, offset, `at most ${MAX_DEPTH} levels`, 'more');
  const reader = new ByteReader(bytes, offset);
  const { tag, constructed } = readTag(reader, what);
  const length = readLength(reader, what, log);
  const headerLength = reader.offset - offset;
  const rest = reader.rest();
  const extent =
    length === 'indefinite'
      ? indefiniteExtent(rest, offset + headerLength, constructed, what, log, depth)
      : definiteExtent(length, rest.length);
  if (extent.truncated) log.note(`${what} is cut off, ${rest.length} bytes are left of it`, offset);
  return {
    tag,
    constructed,
    offset,
    bytes: bytes.subarray(0, headerLength + extent.size),
    content: rest.subarray(0, extent.contentSize),
    contentOffset: offset + headerLength,
    truncated: extent.truncated,
    depth,
  };
}

function readTag(reader: ByteReader, what: string): { tag: Tag; constructed: boolean } {
  const first = reader.u8(what);
  const constructed = (first & 0x20) !== 0;
  if ((first & 0x1f) !== 0x1f) return { tag: first & 0xdf, constructed };
  let number = 0;
  for (let count = 0; count < 4; count++) {
    const byte = reader.u8(what);
    number = number * 128 + (byte & 0x7f);
    if (byte < 0x80) return { tag: (first & 0xc0) + number * 0x100, constructed };
  }
  throw new DecodeError(`${what}: tag`, reader.offset, 'at most 4 octets', 'more');
}

function readLength(reader: ByteReader, what: string, log: ProblemLog): number | 'indefinite' {
  const offset = reader.offset;
  const first = reader.u8(what);
  if (first < 0x80) return first;
  if (first === 0x80) {
    log.note(`${what}: indefinite length`, offset);
    return 'indefinite';
  }
  const octets = reader.bytes(first & 0x7f, what);
  const significant = octets.findIndex((octet) => octet !== 0);
  const digits = significant === -1 ? octets.subarray(0, 0) : octets.subarray(significant);
  if (digits.length > 4)
    throw new DecodeError(`${what}: length`, offset, 'below 2^32', `${digits.length} octets`);
  const length = digits.reduce((value, octet) => value * 256 + octet, 0);
  if (significant !== 0 || length < 0x80) log.note(`${what}: length not in its shortest form`, offset);
  return length;
}

interface Extent {
  contentSize: number;
  /** With the end-of-contents octets. */
  size: number;
  truncated: boolean;
}

function definiteExtent(length: number, available: number): Extent {
  const size = Math.min(length, available);
  return { contentSize: size, size, truncated: length > available };
}

/** Content up to the end-of-contents octets 00 00 (X.690, 8.1.5). */
function indefiniteExtent(
  bytes: Uint8Array,
  offset: number,
  constructed: boolean,
  what: string,
  log: ProblemLog,
  depth: number,
): Extent {
  if (!constructed) throw new DecodeError(what, offset, 'a length', 'an indefinite one of a primitive');
  let position = 0;
  while (position < bytes.length) {
    if (bytes[position] === 0 && bytes[position + 1] === 0) {
      return { contentSize: position, size: position + 2, truncated: false };
    }
    const child = readElement(bytes.subarray(position), offset + position, what, log, depth + 1);
    position += child.bytes.length;
  }
  return { contentSize: bytes.length, size: bytes.length, truncated: true };
}
