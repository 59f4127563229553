/** Big-endian integers and byte strings to bytes. A value that does not fit is a bug and throws RangeError. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  u8(value: number): this {
    return this.#uint(value, 1);
  }

  u16(value: number): this {
    return this.#uint(value, 2);
  }

  u24(value: number): this {
    return this.#uint(value, 3);
  }

  u32(value: number): this {
    return this.#uint(value, 4);
  }

  bytes(value: Uint8Array): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** Runs `write` and puts the length of what it wrote before it, in `lengthBytes` bytes (RFC 8446, 3.4). */
  vector(lengthBytes: 1 | 2 | 3, write: (writer: ByteWriter) => void): this {
    const start = this.#length;
    this.#uint(0, lengthBytes);
    write(this);
    const length = this.#length - start - lengthBytes;
    this.#put(start, length, lengthBytes);
    return this;
  }

  /** A copy of what was written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #uint(value: number, length: 1 | 2 | 3 | 4): this {
    this.#reserve(length);
    this.#put(this.#length, value, length);
    this.#length += length;
    return this;
  }

  #put(at: number, value: number, length: 1 | 2 | 3 | 4): void {
    if (!Number.isInteger(value) || value < 0 || value > LARGEST[length]) {
      throw new RangeError(`${value} does not fit in ${length} bytes`);
    }
    // In 32 bits the same, signed or not.
    let left = value | 0;
    for (let index = at + length - 1; index >= at; index--) {
      this.#bytes[index] = left & 0xff;
      left >>>= 8;
    }
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

const LARGEST = { 1: 0xff, 2: 0xffff, 3: 0xffffff, 4: 0xffffffff } as const;
