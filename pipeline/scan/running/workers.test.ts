/** Several processes ask, one writes: the same records, the same care for each address, and an end that leaves nobody. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { childrenOf } from '../../../scripts/testing/child-processes.ts';
import { censusProgram, runCensus } from '../../../scripts/testing/run-census.ts';
import { UsageError } from '../../base/errors.ts';
import { readTargets, realWorld, type ScanOptions, scan } from '../index.ts';
import { type Fleet, startFleet, withoutStartTls } from '../testing/fleet.ts';
import { LOCAL_OPTIONS, readScan } from '../testing/scan-local.ts';

let folder: string;
let out: string;
let fleet: Fleet;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'census-workers-'));
  out = join(folder, 'raw');
});
afterEach(async () => {
  await fleet.close();
  rmSync(folder, { recursive: true });
});

async function options(csv: string, more: Partial<ScanOptions> = {}): Promise<ScanOptions> {
  const targets = await readTargets(csv.split('\n'), { source: 'fleet', allow_reserved: true });
  return { ...LOCAL_OPTIONS, ports: [25], targets, out, concurrency: 30, workers: 3, ...more };
}

test('three workers: every endpoint once, an address never asked by two, its pause kept', async () => {
  fleet = await startFleet(20, (socket) => withoutStartTls(socket, 5));
  const rows = fleet.addresses.flatMap((ip) => [25, 587].map((port) => `${ip},,${port},${fleet.port}`));
  const names = fleet.addresses.map((_, index) => `,mx${index}.example,25,${fleet.port}`);
  const csv = ['ip,host,port,connect_port', ...rows, ...names].join('\n');
  const resolve = async (host: string) => [fleet.addresses[Number(/\d+/.exec(host)) % 7]!];
  const polite = { address_connections: 1, address_pause_ms: 200 };
  const identified = { helo: 'scanner.census.example', contact: 'us@census.example' };
  const file = await scan(await options(csv, { ...polite, ...identified }), { ...realWorld(), resolve });
  expect(file.counts).toMatchObject({ endpoints: 60, outcomes: { no_starttls: 60 } });
  const { records } = readScan(out);
  expect(new Set(records.map((record) => record.endpoint_id)).size).toBe(60);
  expect(records.filter(({ host }) => host !== null)).toHaveLength(20);
  const visits = [...fleet.visits.values()];
  expect(visits.reduce((sum, { connections }) => sum + connections, 0)).toBe(2 * 60);
  for (const { most, shortest_pause_ms } of visits) {
    expect(most).toBe(1);
    // A busy server sees the end of a connection later than the client does.
    expect(shortest_pause_ms).toBeGreaterThan(50);
  }
}, 60_000);

test('a worker that dies ends the scan in one line; what is whole is kept, and the rest is done by --resume', async () => {
  fleet = await startFleet(60, (socket) => withoutStartTls(socket, 20));
  const running = scan(await options(fleet.targetsCsv(), { rate: 60, endpoints_per_part: 5 }), realWorld());
  const ended = running.catch((error: unknown) => error);
  while ([...fleet.visits.values()].filter(({ connections }) => connections > 1).length < 20) await sleep(10);
  process.kill(childrenOf(process.pid).find(isWorker)!, 'SIGKILL');
  const failure = await ended;
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(/^worker \d of 3 ended \(SIGKILL\).*--resume goes on$/);
  expect(childrenOf(process.pid).filter(isWorker)).toEqual([]);
  const kept = readScan(out);
  expect(kept.file.finished_at).toBeNull();
  expect(kept.records.length).toBeGreaterThan(0);
  expect(kept.records.length).toBeLessThan(60);
  await scan(await options(fleet.targetsCsv(), { resume: true, workers: 2 }), realWorld());
  expect(
    readScan(out)
      .records.map(({ ip }) => ip)
      .sort(),
  ).toEqual([...fleet.addresses].sort());
}, 60_000);

test('a scan that is killed leaves no worker behind', async () => {
  fleet = await startFleet(60, (socket) => withoutStartTls(socket, 20));
  const child = await startScan(['--workers', '2', '--rate', '30']);
  const workers = childrenOf(child.pid!).filter(isWorker);
  expect(workers).toHaveLength(2);
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  await until(() => workers.every((pid) => !isRunning(pid)));
}, 60_000);

test('Ctrl-C reaches all: the scan ends cleanly, and goes on by --resume', async () => {
  fleet = await startFleet(40, (socket) => withoutStartTls(socket, 20));
  const child = await startScan(['--workers', '2', '--rate', '30']);
  const workers = childrenOf(child.pid!).filter(isWorker);
  const exit = once(child, 'exit');
  // As a terminal does it: to the whole group.
  process.kill(-child.pid!, 'SIGINT');
  expect(await exit).toEqual([130, null]);
  await until(() => workers.every((pid) => !isRunning(pid)));
  const { file, files } = readScan(out);
  expect(file.finished_at).toBeNull();
  expect(files.filter((name) => name.endsWith('.partial'))).toEqual([]);

  const again = await runCensus([...words(), '--workers', '2', '--resume']);
  expect(again.stderr).toMatch(/scan done: 40 endpoints/);
  expect(again.code).toBe(0);
  const thrice = await runCensus([...words(), '--resume']);
  expect(thrice.stderr).toMatch(/^the scan in .* was finished at .*: nothing to do\n$/);
  expect(thrice.code).toBe(0);
  expect(
    readScan(out)
      .records.map(({ ip }) => ip)
      .sort(),
  ).toEqual([...fleet.addresses].sort());
}, 60_000);

function words(): string[] {
  const targets = join(folder, 'targets.csv');
  writeFileSync(targets, fleet.targetsCsv());
  return ['scan', targets, '--out', out, '--allow-reserved', '--rate', '0'];
}

/** `census scan` in a process group of its own, once it has asked somebody. */
async function startScan(more: string[]): Promise<ChildProcess> {
  const all = [...words().slice(0, -2), ...more];
  const child = spawn(process.execPath, [censusProgram, ...all], { stdio: 'ignore', detached: true });
  await until(() => [...fleet.visits.values()].some(({ connections }) => connections > 0));
  return child;
}

function isWorker(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('census.mjs');
}

function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

async function until(done: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!done()) {
    if (performance.now() > deadline) throw new Error('it did not come to that');
    await sleep(10);
  }
}
