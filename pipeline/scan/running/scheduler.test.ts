/** Places: never more in flight than there are, in all and at an address, and none of them held by somebody who waits. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Endpoint } from '../targets/endpoints.ts';
import type { HostTask } from './host-task.ts';
import { Scheduler } from './scheduler.ts';

let next = 0;

function task(ip: string | null, endpoints = 1): HostTask {
  const all = Array.from({ length: endpoints }, () => ({ endpoint_id: next++, ip }) as Endpoint);
  return { slot: next, ip, endpoints: all, budget: { handshakes: 100 } };
}

interface Watch {
  running: Endpoint[];
  most: number;
  done: Endpoint[];
}

/** A scheduler whose endpoints take `ask`, watched. */
function watched(
  concurrency: number,
  atAnAddress: number,
  ask: (endpoint: Endpoint, scheduler: Scheduler) => Promise<unknown>,
  signal = new AbortController().signal,
): { scheduler: Scheduler; watch: Watch } {
  const watch: Watch = { running: [], most: 0, done: [] };
  const run = async (endpoint: Endpoint) => {
    const same = watch.running.filter((one) => one.ip === endpoint.ip && one.ip !== null);
    expect(same.length).toBeLessThan(atAnAddress);
    watch.running.push(endpoint);
    watch.most = Math.max(watch.most, watch.running.length);
    await ask(endpoint, scheduler);
    watch.running = watch.running.filter((one) => one !== endpoint);
    watch.done.push(endpoint);
  };
  const scheduler: Scheduler = new Scheduler({ concurrency, at_an_address: atAnAddress }, run, signal);
  return { scheduler, watch };
}

async function putAll(scheduler: Scheduler, tasks: HostTask[]): Promise<void> {
  for (const one of tasks) {
    await scheduler.room();
    scheduler.put(one);
  }
}

test('all are asked once, so many at a time', async () => {
  const { scheduler, watch } = watched(7, 1, () => sleep(Math.random() * 3));
  const tasks = Array.from({ length: 300 }, (_, index) => task(`a${index % 40}`, 1 + (index % 3)));
  await putAll(scheduler, tasks);
  await scheduler.idle();
  expect(watch.most).toBe(7);
  const ids = tasks.flatMap(({ endpoints }) => endpoints.map((one) => one.endpoint_id));
  expect(watch.done.map((one) => one.endpoint_id).sort((a, b) => a - b)).toEqual(ids);
  expect(scheduler.state).toEqual({ in_flight: 0, resting: 0 });
});

test('the ports of an address are asked one after the other, in their order', async () => {
  const { scheduler, watch } = watched(10, 1, () => sleep(1));
  const one = task('a', 7);
  await putAll(scheduler, [one]);
  await scheduler.idle();
  expect(watch.done).toEqual(one.endpoints);
  expect(watch.most).toBe(1);
});

test('where an address may have several connections, so many of its ports are asked at a time', async () => {
  const { scheduler, watch } = watched(10, 4, () => sleep(2));
  await putAll(scheduler, [task('a', 20)]);
  await scheduler.idle();
  expect(watch.most).toBe(4);
});

test('a thousand names at one address leave the places to others', async () => {
  const stop = new AbortController();
  const { scheduler, watch } = watched(4, 1, ({ ip }) => sleep(ip === 'shared' ? 20 : 1), stop.signal);
  const names = Array.from({ length: 1000 }, () => task('shared'));
  const others = Array.from({ length: 60 }, (_, index) => task(`other${index}`));
  await putAll(scheduler, [...names, ...others]);
  const done = () => watch.done.filter(({ ip }) => ip !== 'shared').length;
  while (done() < 60) await sleep(1);
  expect(watch.done.length - done()).toBeLessThan(60);
  stop.abort();
  await scheduler.idle();
});

test('who rests gives its place to another, and gets one back', async () => {
  let atRest = 0;
  const { scheduler, watch } = watched(2, 1, async ({ ip }, the) => {
    if (!ip?.startsWith('tired')) return sleep(1);
    atRest++;
    await the.rest(200);
    expect(the.state.in_flight).toBeLessThanOrEqual(2);
  });
  await putAll(scheduler, [task('tired1'), task('tired2'), task('tired3')]);
  await putAll(
    scheduler,
    Array.from({ length: 20 }, (_, index) => task(`b${index}`)),
  );
  while (watch.done.length < 20) await sleep(1);
  expect(atRest).toBe(3);
  expect(watch.done.every(({ ip }) => ip?.startsWith('b'))).toBe(true);
  await scheduler.idle();
  expect(watch.done).toHaveLength(23);
});

test('no more rest than may: then they keep their places', async () => {
  const { scheduler, watch } = watched(2, 1, (_, the) => the.rest(30));
  const waits = putAll(
    scheduler,
    Array.from({ length: 40 }, (_, index) => task(`a${index}`)),
  );
  let most = 0;
  while (watch.done.length < 40) {
    most = Math.max(most, watch.running.length);
    expect(scheduler.state.in_flight).toBeLessThanOrEqual(2);
    await sleep(1);
  }
  await waits;
  await scheduler.idle();
  // Two in flight, and four resting for each of them.
  expect(most).toBeLessThanOrEqual(10);
  expect(most).toBeGreaterThan(2);
});

test('a stop begins nothing more, and is over when what is in flight has ended', async () => {
  const stop = new AbortController();
  const ended: string[] = [];
  const { scheduler } = watched(
    3,
    1,
    async ({ ip }, the) => {
      await the.rest(60_000);
      await sleep(5);
      ended.push(ip!);
    },
    stop.signal,
  );
  const putting = putAll(
    scheduler,
    Array.from({ length: 100 }, (_, index) => task(`a${index}`)),
  );
  await sleep(20);
  stop.abort();
  await scheduler.idle();
  const soFar = ended.length;
  expect(soFar).toBeGreaterThan(0);
  expect(soFar).toBeLessThan(100);
  await putting;
  await sleep(20);
  expect(ended).toHaveLength(soFar);
});

test('what has no address waits for nobody', async () => {
  const { scheduler, watch } = watched(5, 1, () => sleep(5));
  await putAll(
    scheduler,
    Array.from({ length: 10 }, () => task(null)),
  );
  await scheduler.idle();
  expect(watch.most).toBe(5);
});
