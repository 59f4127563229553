/** Batches over several engines: each once, in turn where they pass something on, and the first failure is the one that is told. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../base/duckdb.ts';
import { onEngines } from './batch-engines.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase({ threads: 3, memory_limit: '3GB' });
});
afterAll(() => database.close());

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('each batch is worked once; what they pass on comes in their order, however long each takes', async () => {
  const batches = [30, 1, 20, 1, 1, 10, 1];
  const seen: number[] = [];
  let engines = 0;
  await onEngines(database, batches, 0, async (engine) => {
    engines++;
    const connection = await engine.connect();
    const [threads] = (await connection.runAndReadAll("select current_setting('threads')")).getRows()[0]!;
    expect(Number(threads)).toBe(1);
    return async (ms, nth, { taken, pass }) => {
      await later(ms);
      const before = await taken;
      seen.push(nth);
      pass(before + ms);
      if (nth === batches.length - 1) expect(before + ms).toBe(64);
    };
  });
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(engines).toBe(3);
});

test('of several failures that of the first batch is told; later batches are not begun', async () => {
  const begun: number[] = [];
  const work = onEngines(
    database,
    Array.from({ length: 40 }),
    0,
    async () =>
      async (_, nth, { taken, pass }) => {
        begun.push(nth);
        if (nth === 3) throw new Error('batch 3');
        pass(nth);
        if (nth === 2) {
          await later(20);
          throw new Error('batch 2');
        }
        await taken;
        await later(5);
      },
  );
  await expect(work).rejects.toThrow('batch 2');
  expect(begun.length).toBeLessThan(12);
});

test('a batch that waits for one that fails does not take its place', async () => {
  const work = onEngines(database, [0, 1, 2, 3], 0, async () => async (_, nth, { taken, pass }) => {
    if (nth === 0) setTimeout(() => pass(nth), 60);
    if (nth === 1) await taken;
    if (nth === 2) await later(30);
    if (nth >= 2) throw new Error(`batch ${nth}`);
  });
  await expect(work).rejects.toThrow('batch 2');
});

test('an engine that cannot be prepared ends the work', async () => {
  const work = onEngines(database, [1, 2], 0, async () => {
    throw new Error('no room');
  });
  await expect(work).rejects.toThrow('no room');
});

test('memory bounds how many work at a time', async () => {
  const small = await openDatabase({ threads: 4, memory_limit: '1GB' });
  const engines = await small.singles(10, 900);
  expect(engines).toHaveLength(1);
  for (const engine of engines) engine.close();
  small.close();
});
