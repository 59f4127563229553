/**
 * Bytes to lines, bounded. A line ends at LF, a CR before it is dropped; bytes are UTF-8, wrong ones replaced.
 * What is counted against the limits is what was taken as lines, so the cut into chunks makes no difference.
 */

/** RFC 5321 (4.5.3.1.5) asks for 512, servers send more; IMAP capability lines reach 1,500. */
export const LINE_LIMIT = 4096;
/** A whole conversation: the longest real one known to us is below 8 KiB. */
export const TOTAL_LIMIT = 65_536;

const LF = 0x0a;
const CR = 0x0d;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class LineReader {
  #pending: Uint8Array = new Uint8Array(0);
  #taken = 0;
  /** Set when a limit was passed: there will be no more lines. */
  overflow: string | undefined;

  push(chunk: Uint8Array): void {
    this.#pending = this.#pending.length === 0 ? chunk : concat(this.#pending, chunk);
  }

  /** The next whole line without its end; undefined while there is none. */
  line(): string | undefined {
    const end = this.#pending.indexOf(LF);
    if ((end < 0 ? this.#pending.length : end) > LINE_LIMIT)
      return this.#stop(`line over ${LINE_LIMIT} bytes`);
    if (end < 0 || this.overflow !== undefined) return undefined;
    const bytes = this.#take(end + 1);
    if (bytes === undefined) return undefined;
    return decoder.decode(bytes.subarray(0, bytes[end - 1] === CR ? end - 1 : end));
  }

  /** The next `length` bytes as text (an IMAP literal); undefined while they are not all there. */
  literal(length: number): string | undefined {
    // Said before it is waited for.
    if (length > TOTAL_LIMIT - this.#taken) return this.#stop(`over ${TOTAL_LIMIT} bytes of dialogue`);
    if (this.overflow !== undefined || this.#pending.length < length) return undefined;
    const bytes = this.#take(length);
    return bytes && decoder.decode(bytes);
  }

  /** What was not taken as lines. */
  rest(): Uint8Array {
    return this.#pending;
  }

  #take(length: number): Uint8Array | undefined {
    this.#taken += length;
    if (this.#taken > TOTAL_LIMIT) return this.#stop(`over ${TOTAL_LIMIT} bytes of dialogue`);
    const bytes = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return bytes;
  }

  #stop(why: string): undefined {
    this.overflow ??= why;
    return undefined;
  }
}

function concat(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}
