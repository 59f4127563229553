/** Lines and objects however they are cut into chunks, and that memory is bounded whatever comes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteLines, MAX_LINE_BYTES } from './byte-lines.ts';
import { type JsonLine, JsonLines } from './json-lines.ts';

function read(chunks: readonly Uint8Array[]): JsonLine[] {
  const lines = new JsonLines();
  return [...chunks.flatMap((chunk) => [...lines.push(chunk)]), ...lines.end()];
}
const shown = (lines: readonly JsonLine[]) =>
  lines.map(({ bytes, ...line }) => ({ ...line, text: Buffer.from(bytes).toString() }));

describe('objects', () => {
  test('on a line, on several, after a byte order mark, with carriage returns', () => {
    const text = '\ufeff{"a":1}\r\n\r\n{\r\n  "b": {\r\n    "c": 2\r\n  }\r\n}\r\n   \n{"d":3}';
    const lines = read([Buffer.from(text)]);
    expect(lines.map(({ line, value, problem }) => [line, value, problem])).toEqual([
      [1, { a: 1 }, null],
      [3, { b: { c: 2 } }, null],
      [9, { d: 3 }, null],
    ]);
  });

  test('one that is broken off does not take the next one with it', () => {
    const lines = read([Buffer.from('{\n  "a": 1,\n{"b":2}\n{\n  "c": 3\n{\n  "d": 4\n}\n{\n')]);
    expect(shown(lines).map(({ line, value, problem, text }) => [line, value ?? problem, text])).toEqual([
      [1, 'the next one begins before it is whole', '{\n  "a": 1,'],
      [3, { b: 2 }, '{"b":2}'],
      [4, 'the next one begins before it is whole', '{\n  "c": 3'],
      [6, { d: 4 }, '{\n  "d": 4\n}'],
      [9, 'the file ends before it is whole', '{'],
    ]);
  });

  test.each(['7', '"text"', 'null', '[{}]', '{"a":1}{"b":2}', '{"a":1', '\u0000', '}'])(
    '%j is none',
    (text) => {
      const lines = shown(read([Buffer.from(`${text}\n`)]));
      expect(lines).toMatchObject([
        { line: 1, value: null, problem: expect.stringMatching(/^no JSON/), text },
      ]);
    },
  );

  test('the same however they are cut', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '{"a":1}',
      '"',
      '\n',
      '\r\n',
      ' ',
      '\u0001',
      '{\n',
      '\n}\n',
      'x',
      'é',
    );
    const file = fc.array(pieces, { maxLength: 40 }).map((all) => Buffer.from(all.join('')));
    fc.assert(
      fc.property(file, fc.array(fc.nat(60), { maxLength: 5 }), (bytes, cuts) => {
        const places = [0, ...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
        expect(shown(read(chunks))).toEqual(shown(read([bytes])));
        // Nothing is lost: all that is visible is in what was given.
        const given = shown(read(chunks)).map(({ text }) => text);
        expect(visible(given.join(''))).toBe(visible(bytes.toString()));
      }),
      { numRuns: 500 },
    );
  });
});

test('a line without an end is kept in part, and counted in full', () => {
  const chunk = Buffer.alloc(1024 * 1024, 0x61);
  const before = process.memoryUsage().rss;
  const lines = new ByteLines();
  for (let count = 0; count < 1024; count++) expect([...lines.push(chunk)]).toEqual([]);
  const [line] = [...lines.push(Buffer.from('\n'))];
  expect([line!.line, line!.length, line!.bytes.length]).toEqual([1, 1024 ** 3, MAX_LINE_BYTES]);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
});

test.each([
  ['on one line', (size: number) => `{"a":"${'x'.repeat(size)}"}\n`],
  ['on several', (size: number) => `{\n${'  "a": 1,\n'.repeat(size / 10)}}\n`],
])('an object that is too long, %s, is told once, and reading goes on behind it', (_what, make) => {
  const lines = read([Buffer.from(make(MAX_LINE_BYTES + 10)), Buffer.from('{"b":2}\n')]);
  expect(lines[0]).toMatchObject({ line: 1, problem: 'too long' });
  expect(lines.at(-1)).toMatchObject({ value: { b: 2 } });
});

function visible(text: string): string {
  return text.replaceAll(/[\s\ufeff]/g, '');
}
