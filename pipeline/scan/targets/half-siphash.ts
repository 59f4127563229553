/**
 * HalfSipHash-2-4 of one 32-bit word (Aumasson and Bernstein's reference implementation; SipHash: INDOCRYPT 2012): a
 * keyed pseudorandom function in 32-bit arithmetic, which is what JavaScript does fast. 64-bit key, 32-bit result.
 */

/** Two rounds for the word, two for the block that tells the length, four to end with. */
const ALL_ROUNDS = 8;
/** The last block: the length of the message, 4 bytes, in its highest byte. */
const LENGTH_BLOCK = 4 << 24;

/** The hash of the four bytes of `word` (little-endian), as a 32-bit integer with sign. */
export function halfSipHash(key0: number, key1: number, word: number): number {
  let v0 = key0;
  let v1 = key1;
  let v2 = 0x6c796765 ^ key0;
  let v3 = 0x74656462 ^ key1 ^ word;
  for (let round = 0; round < ALL_ROUNDS; round++) {
    if (round === 2) {
      v0 ^= word;
      v3 ^= LENGTH_BLOCK;
    } else if (round === 4) {
      v0 ^= LENGTH_BLOCK;
      v2 ^= 0xff;
    }
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  return v1 ^ v3;
}
