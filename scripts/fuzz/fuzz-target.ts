/** What is fuzzed: a decoder with real inputs to begin with, and what has to hold for each input, whatever it is. */
import { DecodeError } from '../../pipeline/base/errors.ts';
import type { Material } from './mutate.ts';
import { type Random, randomOf, seedOf } from './random.ts';

export interface FuzzTarget {
  /** Words joined by hyphens. */
  name: string;
  /** Real inputs. */
  seeds: readonly Uint8Array[];
  /** Words of the grammar. */
  words: readonly Uint8Array[];
  /**
   * Throws where something doesn't hold, and depends on nothing but `bytes`. What it returns says in a few words how
   * the input was taken: an input with new words is kept to go on from.
   */
  check(bytes: Uint8Array): string;
  /** In place of the usual changes. */
  mutate?: (bytes: Uint8Array, material: Material, random: Random) => Uint8Array;
}

/** Something that has to hold does not. */
export class Fault extends Error {
  override readonly name = 'Fault';
}

/** What `read` gives, with how it is bounded; a DecodeError is fine as well. Anything else goes on its way. */
export function checkDecoder<T>(bytes: Uint8Array, read: (bytes: Uint8Array) => T): string {
  let value: T;
  try {
    value = read(bytes);
  } catch (error) {
    if (error instanceof DecodeError) return error.what;
    throw error;
  }
  expectBounded(value, bytes.length);
  return 'read';
}

/** Values are made of views and small objects: they are not to grow out of proportion to what was sent. */
export function expectBounded(value: unknown, inputBytes: number): void {
  const size = sizeOf(value);
  const most = FEW_BYTES + GROWTH * inputBytes;
  if (size > most) throw new Fault(`${size} bytes of values out of ${inputBytes} bytes`);
}

/** Throws Fault where two ways to read the same thing say something else. */
export function expectSame(what: string, one: string, other: string): void {
  if (one !== other) throw new Fault(`${what}: ${one.slice(0, 300)} and ${other.slice(0, 300)}`);
}

/** Copies of `bytes` in chunks: cut at places that the bytes themselves decide. */
export function chunksOf(bytes: Uint8Array): Uint8Array[] {
  const random = randomOf(seedOf(bytes));
  const cuts = Array.from({ length: 1 + random.below(6) }, () => random.below(bytes.length + 1));
  const places = [0, ...cuts, bytes.length].sort((left, right) => left - right);
  return places.slice(1).map((place, index) => bytes.slice(places[index], place));
}

function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length + SMALL;
  if (typeof value === 'string') return value.length + SMALL;
  if (typeof value !== 'object' || value === null) return SMALL / 2;
  return Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), SMALL);
}

const SMALL = 16;
/** An empty extension has four bytes, and is an object with a number and a view. */
const GROWTH = 32;
const FEW_BYTES = 4096;
