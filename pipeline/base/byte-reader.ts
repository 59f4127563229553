/**
 * Bytes to big-endian integers and slices, with every bound checked.
 * Offsets in errors count from the start of the outermost buffer, also inside a nested reader.
 */
import { DecodeError } from './errors.ts';

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  #position = 0;

  constructor(bytes: Uint8Array, base = 0) {
    this.#bytes = bytes;
    this.#base = base;
  }

  /** Offset of the next byte, from the start of the outermost buffer. */
  get offset(): number {
    return this.#base + this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  u8(what: string): number {
    return this.#uint(1, what);
  }

  u16(what: string): number {
    return this.#uint(2, what);
  }

  u24(what: string): number {
    return this.#uint(3, what);
  }

  u32(what: string): number {
    return this.#uint(4, what);
  }

  /** The next `length` bytes, as a view on the same memory. Throws DecodeError when there are fewer. */
  bytes(length: number, what: string): Uint8Array {
    if (this.remaining < length) {
      throw new DecodeError(what, this.offset, `${length} bytes`, `${this.remaining}`);
    }
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, this.#position);
  }

  /** A reader over the next `length` bytes. */
  nested(length: number, what: string): ByteReader {
    const base = this.offset;
    return new ByteReader(this.bytes(length, what), base);
  }

  /** A vector with a length of `lengthBytes` bytes before it (RFC 8446, 3.4). */
  vector(lengthBytes: 1 | 2 | 3, what: string): ByteReader {
    return this.nested(this.#uint(lengthBytes, `${what} length`), what);
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

  #uint(length: number, what: string): number {
    let value = 0;
    for (const byte of this.bytes(length, what)) value = value * 256 + byte;
    return value;
  }
}
