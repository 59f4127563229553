/** Targets to tasks: in a random order, names a bounded way ahead, and a slow or dead name keeps nobody waiting. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Exclusion, readTargets } from '../index.ts';
import { permutation } from '../targets/permutation.ts';
import { TargetSpace } from '../targets/target-space.ts';
import type { HostTask } from './host-task.ts';
import { Ledger } from './ledger.ts';
import { TaskSource } from './task-source.ts';

const SEED = '00112233445566778899aabbccddeeff';

async function sourceOf(
  lines: string[],
  resolve: (host: string) => Promise<string[]> = async () => [],
  exclude = new Exclusion(),
) {
  const targets = await readTargets(lines, { source: 'test', allow_reserved: true });
  const space = new TargetSpace(targets, { ports: [25, 587], allow_reserved: true, exclusion: exclude });
  const ledger = new Ledger();
  const rules = { allow_reserved: true, exclusion: exclude };
  const shard = { index: 1, of: 1 };
  const order = permutation(space.slots, SEED);
  return {
    source: new TaskSource({ space, order, shard, rules, max_handshakes: 9, resolve }, ledger),
    ledger,
  };
}

const never = new AbortController().signal;

async function all(source: TaskSource): Promise<HostTask[]> {
  const tasks: HostTask[] = [];
  for await (const task of source.tasks(never)) tasks.push(task);
  return tasks;
}

test('an address is one task with all its ports and one budget; a name is one for each of its addresses', async () => {
  const { source } = await sourceOf(['192.0.2.0/30', 'mx.example'], async () => [
    '198.51.100.2',
    '198.51.100.1',
  ]);
  const tasks = await all(source);
  expect(tasks.map(({ ip }) => ip).sort()).toEqual(
    ['192.0.2.0', '192.0.2.1', '192.0.2.2', '192.0.2.3', '198.51.100.1', '198.51.100.2'].sort(),
  );
  for (const { endpoints, budget } of tasks) {
    expect(endpoints.map((one) => one.connect_port)).toEqual([25, 587]);
    expect(budget).toEqual({ handshakes: 9 });
  }
  expect(new Set(tasks.map(({ budget }) => budget)).size).toBe(tasks.length);
});

test('a large block comes in a random order, and no further than it is asked for', async () => {
  const { source, ledger } = await sourceOf(['10.0.0.0/8']);
  const seen: HostTask[] = [];
  for await (const task of source.tasks(never)) if (seen.push(task) === 1000) break;
  expect(new Set(seen.map(({ ip }) => ip)).size).toBe(1000);
  expect(new Set(seen.map(({ ip }) => ip!.split('.')[1])).size).toBeGreaterThan(200);
  expect(ledger.nextPlace).toBeLessThan(1000 + 300);
});

test('names are resolved a bounded way ahead, and a slow one keeps nobody waiting', async () => {
  let [open, most] = [0, 0];
  const names = Array.from({ length: 2000 }, (_, index) => `mx${index}.example`);
  const { source } = await sourceOf(names, async (host) => {
    most = Math.max(most, ++open);
    if (host === 'mx7.example') await sleep(300);
    open--;
    return ['192.0.2.1'];
  });
  const hosts = (await all(source)).map(({ endpoints }) => endpoints[0]!.host);
  expect(new Set(hosts).size).toBe(2000);
  expect(hosts.at(-1)).toBe('mx7.example');
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(256);
});

test('a name that has no address, or that DNS is silent about, is a task all the same', async () => {
  const { source } = await sourceOf(['none.example', 'silent.example'], async (host) => {
    if (host === 'silent.example') throw new Error('queryA ETIMEOUT');
    return [];
  });
  const tasks = await all(source);
  expect(tasks.map(({ ip }) => ip)).toEqual([null, null]);
  expect(tasks.map(({ endpoints }) => endpoints[0]!.refused!.error_detail).sort()).toEqual([
    'no A or AAAA record',
    'queryA ETIMEOUT',
  ]);
});

test('what is excluded gives none, however much of it there is', async () => {
  const exclusion = new Exclusion([{ family: 4, first: 0x0a000000n, last: 0x0a00fff0n }]);
  const { source, ledger } = await sourceOf(['10.0.0.0/16'], undefined, exclusion);
  expect(await all(source)).toHaveLength(15);
  expect(ledger.nextPlace).toBe(65_536);
});

test('a stop waits for no name', async () => {
  const stop = new AbortController();
  const { source } = await sourceOf(['mx.example'], () => new Promise(() => {}));
  const tasks: HostTask[] = [];
  const reading = (async () => {
    for await (const task of source.tasks(stop.signal)) tasks.push(task);
  })();
  await sleep(20);
  stop.abort();
  await reading;
  expect(tasks).toEqual([]);
});
