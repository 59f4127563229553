import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SuiteLists } from './suite-lists.ts';

const SUITES: readonly number[] = [0x002f, 0x0035, 0xc02f, 0x1301];

test('who takes the same out of the same list gets the same list', () => {
  const lists = new SuiteLists();
  const left = lists.without(SUITES, [0x0035]);
  expect(left).toEqual([0x002f, 0xc02f, 0x1301]);
  expect(lists.without(SUITES, [0x0035])).toBe(left);
  expect(lists.without(left, [0x1301])).toBe(lists.without(SUITES, [0x0035, 0x1301]));
});

test('what a list does not hold leaves it as it is', () => {
  expect(new SuiteLists().without(SUITES, [0x009c])).toBe(SUITES);
});

test('whatever is taken out, and however few lists are kept, the rest is what a filter leaves', () => {
  const lists = new SuiteLists(3);
  const someSuites = fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { minLength: 1 });
  fc.assert(
    fc.property(someSuites, fc.array(fc.integer({ min: 0, max: 12 })), (suites, taken) => {
      let left: readonly number[] = suites;
      for (const suite of taken) left = lists.without(left, [suite]);
      expect(left).toEqual(suites.filter((suite) => !taken.includes(suite)));
      expect(lists.without(suites, taken)).toEqual(left);
    }),
  );
});

test('no more lists are kept than told', () => {
  const lists = new SuiteLists(2);
  const first = lists.without(SUITES, [0x002f]);
  lists.without(SUITES, [0x0035]);
  lists.without(SUITES, [0xc02f]);
  expect(lists.without(SUITES, [0x002f])).not.toBe(first);
});
