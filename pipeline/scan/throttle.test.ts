/** Waits double, begin where the last one helped, and end with the budget. */
import { expect, test } from 'vitest';
import { Throttle } from './throttle.ts';

const OPTIONS = { first_wait_ms: 10, longest_wait_ms: 40, budget_ms: 150 };

test('waits double up to the longest, and end with the budget', () => {
  const throttle = new Throttle(OPTIONS);
  expect(Array.from({ length: 5 }, () => throttle.next())).toEqual([10, 20, 40, 40, 40]);
  expect(throttle.next()).toBeNull();
});

test('after a wait that helped, the next one begins with it', () => {
  const throttle = new Throttle(OPTIONS);
  expect([throttle.next(), throttle.next()]).toEqual([10, 20]);
  throttle.succeeded();
  expect([throttle.next(), throttle.next()]).toEqual([20, 40]);
});
