import { expect, test } from 'vitest';
import { toHex } from './hex.ts';
import { randomPool } from './random-pool.ts';

test('no byte is handed out twice, whatever the lengths', () => {
  const random = randomPool(256);
  const pieces = Array.from({ length: 500 }, (_, index) => random(32 + (index % 7)));
  expect(pieces.map((piece) => piece.length)).toEqual(pieces.map((_, index) => 32 + (index % 7)));
  expect(new Set(pieces.map(toHex)).size).toBe(500);
  const places = pieces.map(({ buffer, byteOffset }) => [buffer, byteOffset] as const);
  for (const [index, [buffer, offset]] of places.entries()) {
    const later = places.slice(index + 1).filter(([other]) => other === buffer);
    for (const [, next] of later) expect(next).toBeGreaterThanOrEqual(offset + pieces[index]!.length);
  }
});

test('what is handed out does not change later', () => {
  const random = randomPool(64);
  const first = random(48);
  const before = toHex(first);
  for (let more = 0; more < 10; more++) random(48);
  expect(toHex(first)).toBe(before);
});

test('more than a pool holds', () => {
  const long = randomPool(64)(1000);
  expect(long.length).toBe(1000);
  expect(new Set(long).size).toBeGreaterThan(100);
});
