import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retainedBytes } from '../../../../scripts/testing/retained-memory.ts';
import { JsonElements } from './json-elements.ts';
import type { JsonEvent, JsonPlan, JsonValue } from './json-events.ts';

/** Items of lists at the top, and members of objects at the top. */
const TOP: JsonPlan = { at: (path) => (path.length === 0 ? 'enter' : 'take') };

describe('JsonElements', () => {
  test('values are those of JSON.parse, wherever the chunks end', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 9 }), (values, size) => {
        const text = JSON.stringify(values.map((value) => ({ value, more: [3.14, 'ä\u2028"\\/', null] })));
        const events = read(text, TOP, size);
        const expected = JSON.parse(text, (_, value) => (isUnsafe(value) ? null : value));
        expect(JSON.parse(JSON.stringify(valuesOf(events)))).toEqual(expected);
        expect(events.filter(({ kind }) => kind === 'nonsense')).toEqual([]);
      }),
    );
  });

  test('each value brings its bytes and its line', () => {
    const text = '[\n {"a":\n 1},\n\n  "x y", 7\n]\n';
    for (const size of [1, 3, 100]) {
      const events = read(text, TOP, size).filter((event) => event.kind === 'value');
      expect(events.map(({ line, source }) => [line, textOf(source().bytes)])).toEqual([
        [2, '{"a":\n 1}'],
        [5, '"x y"'],
        [5, '7'],
      ]);
    }
  });

  test('numbers that no double holds are null, and never held in memory', () => {
    const digits = '9'.repeat(100_000);
    const [value] = valuesOf(read(`[{"n": ${digits}, "m": -${digits}, "k": 1e999, "e": 65537}]`));
    expect({ ...(value as object) }).toEqual({ n: null, m: null, k: null, e: 65537 });
  });

  test('what is left out and what is skipped costs nothing and breaks nothing', () => {
    const plan: JsonPlan = {
      at: (path) => (path.length === 0 ? 'enter' : path[0] === 'skipped' ? 'skip' : 'take'),
      without: new Set(['heavy']),
    };
    const text = '{"skipped": {"a": [1, {"b": "}"}]}, "taken": {"heavy": [[{"x": 1}]], "light": [1]}}';
    const events = read(text, plan);
    expect(valuesOf(events)).toEqual([{ light: [1] }]);
    expect(events.at(-1)).toEqual({ kind: 'end', path: [], line: 1, whole: true });
  });

  test('commas too many or too few are forgiven', () => {
    expect(valuesOf(read('[,{"a":1,},,{"a":2} {"a":3},]'))).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(valuesOf(read('{"a": 1 "b": 2,}'))).toEqual([1, 2]);
  });

  test('strings may hold line feeds and unknown escapes', () => {
    expect(valuesOf(read('["a\nb", "\\q\\u00e4\\"", "c"]'))).toEqual(['a\nb', 'qä"', 'c']);
  });

  test('a string that was broken off ends where the next list or object begins on a line', () => {
    const events = read('[{"a": "MII\nBB", "b": 1}, {"a": "MIIC[\n  {"a": "x"},\n {"a": "y"}]');
    const values = events.filter((event) => event.kind === 'value');
    expect(values.map(({ problem }) => problem)).toEqual([
      null,
      'a string is too long, or has no end',
      null,
      null,
    ]);
    expect(valuesOf(events).slice(-2)).toEqual([{ a: 'x' }, { a: 'y' }]);
  });

  test('a document that is broken off gives what was whole, and says so of the rest', () => {
    const text = '{"list": [1, 2], "open": {"a": "b';
    const events = read(text);
    const [, last] = events.filter((event) => event.kind === 'value');
    expect(last).toMatchObject({ value: { a: 'b' }, problem: 'a string is too long, or has no end' });
    expect(textOf(last!.source().bytes)).toBe('{"a": "b');
    expect(events.at(-1)).toMatchObject({ kind: 'end', whole: false });
  });

  test('the next document goes on in the middle of the one before', () => {
    const values = read('[{"a": 1}, {"id": "x", [{"a": 2}, {"b" {"a": 3}]').filter(
      (event) => event.kind === 'value',
    );
    expect(values.filter(({ problem }) => problem === null).map(({ value }) => value)).toContainEqual({
      a: 3,
    });
    expect(values.some(({ problem }) => problem !== null)).toBe(true);
  });

  test('text between values is given with its bytes', () => {
    const events = read('[{"a": 1}\nFatal error: no, "nothing" works\n{"a": 2}]');
    expect(valuesOf(events)).toContainEqual({ a: 2 });
    const [nonsense] = events.filter((event) => event.kind === 'nonsense');
    expect(nonsense!.line).toBe(2);
    expect(textOf(nonsense!.source().bytes)).toContain('Fatal error');
  });

  test('a mark of the byte order is no nonsense at the start, and is anywhere else', () => {
    expect(valuesOf(read('\ufeff[7]'))).toEqual([7]);
    expect(read('[7,\ufeff]').map(({ kind }) => kind)).toContain('nonsense');
  });

  test.each(FLOODS)('memory is bounded: %s and then %s without end', (head, repeated) => {
    const chunk = Buffer.from(repeated.repeat(Math.ceil(65_536 / repeated.length)));
    const reader = new JsonElements(TOP);
    reader.push(Buffer.from(head));
    let events = 0;
    const begin = retainedBytes();
    const chunks = head.endsWith('"') ? STRING_CHUNKS : FLOOD_CHUNKS;
    for (let count = 0; count < chunks; count += 1) events += reader.push(chunk).length;
    expect(retainedBytes() - begin).toBeLessThan(64 * 1024 * 1024);
    expect(events).toBeLessThan(chunks * chunk.length);
    for (const event of reader.end()) {
      if (!('source' in event)) continue;
      expect(event.source().bytes.length).toBeLessThan(2 * 1024 * 1024);
      if (event.kind === 'value') expect(partsOf(event.value)).toBeLessThan(300_000);
    }
  });

  test('random and mutated documents never throw, and every frame that opens ends', () => {
    const document = JSON.stringify([{ a: [1, { b: 'c' }], d: null }, { e: 'f' }], null, 1);
    const mutated = fc
      .array(fc.tuple(fc.nat(document.length), fc.constantFrom(...'{}[]:,"\\ 1x\n')), { maxLength: 8 })
      .map((changes) =>
        changes.reduce((text, [at, put]) => text.slice(0, at) + put + text.slice(at + 1), document),
      );
    const anything = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    fc.assert(
      fc.property(fc.oneof(mutated, anything), fc.integer({ min: 1, max: 50 }), (text, size) => {
        const events = read(text, TOP, size);
        const count = (kind: JsonEvent['kind']) => events.filter((event) => event.kind === kind).length;
        expect(count('end')).toBe(count('begin'));
        expect(shown(events)).toEqual(shown(read(text, TOP, 1000)));
      }),
      { numRuns: 500 },
    );
  });
});

