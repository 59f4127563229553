/** Numbers that look random and are the same for the same seed: SHA-256 of the seed and a counter. */
import { createHash } from 'node:crypto';

/** Gives the next number from 0 up to 1 at each call. */
export function seededRandom(seed: string): () => number {
  let block = Buffer.alloc(0);
  let used = 0;
  return () => {
    if (used % 8 === 0)
      block = createHash('sha256')
        .update(`${seed}/${used / 8}`)
        .digest();
    return block.readUInt32BE((used++ % 8) * 4) / 2 ** 32;
  };
}
