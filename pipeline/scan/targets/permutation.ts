/**
 * A random order of the numbers below `size` that takes no memory: a Feistel network over the next power of two, whose
 * results that are too large are put in again until they fit (cycle walking; Black and Rogaway, CT-RSA 2002). The same
 * seed gives the same order on every machine, so that shards need not talk to each other.
 */
import { createHash } from 'node:crypto';
import { UsageError } from '../../base/errors.ts';
import { toHex } from '../../base/hex.ts';
import { printable } from '../../base/printable.ts';
import { halfSipHash } from './half-siphash.ts';

export interface Permutation {
  readonly size: number;
  /** What stands at `position`, both from 0 and below `size`. */
  at(position: number): number;
  /** Where `index` stands: the inverse of `at`. */
  positionOf(index: number): number;
}

/** Ten rounds, as in NIST SP 800-38G FF1: far more than mixing needs, and still some 10^6 positions a second. */
const ROUNDS = 10;
/** Each half has at most 26 bits: one word of the round function. */
const MAX_SIZE = 2 ** 52;

/** The order that `seed` (32 or 64 hexadecimal digits) gives to the numbers below `size`, which is at most 2^52. */
export function permutation(size: number, seed: string): Permutation {
  if (!Number.isInteger(size) || size < 0 || size > MAX_SIZE)
    throw new RangeError(`no permutation of ${size} numbers`);
  const network = new Feistel(Math.max(2, bitsOf(size)), parseSeed(seed));
  const inRange = (index: number) => {
    if (!(Number.isInteger(index) && index >= 0 && index < size))
      throw new RangeError(`${index} is not below ${size}`);
  };
  return {
    size,
    at(position) {
      inRange(position);
      let value = network.forward(position);
      while (value >= size) value = network.forward(value);
      return value;
    },
    positionOf(index) {
      inRange(index);
      let value = network.backward(index);
      while (value >= size) value = network.backward(value);
      return value;
    },
  };
}

/** `text` in lower case, where it is a seed. Throws UsageError where it is not 32 or 64 hexadecimal digits. */
export function parseSeed(text: string): string {
  if (/^(?:[\da-f]{32}|[\da-f]{64})$/i.test(text)) return text.toLowerCase();
  throw new UsageError(`--seed: '${printable(text, 80)}' is no seed; give 32 or 64 hexadecimal digits`);
}

/** A fresh seed from 16 random bytes. */
export function newSeed(randomBytes: (length: number) => Uint8Array): string {
  return toHex(randomBytes(16));
}

/** How many bits the numbers below `size` need: exact, as a logarithm of a double is not. */
function bitsOf(size: number): number {
  return size < 2 ? 0 : (size - 1).toString(2).length;
}

class Feistel {
  readonly #keys: Int32Array;
  readonly #rightSize: number;
  readonly #leftMask: number;
  readonly #rightMask: number;

  constructor(bits: number, seed: string) {
    const rightBits = Math.floor(bits / 2);
    this.#rightSize = 2 ** rightBits;
    this.#rightMask = this.#rightSize - 1;
    this.#leftMask = 2 ** (bits - rightBits) - 1;
    this.#keys = roundKeys(seed, bits);
  }

  forward(value: number): number {
    return this.#run(value, 0, 1);
  }

  backward(value: number): number {
    return this.#run(value, ROUNDS - 1, -1);
  }

  /** Even rounds change the left half, odd ones the right: each undoes itself. */
  #run(value: number, from: number, step: 1 | -1): number {
    let left = Math.floor(value / this.#rightSize);
    let right = value % this.#rightSize;
    for (let round = from; round >= 0 && round < ROUNDS; round += step) {
      const [key0, key1] = [this.#keys[2 * round]!, this.#keys[2 * round + 1]!];
      if (round % 2 === 0) left ^= halfSipHash(key0, key1, right) & this.#leftMask;
      else right ^= halfSipHash(key0, key1, left) & this.#rightMask;
    }
    return left * this.#rightSize + right;
  }
}

/** Two words a round: SHA-256 of the seed's bytes, the width and the round, little-endian. */
function roundKeys(seed: string, bits: number): Int32Array {
  const keys = new Int32Array(2 * ROUNDS);
  for (let round = 0; round < ROUNDS; round++) {
    const digest = createHash('sha256')
      .update(Buffer.from(seed, 'hex'))
      .update(Buffer.of(bits, round))
      .digest();
    keys[2 * round] = digest.readInt32LE(0);
    keys[2 * round + 1] = digest.readInt32LE(4);
  }
  return keys;
}