function read(text: string, plan: JsonPlan = TOP, size = 7): JsonEvent[] {
  const bytes = Buffer.from(text);
  const reader = new JsonElements(plan);
  const events: JsonEvent[] = [];
  for (let at = 0; at < bytes.length; at += size) events.push(...reader.push(bytes.subarray(at, at + size)));
  return [...events, ...reader.end()];
}

function valuesOf(events: readonly JsonEvent[]): unknown[] {
  return events.flatMap((event) => (event.kind === 'value' ? [plain(event.value)] : []));
}

/** Values in a value. */
function partsOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 1;
  let parts = 0;
  for (const part of Object.values(value)) parts += partsOf(part);
  return parts;
}

/** Without the prototypes that are not there. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function shown(events: readonly JsonEvent[]): unknown[] {
  return events.map((event) =>
    'source' in event ? { ...event, source: textOf(event.source().bytes) } : event,
  );
}

function isUnsafe(value: unknown): boolean {
  return typeof value === 'number' && !Number.isSafeInteger(Math.trunc(value));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/** 2 MiB: if each byte of it were kept as a value, a hundred. */
const FLOOD_CHUNKS = 32;
/** More than a string may have. */
const STRING_CHUNKS = 96;
const FLOODS = [
  ...[
    ['[', '['],
    ['[', '{"a":'],
    ['[{"a": "', 'x'],
    ['[{"a": "', '\\\\'],
    ['[{"a": "', '\\n'],
    ['[{"', 'name'],
  ],
  ...[
    ['[{"a": ', '7'],
    ['[{"a": [', '7,'],
    ['[{"a": [', '"",'],
    ['[{"a": [', '{},'],
    ['[{"a": {', '"a":[],'],
  ],
  ...[
    ['[', '}'],
    ['[', ':'],
    ['[', 'x '],
    ['', ']'],
    ['[{"a": 1}', '\n'],
  ],
] as const;
