import { expect, test } from 'vitest';
import { parseAddress, parseBlock } from '../../base/ip-address.ts';
import { reservedAddresses, reservedReason } from './reserved-addresses.ts';

/** Every row of the two registries at IANA, those inside of another row included, and multicast. */
const REGISTRIES =
  `0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24
192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32 ::1/128 ::/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48
100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32
2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16
fc00::/7 fe80::/10 ff00::/8`.split(/\s/);

test.each(REGISTRIES)('%s is reserved as a whole', (cidr) => {
  const block = parseBlock(cidr)!;
  const size = Number(block.last - block.first + 1n);
  expect(reservedAddresses().countWithin(block) / size).toBeCloseTo(1);
  expect(reservedReason({ family: block.family, value: block.first })).toBeDefined();
  expect(reservedReason({ family: block.family, value: block.last })).toBeDefined();
});

test.each([
  ['127.8.8.8', 'loopback'],
  ['172.31.255.255', 'private use'],
  ['::1', 'unspecified, loopback and IPv4-compatible'],
  ['::ffff:8.8.8.8', 'IPv4-mapped'],
  ['fd00::1', 'unique local'],
  ['ff02::1', 'multicast'],
  ['4000::1', 'not handed out'],
  ['bfff::1', 'not handed out'],
])('%s is %s', (address, name) => {
  expect(reservedReason(parseAddress(address)!)).toContain(`(${name}, RFC `);
});

test.each([
  ...[
    '1.0.0.0',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
  ],
  ...['169.253.255.255', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.0.3.0', '192.167.255.255'],
  ...['192.169.0.0', '198.17.255.255', '198.20.0.0', '203.0.114.0', '223.255.255.255', '2001:200::1'],
  ...['2001:db7:ffff::1', '2001:db9::', '2003::1', '2600::1', '2620:4f:8001::1', '3fff:1000::1', '3ffe::1'],
])('%s is for everyone', (address) => {
  expect(reservedReason(parseAddress(address)!)).toBeUndefined();
  expect(reservedAddresses().has(parseAddress(address)!)).toBe(false);
});
