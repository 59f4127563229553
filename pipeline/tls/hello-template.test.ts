/** Hellos cut from a template: byte for byte what the codec writes, whatever was written before. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../base/hex.ts';
import type { HelloOffer } from './hello-offer.ts';
import { encodeHello, writeHello } from './write-hello.ts';

const GROUPS = [[], [29, 23, 24], [23]];
const EXTENSIONS = [
  undefined,
  [{ type: 35, data: new Uint8Array(0) }],
  [{ type: 5, data: Uint8Array.of(1, 0) }],
];

const LEFT_OUT = [
  new Set([0]),
  new Set([10, 11, 13, 23, 0xff01]),
  new Set([0, 5, 10, 11, 13, 23, 35, 0xff01]),
];

const offers: fc.Arbitrary<HelloOffer> = fc.record({
  version: fc.constantFrom(768, 769, 770, 771, 772),
  cipher_suites: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 400 }),
  random: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  server_name: fc.constantFrom(undefined, 'mx.example', 'a-rather-longer-name.example.org'),
  named_groups: fc.constantFrom(...GROUPS),
  extensions: fc.constantFrom(...EXTENSIONS),
  compression_methods: fc.constantFrom(undefined, [0], [1, 0]),
  signalling_suites: fc.constantFrom(undefined, [0x00ff], [0x5600]),
  signature_schemes: fc.constantFrom(undefined, [0x0401, 0x0403]),
  hello_version: fc.constantFrom(undefined, 0x0303, 0x0304),
  without_extensions: fc.constantFrom(undefined, ...LEFT_OUT),
  padded_length: fc.constantFrom(undefined, 100, 512, 1152),
});

test('offers in any order, one after the other', () => {
  fc.assert(
    fc.property(fc.array(offers, { minLength: 1, maxLength: 40 }), (list) => {
      for (const offer of list) expect(toHex(writeHello(offer))).toBe(toHex(encodeHello(offer)));
    }),
  );
});

test('a hello that takes more than one record', () => {
  const cipher_suites = Array.from({ length: 9000 }, (_, index) => index);
  const offer = { version: 771, cipher_suites, random: new Uint8Array(32), named_groups: [29] };
  expect(toHex(writeHello(offer))).toBe(toHex(encodeHello(offer)));
});

test('suites that do not fit', () => {
  const offer = { version: 771, random: new Uint8Array(32), named_groups: [29] };
  for (const suite of [-1, 0x10000, 1.5]) {
    expect(() => writeHello({ ...offer, cipher_suites: [suite] })).toThrow(RangeError);
  }
});
