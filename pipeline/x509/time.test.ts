import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { DerReader } from './der.ts';
import { ProblemLog } from './problem-log.ts';
import { isoTime } from './time.ts';

const UTC = 23;
const GENERALIZED = 24;

function read(tag: number, text: string): string {
  const bytes = new Uint8Array([tag, text.length, ...Buffer.from(text, 'latin1')]);
  return isoTime(new DerReader(bytes, new ProblemLog()).any('time'), 'time');
}

describe('isoTime', () => {
  it.each([
    [UTC, '150401123456Z', '2015-04-01T12:34:56Z'],
    [UTC, '500101000000Z', '1950-01-01T00:00:00Z'],
    [UTC, '491231235959Z', '2049-12-31T23:59:59Z'],
    [UTC, '1504011234Z', '2015-04-01T12:34:00Z'],
    [UTC, '150401003000+0100', '2015-03-31T23:30:00Z'],
    [UTC, '1504012330-0830', '2015-04-02T08:00:00Z'],
    [UTC, '000229000000Z', '2000-02-29T00:00:00Z'],
    [GENERALIZED, '20500101000000Z', '2050-01-01T00:00:00Z'],
    [GENERALIZED, '20150401123456.789Z', '2015-04-01T12:34:56Z'],
    [GENERALIZED, '20150401123456', '2015-04-01T12:34:56Z'],
    [GENERALIZED, '00010101000000Z', '0001-01-01T00:00:00Z'],
    [GENERALIZED, '99991231235959Z', '9999-12-31T23:59:59Z'],
  ])('reads %i %s', (tag, text, iso) => expect(read(tag, text)).toBe(iso));

  it.each([
    [UTC, '150431000000Z'],
    [UTC, '150229000000Z'],
    [UTC, '151301000000Z'],
    [UTC, '150400000000Z'],
    [UTC, '150401240000Z'],
    [UTC, '150401126000Z'],
    [UTC, '150401120061Z'],
    [UTC, '20150401000000Z'],
    [UTC, '150401000000+9900'],
    [UTC, ''],
    [GENERALIZED, '150401000000Z'],
    [GENERALIZED, '00000101000000Z'],
    [GENERALIZED, '00010101000000+0100'],
    [GENERALIZED, '99991231235959-0100'],
    [12, '150401000000Z'],
  ])('refuses %i %s', (tag, text) => expect(() => read(tag, text)).toThrow(DecodeError));

  it('reads every second that a UTCTime can say', () => {
    const range = { min: Date.UTC(1950, 0, 1) / 1000, max: Date.UTC(2050, 0, 1) / 1000 - 1 };
    fc.assert(
      fc.property(fc.integer(range), (seconds) => {
        const iso = `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
        expect(read(UTC, `${iso.slice(2).replaceAll(/[-T:Z]/g, '')}Z`)).toBe(iso);
      }),
    );
  });
});
