import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { DecodeError } from './errors.ts';

fc.configureGlobal({ seed: 20151028 });

const BYTES = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

test('reads big-endian integers and slices, one after the other', () => {
  const reader = new ByteReader(BYTES);
  expect(reader.u8('a')).toBe(0x01);
  expect(reader.u16('b')).toBe(0x0203);
  expect(reader.u24('c')).toBe(0x040506);
  expect(reader.u32('d')).toBe(0x0708090a);
  expect(reader.remaining).toBe(0);
  expect(() => reader.end('all')).not.toThrow();
});

test('reads 32 bits as an unsigned number', () => {
  expect(new ByteReader(Uint8Array.of(255, 255, 255, 255)).u32('x')).toBe(4294967295);
});

test('gives views on the same memory, not copies', () => {
  const bytes = BYTES.slice();
  const view = new ByteReader(bytes).bytes(4, 'x');
  bytes[0] = 99;
  expect(view[0]).toBe(99);
});

test('a vector is its length and so many bytes', () => {
  const reader = new ByteReader(Uint8Array.of(0, 3, 7, 8, 9, 10));
  expect([...reader.vector(2, 'v').rest()]).toEqual([7, 8, 9]);
  expect([...reader.rest()]).toEqual([10]);
});

test('says what is missing, where, and how much there is', () => {
  const reader = new ByteReader(BYTES);
  reader.bytes(8, 'start');
  expect(() => reader.u32('session id')).toThrow(new DecodeError('session id', 8, '4 bytes', '2'));
});

test('says what is left over', () => {
  expect(() => new ByteReader(BYTES).end('hello')).toThrow(
    'end of hello at byte 0: expected no more bytes, found 10',
  );
});

test('offsets in a nested reader count from the start of the outermost', () => {
  const reader = new ByteReader(BYTES, 100);
  reader.u16('a');
  const inner = reader.nested(5, 'inner').nested(3, 'innermost');
  inner.u8('b');
  expect(inner.offset).toBe(103);
  expect(() => inner.u32('c')).toThrow('c at byte 103: expected 4 bytes, found 2');
  expect(reader.offset).toBe(107);
});

test('a read that fails takes nothing', () => {
  const reader = new ByteReader(BYTES.subarray(0, 2));
  expect(() => reader.u24('x')).toThrow(DecodeError);
  expect(reader.u16('x')).toBe(0x0102);
});

test('reads back whatever ByteWriter wrote', () => {
  const values = fc.record({
    a: fc.nat(0xff),
    b: fc.nat(0xffff),
    c: fc.nat(0xffffff),
    d: fc.nat(0xffffffff),
    e: fc.uint8Array({ maxLength: 600 }),
  });
  fc.assert(
    fc.property(values, ({ a, b, c, d, e }) => {
      const writer = new ByteWriter().u8(a).u16(b).u24(c).u32(d);
      const reader = new ByteReader(writer.vector(2, (inner) => inner.bytes(e)).finish());
      expect([reader.u8('a'), reader.u16('b'), reader.u24('c'), reader.u32('d')]).toEqual([a, b, c, d]);
      expect(reader.vector(2, 'e').rest()).toEqual(e);
      reader.end('all');
    }),
  );
});
