/**
 * Chunks of a file → its lines, by line feed, of which a carriage return before it is left away. Memory is bounded by one line, and
 * that by MAX_LINE_BYTES: of a longer one the first part is kept.
 */

/** `bytes`: without the line feed; the first part where `length` is more. A view of a chunk where it stands in one. */
export interface ByteLine {
  /** From 1. */
  line: number;
  bytes: Uint8Array;
  length: number;
}

export class ByteLines {
  #number = 0;
  /** Of a line that goes on in the next chunk. */
  #pending: Uint8Array[] = [];
  #kept = 0;
  #length = 0;

  *push(chunk: Uint8Array): Generator<ByteLine> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield this.#close(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** The last line, where no line feed ends it. */
  *end(): Generator<ByteLine> {
    if (this.#length > 0) yield this.#close(new Uint8Array());
  }

  #keep(bytes: Uint8Array): void {
    const room = bytes.subarray(0, Math.max(0, MAX_LINE_BYTES - this.#kept));
    if (room.length > 0) this.#pending.push(room);
    this.#kept += room.length;
    this.#length += bytes.length;
  }

  #close(last: Uint8Array): ByteLine {
    this.#number++;
    const isWhole = this.#length === 0;
    if (!isWhole) this.#keep(last);
    const bytes = isWhole ? last.subarray(0, MAX_LINE_BYTES) : Buffer.concat(this.#pending);
    const length = isWhole ? last.length : this.#length;
    this.#pending = [];
    this.#kept = 0;
    this.#length = 0;
    const cut = length === bytes.length && bytes.at(-1) === CARRIAGE_RETURN ? 1 : 0;
    return { line: this.#number, bytes: bytes.subarray(0, bytes.length - cut), length: length - cut };
  }
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** A grab of zgrab2 with a chain of a dozen certificates, each written out, has some 100 KB. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;
