/**
 * Bytes to big-endian integers and slices, with every bound checked.
 * Offsets in errors count from the start of the outermost buffer, also inside a nested reader.
 */
import { DecodeError } from './errors.ts';

export class ByteReader {
  readonly #bytes: Uint8Array;
  /** What is added to a place in `#bytes` to have its offset. */
  readonly #base: number;
  readonly #end: number;
  #position: number;

  /** `start` and `end` bound what is read of `bytes`; `base` is the offset of its byte 0. */
  constructor(bytes: Uint8Array, base = 0, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#base = base;
    this.#end = end;
    this.#position = start;
  }

  /** Offset of the next byte, from the start of the outermost buffer. */
  get offset(): number {
    return this.#base + this.#position;
  }

  get remaining(): number {
    return this.#end - this.#position;
  }

  u8(what: string): number {
    const at = this.#advance(1, what);
    return this.#bytes[at]!;
  }

  u16(what: string): number {
    const at = this.#advance(2, what);
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
  }

  u24(what: string): number {
    const at = this.#advance(3, what);
    return (this.#bytes[at]! << 16) | (this.#bytes[at + 1]! << 8) | this.#bytes[at + 2]!;
  }

  u32(what: string): number {
    const at = this.#advance(4, what);
    const high = (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
    return high * 0x10000 + ((this.#bytes[at + 2]! << 8) | this.#bytes[at + 3]!);
  }

  /** The next `length` bytes, as a view on the same memory. Throws DecodeError when there are fewer. */
  bytes(length: number, what: string): Uint8Array {
    const at = this.#advance(length, what);
    return this.#bytes.subarray(at, at + length);
  }

  /** A reader over the next `length` bytes. */
  nested(length: number, what: string): ByteReader {
    const at = this.#advance(length, what);
    return new ByteReader(this.#bytes, this.#base, at, at + length);
  }

  /** A vector with a length of `lengthBytes` bytes before it (RFC 8446, 3.4). */
  vector(lengthBytes: 1 | 2 | 3, what: string): ByteReader {
    return this.nested(this.#length(lengthBytes, what), what);
  }

  /** The bytes of such a vector, as a view on the same memory. */
  vectorBytes(lengthBytes: 1 | 2 | 3, what: string): Uint8Array {
    return this.bytes(this.#length(lengthBytes, what), what);
  }

  /** All that is left, as a view on the same memory. */
  rest(): Uint8Array {
    return this.bytes(this.remaining, 'rest');
  }

  /** Throws DecodeError when bytes are left over. */
  end(what: string): void {
    if (this.remaining > 0) {
      throw new DecodeError(`end of ${what}`, this.offset, 'no more bytes', `${this.remaining}`);
    }
  }

  /** Where the next `length` bytes begin. A read that fails takes nothing. */
  #advance(length: number, what: string): number {
    const at = this.#position;
    if (length > this.#end - at) {
      throw new DecodeError(what, this.offset, `${length} bytes`, `${this.remaining}`);
    }
    this.#position = at + length;
    return at;
  }

  #length(lengthBytes: 1 | 2 | 3, what: string): number {
    // Said only where it is missing.
    if (this.#end - this.#position < lengthBytes) this.#advance(lengthBytes, `${what} length`);
    if (lengthBytes === 1) return this.u8(what);
    return lengthBytes === 2 ? this.u16(what) : this.u24(what);
  }
}
