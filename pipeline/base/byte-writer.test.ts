import { expect, test } from 'vitest';
import { ByteWriter } from './byte-writer.ts';

test('writes big-endian integers', () => {
  const bytes = new ByteWriter().u8(1).u16(0x0203).u24(0x040506).u32(0xfffefdfc).finish();
  expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6, 255, 254, 253, 252]);
});

test('puts the length of what was written before it, nested too', () => {
  const bytes = new ByteWriter()
    .u8(9)
    .vector(2, (outer) => outer.u8(7).vector(1, (inner) => inner.u16(0x0506)))
    .finish();
  expect([...bytes]).toEqual([9, 0, 4, 7, 2, 5, 6]);
});

test('grows, and keeps what was there', () => {
  const writer = new ByteWriter();
  for (let round = 0; round < 1000; round++) writer.u32(round);
  writer.bytes(new Uint8Array(5000).fill(3));
  const bytes = writer.finish();
  expect(bytes).toHaveLength(9000);
  expect([...bytes.subarray(3996, 4002)]).toEqual([0, 0, 3, 231, 3, 3]);
});

test('what was finished is a copy', () => {
  const writer = new ByteWriter().u8(1);
  const first = writer.finish();
  writer.u8(2);
  expect([...first]).toEqual([1]);
  expect([...writer.finish()]).toEqual([1, 2]);
});

test.each([
  ['too large', () => new ByteWriter().u8(256)],
  ['negative', () => new ByteWriter().u16(-1)],
  ['a fraction', () => new ByteWriter().u24(1.5)],
  ['no number', () => new ByteWriter().u32(Number.NaN)],
  ['longer than its length', () => new ByteWriter().vector(1, (inner) => inner.bytes(new Uint8Array(256)))],
])('a value that is %s throws RangeError', (_, write) => {
  expect(write).toThrow(RangeError);
});
