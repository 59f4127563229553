/**
 * Random bytes from a pool: a call of the system for each hello costs more than writing the hello. Bytes are handed out
 * once; a pool that is used up is replaced, never filled again.
 */
import { randomBytes } from 'node:crypto';

/** A function that gives so many random bytes, like node:crypto's randomBytes. */
export function randomPool(poolBytes = 16_384): (length: number) => Uint8Array {
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  return (length) => {
    if (length > poolBytes) return randomBytes(length);
    if (used + length > pool.length) {
      pool = randomBytes(poolBytes);
      used = 0;
    }
    used += length;
    return pool.subarray(used - length, used);
  };
}
