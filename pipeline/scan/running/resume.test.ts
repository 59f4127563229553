/** A scan that was stopped, killed or finished, and is given again: what goes on, what is refused, what is left alone. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../../base/errors.ts';
import { parseBlock } from '../../base/ip-address.ts';
import type { ScanFile } from '../../formats/raw-record.ts';
import {
  Exclusion,
  readTargets,
  realWorld,
  type ScanOptions,
  type ScanWorld,
  scan,
  type TargetList,
} from '../index.ts';
import { type Fleet, startFleet, withoutStartTls } from '../testing/fleet.ts';
import { LOCAL_OPTIONS, readScan } from '../testing/scan-local.ts';

let fleet: Fleet;
let targets: TargetList;
let folder: string;
let out: string;

beforeAll(async () => {
  fleet = await startFleet(60, (socket) => withoutStartTls(socket));
  targets = await listed(fleet.targetsCsv());
});
afterAll(() => fleet.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'census-resume-'));
  out = join(folder, 'raw');
});
afterEach(() => rmSync(folder, { recursive: true }));

function listed(text: string): Promise<TargetList> {
  return readTargets(text.split('\n'), { source: 'fleet', allow_reserved: true });
}

function options(more: Partial<ScanOptions> = {}): ScanOptions {
  return { ...LOCAL_OPTIONS, ports: [25], targets, out, concurrency: 5, endpoints_per_part: 8, ...more };
}

/** Begins the scan and stops it once so many endpoints are done. */
async function stoppedAfter(
  endpoints: number,
  more: Partial<ScanOptions> = {},
  world: Partial<ScanWorld> = {},
) {
  const stop = new AbortController();
  const real = realWorld((state) => state.endpoints >= endpoints && stop.abort());
  const file = await scan(options({ ...more, signal: stop.signal }), { ...real, ...world });
  expect(file.finished_at).toBeNull();
  expect(file.counts.endpoints).toBeLessThan(60);
  return file;
}

const resumed = (more: Partial<ScanOptions> = {}, world: Partial<ScanWorld> = {}) =>
  scan(options({ resume: true, ...more }), { ...realWorld(), ...world });

function expectOnceEach(): ScanFile {
  const { records, file, files } = readScan(out);
  expect(records.map(({ ip }) => ip).sort()).toEqual([...fleet.addresses].sort());
  expect(new Set(records.map((record) => record.endpoint_id)).size).toBe(records.length);
  expect(file.counts.endpoints).toBe(60);
  expect(files).toHaveLength(1 + 3 * file.parts.length);
  return file;
}

test('a scan that is stopped twice holds each endpoint once, in parts that stay as they were', async () => {
  const first = await stoppedAfter(15);
  const second = await stoppedAfter(35, { resume: true });
  expect(second.parts.slice(0, first.parts.length)).toEqual(first.parts);
  const file = await resumed();
  expect(file).toMatchObject({ scan_id: first.scan_id, seed: first.seed, started_at: first.started_at });
  expect(file.finished_at).not.toBeNull();
  expect(expectOnceEach()).toEqual(file);
});

test('with nothing there, or with what died before it wrote anything, a new scan begins', async () => {
  await resumed();
  expectOnceEach();
  rmSync(join(out, 'scan.json'));
  writeFileSync(join(out, 'endpoints-00000.ndjson.gz.partial'), 'half');
  writeFileSync(join(out, 'scan.json.77.partial'), '{');
  writeFileSync(join(out, '.lock'), '');
  await resumed();
  expectOnceEach();
});

test('what a kill left half written is swept out, what is not ours is left alone', async () => {
  await stoppedAfter(20);
  const { parts } = readScan(out).file;
  const next = String(parts.length).padStart(5, '0');
  for (const name of [
    `endpoints-${next}.ndjson.gz`,
    `dh-groups-${next}.ndjson.gz.partial`,
    `resume-${next}0.json`,
  ]) {
    writeFileSync(join(out, name), 'half');
  }
  writeFileSync(join(out, 'notes.txt'), 'mine');
  await resumed();
  expect(readFileSync(join(out, 'notes.txt'), 'utf8')).toBe('mine');
  rmSync(join(out, 'notes.txt'));
  expectOnceEach();
});

test('a finished scan is given back as it is, and nobody is asked', async () => {
  const file = await resumed();
  const connect = () => expect.fail('connected');
  expect(await resumed({}, { connect })).toEqual(file);
  expect(readdirSync(out)).not.toContain('.lock');
});

test('speed may differ, and who scans', async () => {
  await stoppedAfter(20, { concurrency: 5 });
  const file = await resumed({ concurrency: 50, rate: 1000, contact: 'us@census.example', part_ms: 1000 });
  expect(file.contact).toBe('us@census.example');
  expectOnceEach();
});

test('an address that is excluded meanwhile is not asked any more', async () => {
  const before = await stoppedAfter(10);
  const asked = new Set(readScan(out).records.map(({ ip }) => ip));
  const optOut = fleet.addresses.filter((ip) => !asked.has(ip)).slice(0, 7);
  const connect: ScanWorld['connect'] = (ip, port, onData) => {
    expect(optOut).not.toContain(ip);
    return realWorld().connect(ip, port, onData);
  };
  const exclusion = new Exclusion(optOut.map((ip) => parseBlock(ip)!));
  const file = await resumed({ exclusion }, { connect });
  expect(before.excluded.by_operator).toBe(0);
  expect(file).toMatchObject({ excluded: { by_operator: 7 }, counts: { endpoints: 53 } });
});

