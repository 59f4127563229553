/**
 * Pseudonyms against those of the reference implementation's sample trace (key and addresses of its distribution), and of
 * yacryptopan 1.0.2 (PyPI) for IPv6, which the reference does not have.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../base/ip-address.ts';
import { CryptoPan } from './crypto-pan.ts';

const SAMPLE_KEY = Uint8Array.of(
  ...[21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16],
  ...[216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2],
);

const SAMPLE_TRACE = `
  128.11.68.132 135.242.180.132
  129.118.74.4 134.136.186.123
  130.132.252.244 133.68.164.234
  141.223.7.43 141.167.8.160
  152.163.225.39 151.140.114.167
  156.29.3.236 147.225.12.42
  165.247.96.84 162.9.99.234
  192.102.249.13 252.138.62.131
  192.41.57.43 252.222.221.184
  198.51.77.238 249.18.186.254
  204.29.20.4 243.33.20.123
  207.25.71.27 241.33.119.156
  216.148.237.145 235.84.194.111
  24.0.250.221 100.15.198.226
  38.15.67.68 64.3.66.187
  4.3.88.225 124.60.155.63
  63.97.7.140 95.97.9.123
  64.14.118.196 0.255.183.58
  64.39.15.238 0.219.7.41
  10.185.25.118 117.161.29.118
  0.0.0.0 120.255.240.1
  255.255.255.255 206.120.97.255
  ::1 78ff:f001:9fc0:20df:8380:b1f1:704:ed
  ::2 78ff:f001:9fc0:20df:8380:b1f1:704:ef
  ::ffff 78ff:f001:9fc0:20df:8380:b1f1:704:f838
  2001:db8::1 4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e
  2001:db8::2 4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c
  fe80::1234:5678:9abc:def0 cf7f:c0e:1fc3:da1c:1dab:29e7:9a23:c10c
  2a00:1450:4001:81b::200e 4a30:ebed:a03e:bd4:fd8f:f071:f9f7:20e6
  ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ce78:61ff:387e:8078:38c4:407:c3bf:f781`;

const vectors = SAMPLE_TRACE.trim()
  .split('\n')
  .map((line) => line.trim().split(' ') as [string, string]);

const pan = new CryptoPan(SAMPLE_KEY);
const one = (ipv4: number): number => pan.ofIPv4([ipv4])[0]!;

test.each(vectors)('%s becomes %s', (address, pseudonym) => {
  const { family, value } = parseAddress(address)!;
  const made = family === 6 ? pan.ofIPv6(value) : BigInt(one(Number(value)));
  expect(formatAddress(family, made)).toBe(pseudonym);
});

test('many at once are what each is alone', () => {
  const addresses = vectors.flatMap(([address]) => {
    const { family, value } = parseAddress(address)!;
    return family === 4 ? [Number(value)] : [];
  });
  expect(pan.ofIPv4(addresses)).toEqual(addresses.map(one));
  expect(pan.ofIPv4([])).toEqual([]);
});

test('pseudonyms share as many first bits as the addresses do, no more and no fewer', () => {
  const bits = (difference: bigint, of: number): number =>
    of - (difference === 0n ? 0 : difference.toString(2).length);
  const ipv4 = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(ipv4, ipv4, fc.integer({ min: 0, max: 31 }), (a, other, shared) => {
      const b = ((a & ~(0xffff_ffff >>> shared)) | (other & (0xffff_ffff >>> shared))) >>> 0;
      expect(bits(BigInt(one(a)) ^ BigInt(one(b)), 32)).toBe(bits(BigInt(a) ^ BigInt(b), 32));
    }),
  );
  const ipv6 = fc.bigInt(0n, (1n << 128n) - 1n);
  fc.assert(
    fc.property(ipv6, fc.bigInt(0n, (1n << 80n) - 1n), (a, flips) => {
      expect(bits(pan.ofIPv6(a) ^ pan.ofIPv6(a ^ flips), 128)).toBe(bits(flips, 128));
    }),
  );
});

test('a key of another length throws', () => {
  expect(() => new CryptoPan(new Uint8Array(16))).toThrow(RangeError);
});
