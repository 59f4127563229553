/** One connection at a time to an address, and a pause between two: whoever comes, from however many endpoints. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AddressGate } from './address-gate.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Visit {
  ip: string;
  from: number;
  to: number;
}

/** Visits an address so often, for so many milliseconds each; notes when. */
async function visit(
  gate: AddressGate,
  ip: string,
  times: number,
  each: number,
  visits: Visit[],
): Promise<void> {
  for (let time = 0; time < times; time++) {
    await gate.enter(ip);
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, each));
    visits.push({ ip, from, to: performance.now() });
    gate.leave(ip);
  }
}

/** Most visits at the same time. */
function mostAtOnce(visits: readonly Visit[]): number {
  return Math.max(
    ...visits.map(({ from }) => visits.filter((one) => one.from <= from && from < one.to).length),
  );
}

test('no two at a time, and the pause from the end of one to the begin of the next', async () => {
  const gate = new AddressGate(1, 100, clock);
  const visits: Visit[] = [];
  const all = Promise.all([7, 3, 11].map((each) => visit(gate, '192.0.2.1', 5, each, visits)));
  await vi.advanceTimersByTimeAsync(5000);
  await all;
  expect(visits).toHaveLength(15);
  for (const [index, { to }] of visits.slice(0, -1).entries()) {
    expect(visits[index + 1]!.from).toBeGreaterThanOrEqual(to + 100);
    expect(visits[index + 1]!.from).toBeLessThanOrEqual(to + 102);
  }
});

test('addresses do not wait for each other', async () => {
  const gate = new AddressGate(1, 1000, clock);
  const visits: Visit[] = [];
  const ips = Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`);
  const started = performance.now();
  const all = Promise.all(ips.map((ip) => visit(gate, ip, 1, 10, visits)));
  await vi.advanceTimersByTimeAsync(10);
  await all;
  expect(new Set(visits.map(({ from }) => from))).toEqual(new Set([started]));
});

test('so many at a time where so many are allowed', async () => {
  const gate = new AddressGate(3, 0, clock);
  const visits: Visit[] = [];
  const all = Promise.all(Array.from({ length: 10 }, () => visit(gate, '192.0.2.1', 2, 10, visits)));
  await vi.advanceTimersByTimeAsync(1000);
  await all;
  expect(visits).toHaveLength(20);
  expect(mostAtOnce(visits)).toBe(3);
});

describe('memory', () => {
  test('without a pause an address is forgotten when nobody is there', async () => {
    const gate = new AddressGate(1, 0, clock);
    const all = Promise.all([
      visit(gate, 'a', 3, 1, []),
      visit(gate, 'a', 3, 1, []),
      visit(gate, 'b', 1, 1, []),
    ]);
    await vi.advanceTimersByTimeAsync(100);
    await all;
    expect(gate.size).toBe(0);
  });

  test('with one, past addresses do not pile up', async () => {
    const gate = new AddressGate(1, 100, clock);
    for (let index = 0; index < 20_000; index++) {
      await gate.enter(`a${index}`);
      gate.leave(`a${index}`);
      if (index % 100 === 0) await vi.advanceTimersByTimeAsync(10);
    }
    expect(gate.size).toBeLessThan(5000);
  });
});

test('once the scan is stopped nobody waits for a pause', async () => {
  const gate = new AddressGate(1, 60_000, clock);
  const stop = new AbortController();
  await gate.enter('a', stop.signal);
  gate.leave('a');
  const next = gate.enter('a', stop.signal);
  const last = gate.enter('a', stop.signal);
  stop.abort();
  await next;
  gate.leave('a');
  await last;
  gate.leave('a');
});
