/** What an endpoint was shown to take stays shown, however the hellos that showed it follow one another. */
import { expect, test } from 'vitest';
import { CLASSICAL, FULL } from './hello-form.ts';
import { HelloTolerance } from './hello-tolerance.ts';

const TLS1_2 = 0x0303;
const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

function taking(...lists: number[][]): HelloTolerance {
  const tolerance = new HelloTolerance(false);
  for (const suites of lists)
    tolerance.noteAccepted(TLS1_2, FULL, { suites, index: suites.length - 1, bytes: 1152 });
  return tolerance;
}

test.each<[string, number[][]]>([
  ['two lists, the shorter one after the longer one', [range(1, 84), range(200, 41)]],
  [
    'more lists than are kept',
    [range(1, 9), range(20, 8), range(40, 7), range(60, 6), range(80, 5), range(90, 40)],
  ],
  ['one suite at a time', range(1, 60).map((suite) => [suite])],
])('%s: all that they had is covered', (_, lists) => {
  const tolerance = taking(...lists);
  for (const suites of lists) expect(tolerance.covers(TLS1_2, [FULL], suites), `${suites}`).toBe(true);
  expect(tolerance.haveTaken(lists.flat())).toBe(true);
  expect(tolerance.haveTaken([...lists.flat(), 0xc0ff])).toBe(false);
});

test('a hello of a hundred unknown suites speaks for others, as far as they are no more', () => {
  const tolerance = taking(range(1, 200));
  expect(tolerance.haveTaken(range(1000, 200))).toBe(true);
  expect(tolerance.haveTaken(range(1000, 201))).toBe(false);
});

test('what was read to half its number is covered, a form with more in it is not', () => {
  const suites = range(1, 20);
  const tolerance = new HelloTolerance(false);
  tolerance.noteAccepted(TLS1_2, CLASSICAL, { suites, index: 9, bytes: 83 });
  expect(tolerance.covers(TLS1_2, [CLASSICAL], suites)).toBe(true);
  expect(tolerance.covers(TLS1_2, [FULL], suites)).toBe(false);
  expect(tolerance.covers(TLS1_2, [CLASSICAL], [...suites, 21])).toBe(false);
});
