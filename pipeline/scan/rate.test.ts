/** The pace: exact against a clock of the test's own, true against the real one, and short of breath never for long. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { onStop, Pacer, pause } from './rate.ts';

const clock = { now: () => Date.now(), monotonic: () => performance.now() };

describe('against a clock of the test', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Takes turns without end, from so many places; gives how many began so far. */
  function takeTurns(pacer: Pacer, places: number): () => number {
    let begun = 0;
    const place = async () => {
      for (;;) {
        await pacer.turn();
        begun++;
      }
    };
    for (let index = 0; index < places; index++) void place();
    return () => begun;
  }

  test.each([0.5, 7, 200, 3000])('%d a second are as many in each minute, no drift', async (rate) => {
    const begun = takeTurns(new Pacer(rate, clock), 64);
    for (let minute = 1; minute <= 2; minute++) {
      await vi.advanceTimersByTimeAsync(60_000);
      expect(Math.abs(begun() - minute * 60 * rate)).toBeLessThanOrEqual(1);
    }
  });

  test('turns are spaced evenly', async () => {
    const pacer = new Pacer(100, clock);
    const at: number[] = [];
    for (let turn = 0; turn < 4; turn++)
      void Promise.resolve(pacer.turn()).then(() => at.push(performance.now()));
    const start = performance.now();
    await vi.advanceTimersByTimeAsync(100);
    expect(at.map((time) => time - start)).toEqual([0, 10, 20, 30]);
  });

  test('a lull is not made up for beyond the bucket', async () => {
    const pacer = new Pacer(1000, clock);
    await vi.advanceTimersByTimeAsync(10_000);
    const begun = takeTurns(pacer, 500);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun()).toBeGreaterThan(1);
    expect(begun()).toBeLessThanOrEqual(51);
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun()).toBeLessThanOrEqual(1051);
  });

  test('what this machine was late is made up for, but not in a burst', async () => {
    let stalled = 0;
    const pacer = new Pacer(1000, { now: Date.now, monotonic: () => performance.now() + stalled });
    const begun = takeTurns(pacer, 64);
    await vi.advanceTimersByTimeAsync(10_000);
    stalled = 900;
    const before = begun();
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun() - before).toBeLessThanOrEqual(1000 * 1.12 + 51);
    await vi.advanceTimersByTimeAsync(48_100);
    // A minute by the pacer's clock.
    expect(Math.abs(begun() - 60_000)).toBeLessThanOrEqual(60);
  });

  test('the order of coming is kept', async () => {
    const pacer = new Pacer(100, clock);
    const order: number[] = [];
    for (let turn = 0; turn < 50; turn++) void Promise.resolve(pacer.turn()).then(() => order.push(turn));
    await vi.advanceTimersByTimeAsync(1000);
    expect(order).toEqual([...order].sort((left, right) => left - right));
    expect(order).toHaveLength(50);
  });
});

describe('against the real clock', () => {
  test('so many turns take their time, and not much more', async () => {
    const pacer = new Pacer(2000, systemClock);
    const started = performance.now();
    for (let turn = 0; turn < 1000; turn += 10) {
      await Promise.all(Array.from({ length: 10 }, () => pacer.turn()));
    }
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(440);
    expect(took).toBeLessThan(2000);
  });

  test('0 is no limit', async () => {
    const pacer = new Pacer(0, systemClock);
    const started = performance.now();
    for (let turn = 0; turn < 1000; turn++) await pacer.turn();
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('a stop', () => {
  test('lets all go who wait for their turn, and who come later', async () => {
    const stop = new AbortController();
    const pacer = new Pacer(0.01, systemClock);
    const turns = Array.from({ length: 5 }, () => pacer.turn(stop.signal));
    stop.abort();
    await Promise.all([...turns, pacer.turn(stop.signal)]);
  });

  test('ends a pause at once, and one that begins after it', async () => {
    const stop = new AbortController();
    const started = performance.now();
    const waiting = pause(60_000, stop.signal);
    stop.abort();
    await Promise.all([waiting, pause(60_000, stop.signal)]);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('is told once to each who asked and did not take it back', () => {
    const stop = new AbortController();
    const told: string[] = [];
    onStop(stop.signal, () => told.push('a'));
    onStop(stop.signal, () => told.push('b'))();
    onStop(stop.signal, () => told.push('c'));
    stop.abort();
    expect(told).toEqual(['a', 'c']);
  });
});
