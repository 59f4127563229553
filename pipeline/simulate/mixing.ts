/**
 * Numbers that look random and are a function of a seed and a number, so that any part of a population can be made
 * without the others: a 32-bit mix (MurmurHash3's finaliser) and, on it, an order of the numbers below a bound. They
 * decide what a made endpoint looks like, nothing that has to be kept from anybody.
 */
import { createHash } from 'node:crypto';

/** A source of numbers, told apart from others of the same seed by what they are for. */
export type Draw = (number: number) => number;

/** Gives for each number below 2^53 one from 0 up to 1, the same for the same seed and purpose. */
export function draws(seed: string, purpose: string): Draw {
  const [low, high] = keyOf(seed, purpose);
  return (number) => mixed(number, low, high) / 2 ** 32;
}

/** Gives for each number below 2^53 a whole number from 0 to 2^32 - 1. */
export function words(seed: string, purpose: string): Draw {
  const [low, high] = keyOf(seed, purpose);
  return (number) => mixed(number, low, high);
}

/**
 * An order of the numbers below `size` (at most 2^30): what stands at a place. A Feistel network of six rounds over the
 * next even power of two, gone through again until the result fits (Black and Rogaway, CT-RSA 2002).
 */
export function order(size: number, seed: string, purpose: string): (place: number) => number {
  const half = Math.max(1, Math.ceil(Math.log2(Math.max(2, size)) / 2));
  const mask = 2 ** half - 1;
  const keys = Array.from({ length: ROUNDS }, (_, round) => keyOf(seed, `${purpose}/${round}`));
  const once = (value: number): number => {
    let left = value >>> half;
    let right = value & mask;
    for (const [low, high] of keys) {
      const next = left ^ (mixed(right, low, high) & mask);
      left = right;
      right = next;
    }
    return left * 2 ** half + right;
  };
  return (place) => {
    let value = once(place);
    while (value >= size) value = once(value);
    return value;
  };
}

const ROUNDS = 6;

type Key = readonly [low: number, high: number];

function keyOf(seed: string, purpose: string): Key {
  const digest = createHash('sha256').update(`${seed}/${purpose}`).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)];
}

function mixed(number: number, low: number, high: number): number {
  return finalised(finalised((number >>> 0) ^ low) ^ finalised(Math.floor(number / 2 ** 32) ^ high));
}

function finalised(word: number): number {
  let mix = word ^ (word >>> 16);
  mix = Math.imul(mix, 0x85ebca6b);
  mix ^= mix >>> 13;
  mix = Math.imul(mix, 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
