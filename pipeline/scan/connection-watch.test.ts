/** Each that waits is told when it is due, and none after it was taken away. */
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ConnectionWatch, type Watched } from './connection-watch.ts';

class Waiting implements Watched {
  due: number;
  place = -1;
  told = 0;

  constructor(milliseconds: number) {
    this.due = performance.now() + milliseconds;
  }

  overdue(now: number): void {
    expect(now).toBeGreaterThanOrEqual(this.due);
    this.told++;
    this.due = Number.POSITIVE_INFINITY;
  }
}

test('each is told once it is due, and not before', async () => {
  const watch = new ConnectionWatch();
  const [soon, late, never] = [new Waiting(30), new Waiting(10_000), new Waiting(30)];
  for (const one of [soon, late, never]) watch.add(one);
  watch.delete(never);
  await setTimeout(120);
  expect([soon.told, late.told, never.told]).toEqual([1, 0, 0]);
  late.due = performance.now();
  await setTimeout(120);
  expect([soon.told, late.told]).toEqual([1, 1]);
});

test('whatever is taken away, the others stay, and those that come later are told too', async () => {
  const watch = new ConnectionWatch();
  const all = Array.from({ length: 50 }, () => new Waiting(20));
  for (const one of all) watch.add(one);
  const gone = all.filter((_, place) => place % 3 === 0);
  for (const one of [...gone, ...gone]) watch.delete(one);
  await setTimeout(150);
  expect(all.map((one) => one.told)).toEqual(all.map((_, place) => (place % 3 === 0 ? 0 : 1)));
  for (const one of all) watch.delete(one);
  await setTimeout(60);
  const later = new Waiting(0);
  watch.add(later);
  await setTimeout(120);
  expect(later.told).toBe(1);
});
