/**
 * Bytes in at one end in chunks, out at the other in pieces. What it hands out are views that stay true: bytes are
 * appended after them or to a new buffer, never written over. Each byte is copied about twice in all, however it
 * comes; once where a chunk comes while nothing is left.
 */
import { ByteReader } from '../base/byte-reader.ts';

const FIRST_BYTES = 4096;
const NOTHING = new Uint8Array(0);

export class ByteQueue {
  #buffer: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Copies `chunk`: the caller may use its memory again. */
  push(chunk: Uint8Array): void {
    if (this.length === 0) {
      const copy = Buffer.allocUnsafe(chunk.length);
      copy.set(chunk);
      this.adopt(new Uint8Array(copy.buffer, copy.byteOffset, copy.length));
      return;
    }
    if (this.#end + chunk.length > this.#buffer.length) this.#grow(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The same without a copy: `chunk` is never written to again. */
  adopt(chunk: Uint8Array): void {
    if (this.length > 0) {
      this.push(chunk);
      return;
    }
    this.#buffer = chunk;
    this.#start = 0;
    this.#end = chunk.length;
  }

  /** The first bytes, at most `length`, which stay in the queue. */
  peek(length: number): Uint8Array {
    return this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + length));
  }

  /** A reader over the first bytes, at most `length`, which stay in the queue; the first one's offset is `offset`. */
  peekReader(length: number, offset: number): ByteReader {
    const end = Math.min(this.#end, this.#start + length);
    return new ByteReader(this.#buffer, offset - this.#start, this.#start, end);
  }

  /** The first `length` bytes, which leave the queue. More than there are is a bug and throws RangeError. */
  take(length: number): Uint8Array {
    if (length > this.length) throw new RangeError(`${length} of ${this.length} bytes`);
    this.#start += length;
    return this.#buffer.subarray(this.#start - length, this.#start);
  }

  /** The first `length` bytes leave the queue, which has as many. */
  drop(length: number): void {
    this.#start += length;
  }

  /** The byte at `place`, counted from the first. */
  at(place: number): number {
    return this.#buffer[this.#start + place]!;
  }

  /** A reader over the first `length` bytes, which leave the queue; the first one's offset is `offset`. */
  takeReader(length: number, offset: number): ByteReader {
    if (length > this.length) throw new RangeError(`${length} of ${this.length} bytes`);
    const start = this.#start;
    this.#start += length;
    return new ByteReader(this.#buffer, offset - start, start, start + length);
  }

  #grow(extra: number): void {
    const grown = new Uint8Array(Math.max(FIRST_BYTES, (this.length + extra) * 2));
    grown.set(this.peek(this.length));
    this.#end = this.length;
    this.#start = 0;
    this.#buffer = grown;
  }
}
