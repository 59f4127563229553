import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  embeddedIPv4,
  formatAddress,
  formatBlock,
  parseAddress,
  parseBlock,
  parseIPv4,
} from './ip-address.ts';

test('IPv6 goes to numbers and back in the form of RFC 5952', () => {
  const words = fc.array(fc.constantFrom(0, 0, 0, 1, 0xffff, 0x0db8), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(words, (groups) => {
      const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
      const text = formatAddress(6, value);
      expect(parseAddress(text)).toEqual({ family: 6, value });
      expect(parseAddress(`[${text}]`)).toEqual({ family: 6, value });
      expect(text).toBe(new URL(`http://[${text}]`).hostname.slice(1, -1));
    }),
  );
});

test('IPv4, and IPv4 inside IPv6', () => {
  expect(parseAddress('255.0.0.1')).toEqual({ family: 4, value: 0xff000001n });
  expect(formatAddress(4, 0xff000001n)).toBe('255.0.0.1');
  expect(parseAddress('::ffff:1.2.3.4')?.value).toBe(0xffff01020304n);
  expect(parseAddress('fe80::1%eth0')).toBeUndefined();
  expect(parseAddress('[1.2.3.4]')).toBeUndefined();
});

test('what is an IPv4 address, Node and we agree', () => {
  const part = fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '00', '01', '0x1', '1 ', '-1', '256'));
  fc.assert(
    fc.property(fc.array(part, { minLength: 3, maxLength: 5 }), (parts) => {
      const text = parts.join('.');
      const value = parseIPv4(text);
      expect(value !== undefined).toBe(isIPv4(text));
      if (value !== undefined) expect(formatAddress(4, BigInt(value))).toBe(text);
    }),
  );
});

test('what is an IPv6 address, and which one, Node and we agree', () => {
  const group = fc.constantFrom(
    '',
    '',
    '0',
    '1',
    'FFFF',
    'db8',
    '00',
    '12345',
    'g',
    ' 1',
    '1.2.3.4',
    '1.2.3',
    '1.2.3.400',
  );
  fc.assert(
    fc.property(fc.array(group, { minLength: 1, maxLength: 10 }), (groups) => {
      const text = groups.join(':');
      const ours = text.includes(':') ? parseAddress(text) : undefined;
      expect(ours !== undefined).toBe(isIPv6(text));
      if (!ours) return;
      const { address } = new SocketAddress({ address: text, family: 'ipv6' });
      expect(parseAddress(address)).toEqual(ours);
    }),
    { numRuns: 20_000 },
  );
});

test.each([
  '::',
  '1::',
  '::1',
  '1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7::',
  '::2:3:4:5:6:7:8',
  '1::3:4:5:6:1.2.3.4',
])('%s is an IPv6 address', (text) => {
  expect(new URL(`http://[${formatAddress(6, parseAddress(text)!.value)}]`).hostname).toBe(
    new URL(`http://[${text}]`).hostname,
  );
});

test.each(['8.8.8.8', '8.8.8.0/24', '0.0.0.0/0', '2600::', '2600::/112', '2600::8000/113', '::/0'])(
  'block %s goes to numbers and back',
  (text) => {
    expect(formatBlock(parseBlock(text)!)).toBe(text);
  },
);

test.each(['8.8.8.8/24', '8.8.8.0/33', '8.8.8.0/024', '8.8.8.0/', '8.8.8.0/24/24', '2600::1/64', '8.8.8'])(
  '%s is no block',
  (text) => {
    expect(parseBlock(text)).toBeUndefined();
  },
);

test.each([
  ['::ffff:1.2.3.4', 0x01020304],
  ['::1.2.3.4', 0x01020304],
  ['64:ff9b::1.2.3.4', 0x01020304],
  ['2002:102:304:1::5', 0x01020304],
  ['64:ff9b:1::1.2.3.4', undefined],
  ['2600::1.2.3.4', undefined],
])('%s leads to IPv4 address %s', (text, ipv4) => {
  expect(embeddedIPv4(parseAddress(text)!.value)).toBe(ipv4);
});
