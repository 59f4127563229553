/**
 * Chunks of a stream as they come by → the bytes between a mark and a later place, for the quarantine. Views of the chunks,
 * copied only when asked for; of what is longer than a bound, the first part.
 */

/** `truncated`: only the first part. */
export interface Excerpt {
  bytes: Uint8Array;
  truncated: boolean;
}

/** Offsets are bytes from the start of the stream. */
export class ByteTrail {
  #chunks: Chunk[] = [];
  #length = 0;
  #marked: number | null = null;

  /** `unfinished`: where something began that may be marked later. */
  push(bytes: Uint8Array, unfinished: number | null): void {
    const from = this.#marked ?? unfinished ?? this.#length;
    while (this.#chunks.length > 0 && endOf(this.#chunks[0]!) <= from) this.#chunks.shift();
    if (this.#length - from <= MAX_TRAIL_BYTES) this.#chunks.push({ start: this.#length, bytes });
    this.#length += bytes.length;
  }

  /** `offset`: in the chunk that was pushed last, or where something unfinished began. */
  mark(offset: number): void {
    this.#marked = offset;
  }

  /** Up to `end`, and no mark any more. */
  since(end: number): () => Excerpt {
    const begin = this.#marked ?? end;
    const last = Math.min(end, this.#length, begin + MAX_TRAIL_BYTES);
    const truncated = last < Math.min(end, this.#length);
    const chunks = this.#chunks.filter((chunk) => endOf(chunk) > begin);
    this.#marked = null;
    return () => ({ bytes: Buffer.concat(chunks.map((chunk) => partOf(chunk, begin, last))), truncated });
  }
}

interface Chunk {
  start: number;
  bytes: Uint8Array;
}

function endOf({ start, bytes }: Chunk): number {
  return start + bytes.length;
}

function partOf({ start, bytes }: Chunk, begin: number, end: number): Uint8Array {
  return bytes.subarray(Math.max(0, begin - start), Math.max(0, end - start));
}

/** What is kept of something that can't be read. */
const MAX_TRAIL_BYTES = 1024 * 1024;

/** Where there is nothing to show. */
export const NOTHING: Excerpt = { bytes: new Uint8Array(), truncated: false };
