/**
 * A zstd file (RFC 8878) → its content, chunk by chunk, by libzstd (zstddec): frames one after the other, skippable ones, checksums
 * checked, windows of up to 128 MiB. Node has zstd of its own from version 22 on.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { ZSTDDecoder } from 'zstddec/stream';

/** Error for a file that is damaged, or cut short. */
export async function* zstdChunks(path: string): AsyncGenerator<Uint8Array> {
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const file = openSync(path, 'r');
  try {
    const source = new CountedChunks(file);
    for (const chunk of decoder.decodeStreaming(source.chunks())) {
      source.check(chunk.length);
      if (chunk.length > 0) yield chunk;
    }
  } finally {
    closeSync(file);
  }
}

/**
 * The decoder does not look at libzstd's errors: it gives empty chunks for ever, without asking for more input. Each empty one that is
 * not an error ends a frame, of at least 8 bytes.
 */
class CountedChunks {
  readonly #file: number;
  #empty = 0;

  constructor(file: number) {
    this.#file = file;
  }

  *chunks(): Generator<Uint8Array> {
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const read = readSync(this.#file, chunk);
      if (read === 0) return;
      this.#empty = 0;
      yield chunk.subarray(0, read);
    }
  }

  check(length: number): void {
    this.#empty = length === 0 ? this.#empty + 1 : 0;
    if (this.#empty > CHUNK_BYTES / SHORTEST_FRAME) throw new Error('no zstd, or a window over 128 MiB');
  }
}

const CHUNK_BYTES = 65_536;
const SHORTEST_FRAME = 8;
