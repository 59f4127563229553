import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, sha1Hex, sha256Hex, toHex } from './hex.ts';

fc.configureGlobal({ seed: 20151028 });

test('bytes to lower-case hexadecimal and back', () => {
  expect(toHex(Uint8Array.of(0, 10, 255))).toBe('000aff');
  expect([...fromHex('000AfF')]).toEqual([0, 10, 255]);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes);
    }),
  );
});

test('a view is written, not the memory around it', () => {
  expect(toHex(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))).toBe('0203');
});

test.each(['0', '0g', ' 00', '00\n', '0x00'])('%j is not hexadecimal', (text) => {
  expect(() => fromHex(text)).toThrow(RangeError);
});

test('hashes, as FIPS 180-4 has them for "abc"', () => {
  expect(sha1Hex('abc')).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256Hex('abc')).toBe(digest);
  expect(sha256Hex(Uint8Array.of(0x61, 0x62, 0x63))).toBe(digest);
});
