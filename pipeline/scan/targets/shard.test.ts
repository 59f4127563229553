import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageError } from '../../base/errors.ts';
import { parseShard, shardPosition, shardSize, WHOLE } from './shard.ts';

test('shards have every position once, and nearly equal shares', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.integer({ min: 1, max: 40 }), (size, of) => {
      const shards = Array.from({ length: of }, (_, index) => ({ index: index + 1, of }));
      const sizes = shards.map((shard) => shardSize(size, shard));
      const positions = shards.flatMap((shard, index) =>
        Array.from({ length: sizes[index]! }, (_, place) => shardPosition(place, shard)),
      );
      const all = Array.from({ length: size }, (_, position) => position);
      expect(positions.sort((left, right) => left - right)).toEqual(all);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test('2/8 is the second of eight', () => {
  expect(parseShard('2/8')).toEqual({ index: 2, of: 8 });
  expect(shardPosition(3, parseShard('2/8'))).toBe(25);
  expect(parseShard('1/1')).toEqual(WHOLE);
});

test.each(['', '2', '0/8', '9/8', '1/0', '-1/8', '1.5/8', '1/8/2', ' 1/8', '1/65537', '01/8', 'a/b'])(
  "'%s' is no shard",
  (text) => {
    expect(() => parseShard(text)).toThrow(UsageError);
  },
);
