import { expect, test } from 'vitest';
import { Pacer } from './rate.ts';

function clockAt(state: { now: number }) {
  return { now: () => state.now, monotonic: () => state.now };
}

test('connections are spaced evenly, and a lull is not made up for', () => {
  const time = { now: 1000 };
  const pacer = new Pacer(100, clockAt(time));
  expect([pacer.reserve(), pacer.reserve(), pacer.reserve()]).toEqual([0, 10, 20]);
  time.now = 1025;
  expect(pacer.reserve()).toBe(5);
  time.now = 9000;
  expect([pacer.reserve(), pacer.reserve()]).toEqual([0, 10]);
});

test('the real thing: 20 turns at 200 a second take 95 ms', async () => {
  const pacer = new Pacer(200, { now: Date.now, monotonic: () => performance.now() });
  const started = performance.now();
  await Promise.all(Array.from({ length: 20 }, () => pacer.turn()));
  expect(performance.now() - started).toBeGreaterThan(90);
});

test('0 is no limit', async () => {
  const pacer = new Pacer(0, { now: Date.now, monotonic: () => performance.now() });
  const started = performance.now();
  for (let turn = 0; turn < 1000; turn++) await pacer.turn();
  expect(performance.now() - started).toBeLessThan(500);
});