const OTHERS: [string, Partial<ScanOptions>, RegExp][] = [
  ['ports', { ports: [25, 587] }, /other .*--ports/],
  ['suites', { suites: 'study' }, /other --suites/],
  ['strategy', { strategy: 'exhaustive' }, /other --strategy;/],
  ['shard', { shard: { index: 1, of: 2 } }, /other --shard;/],
  ['seed', { seed: '00'.repeat(16) }, /other --seed;/],
  ['probes', { probes: ['tls13-groups'] }, /other --probes;/],
  ['reserved', { keep_flights: true }, /other --keep-flights;/],
];

test('another scan is not gone on with: the error names what differs', async () => {
  await stoppedAfter(20);
  const before = readFileSync(join(out, 'scan.json'), 'utf8');
  const more = await listed(`${fleet.targetsCsv()}127.0.0.1,25,1\n`);
  for (const [name, other, message] of [
    ...OTHERS,
    ['targets', { targets: more }, /other targets;/] as const,
  ]) {
    const failure = await resumed(other).catch((error: unknown) => error);
    expect(failure, name).toBeInstanceOf(UsageError);
    expect((failure as Error).message, name).toMatch(message);
  }
  expect(readFileSync(join(out, 'scan.json'), 'utf8')).toBe(before);
  await resumed();
  expectOnceEach();
});

test('without --resume a folder that holds a scan is refused and left as it is', async () => {
  await stoppedAfter(20);
  const names = readdirSync(out);
  await expect(resumed({ resume: false })).rejects.toThrow(/already holds a scan .*--resume/);
  expect(readdirSync(out)).toEqual(names);
});

test.each<[string, () => void, RegExp]>([
  [
    'a part that is gone',
    () => rmSync(join(out, 'endpoints-00000.ndjson.gz')),
    /endpoints-00000.*is missing/,
  ],
  ['a damaged scan.json', () => writeFileSync(join(out, 'scan.json'), '{"form'), /scan\.json can't be read/],
  ['a foreign scan.json', () => writeFileSync(join(out, 'scan.json'), '{}'), /no scan\.json/],
  ['no word where to go on', () => rmSync(resumeFile()), /resume-\d+\.json can't be read/],
  ['a damaged one', () => writeFileSync(resumeFile(), '{"scan_id":"x"}'), /doesn't say where/],
  [
    'a folder in use',
    () => writeFileSync(join(out, '.lock'), `1 elsewhere\n`),
    /written by process 1 on elsewhere/,
  ],
])('%s is one line, and nothing is written', async (_, damage, message) => {
  await stoppedAfter(20);
  damage();
  const names = readdirSync(out);
  const failure = await resumed().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UsageError);
  expect((failure as Error).message).toMatch(message);
  expect((failure as Error).message).not.toContain('\n');
  expect(readdirSync(out)).toEqual(names);
});

function resumeFile(): string {
  return join(out, readdirSync(out).find((name) => name.startsWith('resume-'))!);
}

test('two at a time do not write into one folder', async () => {
  const first = scan(options({ rate: 50 }), realWorld());
  await expect(resumed()).rejects.toThrow(/being written by this process/);
  await first;
  expectOnceEach();
});

test('a name keeps the addresses of which one is done, whatever DNS says later', async () => {
  const port = fleet.port;
  const names = await listed(`host,port,connect_port\nmx.example,25,${port}\nmy.example,25,${port}\n`);
  const [a, b, c] = fleet.addresses;
  const identified = { targets: names, helo: 'scanner.census.example', contact: 'us@census.example' };
  const slow: ScanWorld['connect'] = (ip, to, onData) =>
    realWorld().connect(ip === b ? '127.77.255.255' : ip, to, onData);
  const before = await stoppedAfter(
    1,
    { ...identified, concurrency: 1, endpoints_per_part: 1 },
    { resolve: async () => [a!, b!], connect: slow },
  );
  expect(before.counts.endpoints).toBe(1);
  await resumed(identified, { resolve: async () => [c!] });
  const { records } = readScan(out);
  const begun = readScan(out).records.find((record) => record.ip === a)!.host;
  const other = begun === 'mx.example' ? 'my.example' : 'mx.example';
  expect(records.map(({ host, ip }) => `${host} ${ip}`).sort()).toEqual(
    [`${begun} ${a}`, `${begun} ${b}`, `${other} ${c}`].sort(),
  );
});

test('shards have each endpoint once between them, and the same seed gives the same order', async () => {
  const seed = 'ab'.repeat(16);
  const ids: number[] = [];
  // Each address is asked twice in a row: without STARTTLS is what two connections say.
  const orders: string[][] = [];
  for (const index of [1, 2, 3]) {
    out = join(folder, `shard${index}`);
    const order: string[] = [];
    const connect: ScanWorld['connect'] = (ip, port, onData) => {
      if (order.at(-1) !== ip) order.push(ip);
      return realWorld().connect(ip, port, onData);
    };
    const shard = { index, of: 3 };
    await scan(options({ shard, seed, concurrency: 1 }), { ...realWorld(), connect });
    ids.push(...readScan(out).records.map((record) => record.endpoint_id));
    orders.push(order);
  }
  expect(ids.sort((left, right) => left - right)).toEqual(Array.from({ length: 60 }, (_, index) => index));
  const whole: string[] = [];
  out = join(folder, 'whole');
  const connect: ScanWorld['connect'] = (ip, port, onData) => {
    if (whole.at(-1) !== ip) whole.push(ip);
    return realWorld().connect(ip, port, onData);
  };
  await scan(options({ seed, concurrency: 1 }), { ...realWorld(), connect });
  expect(whole).toEqual(Array.from({ length: 60 }, (_, index) => orders[index % 3]![Math.floor(index / 3)]));
  expect(whole).not.toEqual([...whole].sort());
});
