/** Orders are orders, draws are even, and all of it is a function of the seed. */
import { describe, expect, test } from 'vitest';
import { draws, order, words } from './mixing.ts';

describe('order', () => {
  test.each([1, 2, 3, 7, 64, 1000, 4097])('of %i numbers has each of them once', (size) => {
    const at = order(size, 'seed', 'test');
    const all = Array.from({ length: size }, (_, place) => at(place));
    expect([...all].sort((a, b) => a - b)).toEqual(all.map((_, place) => place));
  });

  test('is another one for another seed or purpose, and looks like none', () => {
    const lists = [order(500, 'a', 'x'), order(500, 'b', 'x'), order(500, 'a', 'y')].map((at) =>
      Array.from({ length: 500 }, (_, place) => at(place)),
    );
    expect(new Set(lists.map(String)).size).toBe(3);
    for (const list of lists) {
      const steps = list.slice(1).filter((number, place) => number > list[place]!).length;
      expect(steps).toBeGreaterThan(200);
      expect(steps).toBeLessThan(300);
    }
  });
});

test('draws are even, also for numbers beyond 32 bits, and the same for the same seed', () => {
  const draw = draws('seed', 'test');
  for (const start of [0, 2 ** 40]) {
    const all = Array.from({ length: 20_000 }, (_, place) => draw(start + place));
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = all.filter((one) => Math.floor(one * 10) === tenth).length / all.length;
      expect(share).toBeGreaterThan(0.09);
      expect(share).toBeLessThan(0.11);
    }
  }
  expect(draw(5)).toBe(draws('seed', 'test')(5));
  expect(draw(5)).not.toBe(draws('other', 'test')(5));
  expect(draw(2 ** 32)).not.toBe(draw(0));
  expect(words('seed', 'test')(5)).toBe(draw(5) * 2 ** 32);
});
