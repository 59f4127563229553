/** The table of ranges against the slowest matcher there is: all ranges, one after the other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AddressRange, AddressTable, CrossingRanges, NO_VALUE } from './address-ranges.ts';

type Entry = [address: bigint, length: number];

/** Prefixes crowd in few places, so that they nest, touch and repeat. */
function entries(bits: number): fc.Arbitrary<Entry[]> {
  const crowded = fc.oneof(
    fc.constantFrom(0n, 1n, (1n << BigInt(bits)) - 1n),
    fc.bigInt(0n, (1n << BigInt(bits)) - 1n),
  );
  return fc.array(fc.tuple(crowded, fc.integer({ min: 0, max: bits })), { maxLength: 40 });
}

function rangeOf(family: 4 | 6, [address, length]: Entry, value: number): AddressRange {
  const size = 1n << BigInt((family === 4 ? 32 : 128) - length);
  const first = address - (address % size);
  return { family, first, last: first + size - 1n, value, line: value };
}

function naive(ranges: readonly AddressRange[], address: bigint): number {
  let best: AddressRange | undefined;
  for (const range of ranges) {
    if (address < range.first || address > range.last) continue;
    if (!best || range.last - range.first <= best.last - best.first) best = range;
  }
  return best?.value ?? NO_VALUE;
}

/** Where a table changes its mind: both sides of each end. */
function probes(ranges: readonly AddressRange[], top: bigint): bigint[] {
  const ends = ranges.flatMap(({ first, last }) => [first - 1n, first, last, last + 1n]);
  return [0n, top, ...ends].filter((address) => address >= 0n && address <= top);
}

test('IPv4: the longest prefix that holds an address is found, as by looking at all of them', () => {
  fc.assert(
    fc.property(entries(32), fc.array(fc.bigInt(0n, 0xffff_ffffn)), (list, others) => {
      const ranges = list.map((entry, value) => rangeOf(4, entry, value));
      const table = new AddressTable([...ranges]);
      for (const address of [...probes(ranges, 0xffff_ffffn), ...others]) {
        expect(table.ofIPv4(Number(address)), address.toString(16)).toBe(naive(ranges, address));
      }
    }),
    { numRuns: 500 },
  );
});

test('IPv6: the same, and the other family is left alone', () => {
  const top = (1n << 128n) - 1n;
  fc.assert(
    fc.property(entries(128), entries(32), fc.array(fc.bigInt(0n, top)), (list, ipv4, others) => {
      const ranges = list.map((entry, value) => rangeOf(6, entry, value));
      const table = new AddressTable([...ranges, ...ipv4.map((entry) => rangeOf(4, entry, 1000))]);
      for (const address of [...probes(ranges, top), ...others]) {
        expect(table.ofIPv6(address), address.toString(16)).toBe(naive(ranges, address));
      }
    }),
    { numRuns: 300 },
  );
});

test('an empty table knows nothing', () => {
  const table = new AddressTable([]);
  expect(table.ofIPv4(0xffff_ffff)).toBe(NO_VALUE);
  expect(table.ofIPv6(1n)).toBe(NO_VALUE);
});

test('ranges that cross are refused, with both lines', () => {
  const range = (first: bigint, last: bigint, line: number): AddressRange => ({
    family: 4,
    first,
    last,
    value: 0,
    line,
  });
  const make = () => new AddressTable([range(10n, 20n, 2), range(0n, 15n, 7)]);
  expect(make).toThrow(CrossingRanges);
  expect(make).toThrow('line 2 crosses line 7');
  expect(() => new AddressTable([range(0n, 20n, 1), range(20n, 20n, 2)])).not.toThrow();
});
