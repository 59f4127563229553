import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../base/errors.ts';
import { halfSipHash } from './half-siphash.ts';
import { newSeed, parseSeed, permutation } from './permutation.ts';

const SEED = '000102030405060708090a0b0c0d0e0f';
const seeds = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

test('the round function is HalfSipHash-2-4: its reference vector for a message of four bytes', () => {
  const output = Buffer.alloc(4);
  output.writeInt32LE(halfSipHash(0x03020100, 0x07060504, 0x03020100));
  expect(output.toString('hex')).toBe('2a6e4689');
});

describe('a permutation', () => {
  test('of any size has each number once, and can be turned round', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(70), fc.nat(1000)), seeds, (size, seed) => {
        const order = permutation(size, seed);
        const seen = new Set<number>();
        for (let position = 0; position < size; position++) {
          const index = order.at(position);
          if (order.positionOf(index) !== position) throw new Error(`${position} doesn't come back`);
          seen.add(index);
        }
        expect(seen.size).toBe(size);
        expect([...seen].every((index) => index >= 0 && index < size)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('of a huge size can be turned round', () => {
    const sizes = fc.double({ min: 8, max: 52, noNaN: true }).map((bits) => Math.floor(2 ** bits));
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 0.999999, noNaN: true }), seeds, (size, part, seed) => {
        const position = Math.floor(part * size);
        const order = permutation(size, seed);
        expect(order.at(position)).toBeLessThan(size);
        expect(order.positionOf(order.at(position))).toBe(position);
      }),
    );
  });

  test('is the same on every machine', () => {
    const first = (size: number, seed = SEED) =>
      Array.from({ length: 6 }, (_, position) => permutation(size, seed).at(position));
    expect(first(10)).toEqual(VECTORS[0]);
    expect(first(1_000_000)).toEqual(VECTORS[1]);
    expect(first(2 ** 32)).toEqual(VECTORS[2]);
    expect(first(2 ** 40 + 1)).toEqual(VECTORS[3]);
    expect(first(2 ** 32, SEED + SEED)).toEqual(VECTORS[4]);
  });

  test('puts the addresses of a /24 far apart', () => {
    const order = permutation(2 ** 32, SEED);
    const first = 0x08080800;
    const places = Array.from({ length: 256 }, (_, host) => order.positionOf(first + host)).sort(
      (a, b) => a - b,
    );
    const gaps = places.slice(1).map((place, index) => place - places[index]!);
    // 255 gaps of random places: some 2^24 on average, and the least at some 2^32 / 256^2 = 2^16.
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeGreaterThan(2 ** 23.9);
    expect(Math.min(...gaps)).toBeGreaterThan(1000);
  });

  test('looks random: steps and /24s along it are spread evenly', () => {
    const [size, buckets, draws] = [1_000_000, 100, 20_000];
    const order = permutation(size, SEED);
    const steps = new Array<number>(buckets).fill(0);
    const values = new Array<number>(buckets).fill(0);
    for (let position = 0; position < draws; position++) {
      const [here, next] = [order.at(position), order.at(position + 1)];
      steps[Math.floor((((next - here + size) % size) * buckets) / size)]!++;
      values[Math.floor((here * buckets) / size)]!++;
    }
    // Chi-squared with 99 degrees of freedom: above 150 once in 1,500 seeds, and this is one fixed seed.
    for (const counts of [steps, values]) expect(chiSquared(counts, draws / buckets)).toBeLessThan(150);
  });

  test('of another seed is another one', () => {
    const same = (left: string, right: string) => {
      const [one, other] = [permutation(1000, left), permutation(1000, right)];
      return Array.from({ length: 1000 }, (_, place) => place).filter((p) => one.at(p) === other.at(p))
        .length;
    };
    expect(same(SEED, SEED)).toBe(1000);
    expect(same(SEED, '100102030405060708090a0b0c0d0e0f')).toBeLessThan(12);
  });

  test('has no places outside', () => {
    const order = permutation(5, SEED);
    for (const outside of [-1, 5, 0.5, Number.NaN]) {
      expect(() => order.at(outside)).toThrow(RangeError);
      expect(() => order.positionOf(outside)).toThrow(RangeError);
    }
    expect(() => permutation(2 ** 53, SEED)).toThrow(RangeError);
  });
});

test('a seed is 16 or 32 bytes in hexadecimal', () => {
  expect(parseSeed(SEED.toUpperCase())).toBe(SEED);
  expect(parseSeed(SEED + SEED)).toBe(SEED + SEED);
  expect(parseSeed(newSeed((length) => new Uint8Array(length).fill(0xab)))).toBe('ab'.repeat(16));
  for (const bad of ['', '42', `${SEED}0`, SEED.replace('0', 'g')])
    expect(() => parseSeed(bad)).toThrow(UsageError);
});

function chiSquared(counts: readonly number[], expected: number): number {
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** As a second implementation, in Python, gives them too. */
const VECTORS: readonly (readonly number[])[] = [
  [7, 2, 0, 5, 4, 6],
  [8340, 540853, 868105, 20287, 172495, 110400],
  [193228071, 2617387479, 327524619, 2067853344, 3045292804, 4255851828],
  [308611078790, 1079027998864, 644328881076, 318129661436, 599301605133, 673053551846],
  [3666497655, 2631984153, 3573033010, 3561318028, 2156283548, 2700736349],
];
