/**
 * A scan that several machines made: its shards as one scan give the tables of the whole; and processes that bring shards into one
 * lake at the same time, one of them killed, leave each shard in it once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { censusProgram, runCensus } from '../../../scripts/testing/run-census.ts';
import { askLake, villageSample } from '../../../scripts/testing/sample-lake.ts';
import { shardedSample } from '../../../scripts/testing/sharded-sample.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../base/errors.ts';
import { readManifest } from '../../formats/lake-manifest.ts';
import { lakeInfo, verifyLake } from '../../lake/index.ts';
import { queryAll } from '../../query/index.ts';
import { ingest } from '../index.ts';

const folder = temporaryFolder('shards');
const shards = shardedSample(folder, 3);
const sample = JSON.parse(readFileSync(join(villageSample, 'scan.json'), 'utf8'));
const { scan_id } = sample;

test('shards as one scan give the tables of the whole scan, in whatever order they are named', async () => {
  const [whole, united, turned] = ['whole', 'united', 'turned'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await ingest({ inputs: [villageSample], lake: whole });
  const [summary] = await ingest({ inputs: shards, lake: united, scan_id });
  expect(summary).toMatchObject({
    scan_id,
    changed: true,
    complete: true,
    rows: { scans: 1, endpoints: 60 },
  });
  expect(await queryAll({ lake: united })).toEqual(await queryAll({ lake: whole }));
  expect((await verifyLake(united)).faults).toEqual([]);
  await ingest({ inputs: [...shards].reverse(), lake: turned, scan_id });
  expect(readManifest(turned)).toEqual(readManifest(united));
  expect(await ingest({ inputs: shards, lake: united, scan_id })).toMatchObject([{ changed: false }]);
});

test('the measured error of a predictive scan is that of all its shards together; unknown where one does not say', async () => {
  const parts = [1, 0, 3].map((wrong) => ({
    ...{ groups: [], endpoints: { checked: 100, wrong }, standing: 1000, stopped: wrong === 3 },
    ...{
      missed: { sum: wrong, variance: wrong, least: 1, most: 5 },
      estimated_error: wrong / 1000,
      low: 0,
      high: 1,
    },
  }));
  const predictive = shardedSample(join(folder, 'predictive'), 3);
  const write = (place: number, inference: object | null): void => {
    const path = join(predictive[place]!, 'scan.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), inference }));
  };
  const errors = async (lake: string) => {
    await ingest({ inputs: predictive, lake: join(folder, lake), scan_id });
    return askLake(join(folder, lake), 'select inference_error, inference_stopped from FILES(scans)');
  };
  for (const [place, part] of parts.entries()) write(place, part);
  expect(await errors('error')).toEqual([{ inference_error: 4 / 3000, inference_stopped: true }]);
  write(1, null);
  expect(await errors('no-error')).toEqual([{ inference_error: null, inference_stopped: null }]);
});

test('while a shard is missing the scan is not whole; with it, it takes the place of what there was', async () => {
  const lake = join(folder, 'growing');
  const told: string[] = [];
  const tell = (line: string): void => void told.push(line);
  const [part] = await ingest({ inputs: shards.slice(0, 2), lake, scan_id, tell });
  expect(part).toMatchObject({ complete: false, rows: { scans: 1, endpoints: 40 } });
  expect(await askLake(lake, 'select finished_at from FILES(scans)')).toEqual([{ finished_at: null }]);
  const [all] = await ingest({ inputs: shards, lake, scan_id, tell });
  expect(all).toMatchObject({ complete: true, rows: { scans: 1, endpoints: 60 } });
  expect(told).toEqual([]);
  await ingest({ inputs: shards.slice(2), lake, scan_id, tell });
  expect(told).toEqual([
    expect.stringMatching(/: replaces 60 endpoints that came from shard-1-of-3-\S+, .* and 5 more files$/),
  ]);
  expect((await verifyLake(lake)).faults).toEqual([]);
});

test('a line of another scan than the shards is set aside', async () => {
  const raws = shardedSample(join(folder, 'strange'), 2);
  const name = sample.parts[0].endpoints;
  cpSync(join(villageSample, name), join(raws[1]!, name));
  edit(raws[1]!, { parts: sample.parts });
  const [summary] = await ingest({ inputs: raws, lake: join(folder, 'strange-lake'), scan_id });
  expect(summary).toMatchObject({ rows: { endpoints: 30 }, quarantine: { lines: 60 } });
});

test.each<[string, (raws: string[]) => string[], RegExp]>([
  ['the same shard twice', ([a]) => [a!, copyOf(a!)], /both hold scan \S+-1; give it once/],
  [
    'a shard that was scanned twice',
    ([a, b]) => [a!, edit(b!, { shard: { index: 1, of: 2 } })],
    /are both shard 1 of 2; give one of them/,
  ],
  [
    'another seed',
    ([a, b]) => [a!, edit(b!, { seed: '0'.repeat(32) })],
    /they have another seed; leave --scan-id/,
  ],
  ['other targets', ([a, b]) => [a!, edit(b!, { targets_sha256: '0'.repeat(64) })], /another targets_sha256/],
  [
    'of another number',
    ([a, b]) => [a!, edit(b!, { shard: { index: 2, of: 3 } })],
    /they have another number of shards/,
  ],
  ['a whole scan', ([a]) => [a!, villageSample], /village is a whole scan, no shard of one/],
])('%s is refused in one line, and nothing is written', async (name, inputs, message) => {
  const lake = join(folder, `refused-${name}`);
  const raws = shardedSample(join(folder, `of ${name}`), 2);
  const failure = await ingest({ inputs: inputs(raws), lake, scan_id }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(message);
  expect(existsSync(lake)).toBe(false);
});

test('four processes at once into one lake, one killed at work: each shard is in it once', async () => {
  const lake = join(folder, 'shared');
  const raws = shardedSample(join(folder, 'machines'), 4);
  const killed = ingesting(raws[0]!, lake);
  const killedEnd = once(killed, 'exit');
  await holdsLock(killed, lake);
  const others = raws.slice(1).map((raw) => runCensus(words(raw, lake)));
  await sleep(200);
  killed.kill('SIGKILL');
  expect((await killedEnd)[1]).toBe('SIGKILL');
  for (const { code, stderr } of await Promise.all(others)) expect(code, stderr).toBe(0);
  expect((await lakeInfo(lake)).scans.map((scan) => scan.endpoints)).toEqual([15, 15, 15]);
  const again = await Promise.all(raws.map((raw) => runCensus(words(raw, lake))));
  expect(again.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  expect(again.filter(({ stdout }) => / is unchanged in /.test(stdout))).toHaveLength(3);
  expect((await lakeInfo(lake)).scans.map((scan) => scan.endpoints)).toEqual([15, 15, 15, 15]);
  expect(await verifyLake(lake)).toMatchObject({ faults: [] });
  expect(
    await askLake(
      lake,
      'select count(*)::int as n, count(distinct endpoint_id)::int as ids from FILES(endpoints)',
    ),
  ).toEqual([{ n: 60, ids: 60 }]);
}, 180_000);

test('a lock of another machine is waited for as long as told, then one line says whose it is', async () => {
  const lake = join(folder, 'elsewhere');
  await ingest({ inputs: [shards[0]!], lake });
  writeFileSync(join(lake, '.lock'), '1 elsewhere 00\n');
  const begun = performance.now();
  await expect(ingest({ inputs: [shards[1]!], lake, wait_seconds: 1.5 })).rejects.toThrow(
    /is being written by process 1 on elsewhere; wait for it, or remove .*\.lock if it is gone$/,
  );
  expect(performance.now() - begun).toBeGreaterThan(1400);
});

function words(raw: string, lake: string): string[] {
  return ['ingest', raw, '--lake', lake, '--wait', '120'];
}

function ingesting(raw: string, lake: string): ChildProcess {
  return spawn(process.execPath, [censusProgram, ...words(raw, lake)], { stdio: 'ignore' });
}

async function holdsLock({ pid, exitCode }: ChildProcess, lake: string): Promise<void> {
  const path = join(lake, '.lock');
  while (!(existsSync(path) && readFileSync(path, 'utf8').startsWith(`${pid} `))) {
    if (exitCode !== null) throw new Error('the ingest ended before it held the lock');
    await sleep(2);
  }
}

function edit(raw: string, change: object): string {
  const path = join(raw, 'scan.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
  return raw;
}

function copyOf(raw: string): string {
  cpSync(raw, `${raw}-again`, { recursive: true });
  return `${raw}-again`;
}
