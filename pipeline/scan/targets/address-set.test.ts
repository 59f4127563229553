import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type IpBlock, parseAddress, parseBlock } from '../../base/ip-address.ts';
import { AddressBlocks, AddressSet } from './address-set.ts';

const UNIVERSE = 80;
const interval = fc.tuple(fc.constantFrom<4 | 6>(4, 6), fc.nat(UNIVERSE), fc.nat(12)).map(
  ([family, first, more]): IpBlock => ({
    family,
    first: at(family, first),
    last: at(family, first + more),
  }),
);

function at(family: 4 | 6, offset: number): bigint {
  return BigInt(offset) + (family === 4 ? 0xfffff000n : 0x2600n << 112n);
}

test('is what a list of all its addresses would be', () => {
  fc.assert(
    fc.property(fc.array(interval), interval, (blocks, asked) => {
      const set = new AddressSet(AddressBlocks.of(blocks));
      const naive = ({ family, value }: { family: 4 | 6; value: bigint }) =>
        blocks.some((one) => one.family === family && one.first <= value && value <= one.last);
      let within = 0;
      for (let value = asked.first; value <= asked.last; value++) {
        const address = { family: asked.family, value };
        expect(set.has(address)).toBe(naive(address));
        within += Number(naive(address));
      }
      expect(set.countWithin(asked)).toBe(within);
      expect(set.isEmpty).toBe(blocks.length === 0);
    }),
  );
});

test('an IPv6 address that leads to an excluded IPv4 address is excluded', () => {
  const set = new AddressSet(AddressBlocks.of([parseBlock('8.8.8.0/24')!]));
  for (const inside of ['8.8.8.8', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1'])
    expect(set.has(parseAddress(inside)!)).toBe(true);
  for (const outside of ['8.8.9.8', '::ffff:8.8.9.8', '2600::8.8.8.8'])
    expect(set.has(parseAddress(outside)!)).toBe(false);
  expect(set.countWithin(parseBlock('::ffff:8.8.8.0/119')!)).toBe(256);
});

test('a million blocks are searched, not walked', () => {
  const scattered = Array.from({ length: 1_000_000 }, (_, index) => (index * 2_654_435_761) % 2 ** 32);
  const blocks = new AddressBlocks();
  for (const value of scattered) blocks.addIPv4(value, value);
  const set = new AddressSet(blocks);
  expect(scattered.every((value) => set.hasIPv4(value))).toBe(true);
  expect(set.countIPv4Within(0, 2 ** 32 - 1)).toBe(1_000_000);
});
