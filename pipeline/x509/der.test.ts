import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { fromHex, toHex } from '../base/hex.ts';
import { DerReader, TAG, within } from './der.ts';
import { text } from './der-text.ts';
import { bitLength, isShortest, objectIdentifier, unsignedInteger } from './der-value.ts';
import { ProblemLog } from './problem-log.ts';

function reader(hex: string, log = new ProblemLog()): DerReader {
  return new DerReader(fromHex(hex), log);
}

describe('DerReader', () => {
  it('reads tag, length, content and where they are', () => {
    const list = reader('3006020105a3010404ff').any('list');
    expect(list).toMatchObject({ tag: TAG.sequence, constructed: true, contentOffset: 2, truncated: false });
    const inner = within(list, new ProblemLog());
    expect(inner.next(TAG.integer, 'first')).toMatchObject({ offset: 2, content: Buffer.of(5), depth: 1 });
    expect(inner.optional(TAG.integer, 'none')).toBeUndefined();
    expect(inner.any('second')).toMatchObject({ tag: 0x83, offset: 5 });
    expect(inner.done).toBe(true);
  });

  it('reads tag numbers above 30', () => {
    expect(reader('9f8148 00'.replace(' ', '')).any('high').tag).toBe(0x80 + 0xc8 * 0x100);
    expect(() => reader('9fffffffff7f00').any('high')).toThrow('tag at byte 5');
  });

  it('reads lengths that are not in their shortest form, and notes them', () => {
    for (const hex of ['04810100', '0482000100', '04850000000001 00'.replace(' ', '')]) {
      const log = new ProblemLog();
      expect(toHex(reader(hex, log).any('octets').content)).toBe('00');
      expect(log.first).toBe('octets: length not in its shortest form at byte 1');
    }
    expect(() => reader('0485010000000000').any('octets')).toThrow(DecodeError);
  });

  it('reads indefinite lengths to their own end, and notes them', () => {
    const log = new ProblemLog();
    const outer = reader('3080 3080 0201 05 0000 0202 0000 0000 ff'.replaceAll(' ', ''), log);
    const list = outer.any('list');
    expect(toHex(list.content)).toBe('3080020105000002020000');
    expect(toHex(list.bytes)).toBe('308030800201050000020200000000');
    expect(outer.offset).toBe(15);
    expect(log.first).toBe('list: indefinite length at byte 1');
    expect(reader('3080020105').any('open')).toMatchObject({ truncated: true });
    expect(() => reader('0480050000').any('primitive')).toThrow('a length');
  });

  it('cuts an element to its surroundings, and notes it', () => {
    const log = new ProblemLog();
    expect(reader('040501', log).any('octets')).toMatchObject({ truncated: true, content: Buffer.of(1) });
    expect(log.first).toBe('octets is cut off, 1 bytes are left of it at byte 0');
  });

  it('refuses to nest without end', () => {
    const log = new ProblemLog();
    expect(() => new DerReader(fromHex('3080'.repeat(100)), log).any('nest')).toThrow('at most 24 levels');
  });

  it('reads what was written, at any length, and any bytes without another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (content) => {
        const size = content.length;
        const header = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
        const log = new ProblemLog();
        const element = new DerReader(new Uint8Array([4, ...header, ...content]), log).any('octets');
        expect([...element.content]).toEqual([...content]);
        expect(log.first).toBeNull();
        log.attempt(() => [...new DerReader(content, log).all('any')]);
      }),
    );
  });
});

describe('values', () => {
  it.each([
    ['06092a864886f70d010101', '1.2.840.113549.1.1.1'],
    ['0603550403', '2.5.4.3'],
    ['06028837', '2.999'],
    ['06012b', '1.3'],
    ['0614698391b4d5d8c6fbe5cdfbb6efa9b3d2a3a1c301', undefined],
  ])('object identifier %s', (hex, dotted) => {
    const read = () => objectIdentifier(reader(hex).any('oid'), 'oid');
    if (dotted !== undefined) expect(read()).toBe(dotted);
    else expect(read()).toMatch(/^2\.25\.\d{30,}/);
  });

  it.each(['0600', '060180', '02012a', `0641${'01'.repeat(65)}`, '0605'])(
    'no object identifier: %s',
    (hex) => {
      expect(() => objectIdentifier(reader(hex).any('oid'), 'oid')).toThrow(DecodeError);
    },
  );

  it.each([
    ['020100', 0],
    ['02017f', 7],
    ['02020080', 8],
    ['020180', 8],
    ['0203010000', 17],
  ])('integer %s has %i bits', (hex, bits) => {
    expect(bitLength(unsignedInteger(reader(hex).any('integer'), 'integer'))).toBe(bits);
  });

  it.each([
    ['020100', true],
    ['02020080', true],
    ['0202ff7f', true],
    ['0201ff', true],
    ['02020001', false],
    ['0202ff80', false],
    ['0203000080', false],
  ])('integer %s in its shortest form: %s', (hex, shortest) => {
    expect(isShortest(reader(hex).any('integer'))).toBe(shortest);
  });

  it.each([
    ['0c03c3bc21', 'ü!', true],
    ['0c02c328', '\ufffd(', false],
    ['130161', 'a', true],
    ['1302c3bc', 'ü', false],
    ['1301fc', 'ü', false],
    ['1401fc', 'ü', true],
    ['1e0404 3f0061'.replace(' ', ''), 'пa'.replace('п', '\u043f'), true],
    ['1e02d800', '\ufffd', false],
    ['1e03006100', 'a', false],
    ['1c040001d510', '𝔐', true],
    ['1c0400110000', '\ufffd', false],
  ])('string %s', (hex, value, allowed) => {
    const log = new ProblemLog();
    expect(text(reader(hex).any('string'), 'string', log)).toBe(value);
    expect(log.first === null).toBe(allowed);
  });
});
