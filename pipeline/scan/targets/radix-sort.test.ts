import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Column } from './column.ts';
import { identityOrder, sortedBy } from './radix-sort.ts';

const key = fc.oneof(fc.nat(3), fc.nat(), fc.maxSafeNat(), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 52));

test('sorts as a comparator does, equal ones in their order', () => {
  fc.assert(
    fc.property(fc.array(key), (keys) => {
      const expected = keys.map((_, index) => index).sort((a, b) => keys[a]! - keys[b]! || a - b);
      expect([...sortedBy(identityOrder(keys.length), (index) => keys[index]!)]).toEqual(expected);
    }),
  );
});

test('a column gives back what was pushed, chunks of zeros included', () => {
  const column = new Column(Float64Array);
  const value = (index: number) => (index > 70_000 && index < 200_000 ? 0 : index * 2 ** 20);
  for (let index = 0; index < 300_000; index++) column.push(value(index));
  const wrong = Array.from({ length: 300_000 }, (_, index) => index).filter((i) => column.at(i) !== value(i));
  expect(wrong).toEqual([]);
  expect([column.length, column.isZero]).toEqual([300_000, false]);
});
