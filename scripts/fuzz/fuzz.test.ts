/**
 * A short fuzz of everything, found inputs (`found/TARGET.NAME.hex`) once more, and that the fuzzer does find: faults
 * that are put in are found, made small, and the same for the same seed.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../pipeline/base/hex.ts';
import { packageRoot } from '../../pipeline/base/package-root.ts';
import { FuzzRun, faultOf } from './fuzz-run.ts';
import { Fault, type FuzzTarget } from './fuzz-target.ts';
import { mutate } from './mutate.ts';
import { randomOf } from './random.ts';
import { fuzzTargets } from './targets.ts';

const EXECUTIONS = 150;
const targets = fuzzTargets();
const named = (name: string) => targets.find((target) => target.name === name);

test.each(targets.map((target) => [target.name, target] as const))('%s holds', (_name, target) => {
  const run = new FuzzRun(target, 20151028);
  expect(run.run({ executions: EXECUTIONS })).toBeUndefined();
  expect(run.executions).toBeGreaterThanOrEqual(EXECUTIONS);
  expect(run.signatures).toBeGreaterThan(1);
});

describe('inputs that were found', () => {
  const folder = join(import.meta.dirname, 'found');
  const files = readdirSync(folder);
  test.each(files)('%s', (file) => {
    const target = named(file.split('.')[0]!);
    expect(target, 'the name begins with that of a target').toBeDefined();
    const hex = readFileSync(join(folder, file), 'utf8').trim();
    expect(faultOf(target!, new Uint8Array(Buffer.from(hex, 'hex')))).toBeUndefined();
  });
});

describe('the fuzzer', () => {
  const seeds = [new Uint8Array(Buffer.from('a real input with dea in it')), new Uint8Array(200).fill(0xde)];
  const planted = (check: FuzzTarget['check']): FuzzTarget => ({ name: 'planted', seeds, words: [], check });
  const dead = planted((bytes) => {
    if (Buffer.from(bytes).includes(Buffer.of(0xde, 0xad))) throw new Fault(`dead in ${bytes.length} bytes`);
    return 'fine';
  });

  test('finds a fault, and makes its input small', () => {
    const finding = new FuzzRun(dead, 1).run({ executions: 100_000 });
    expect(finding).toMatchObject({ target: 'planted', what: expect.stringContaining('dead in 2 bytes') });
    expect(toHex(finding!.input)).toBe('dead');
  });

  test('finds the same with the same seed', () => {
    const counts = [7, 7, 8].map((seed) => {
      const run = new FuzzRun(dead, seed);
      run.run({ executions: 100_000 });
      return run.executions;
    });
    expect(counts[0]).toBe(counts[1]);
    expect(counts[0]).not.toBe(counts[2]);
  });

  test('finds what takes too long', () => {
    const slow = planted((bytes) => {
      const until = performance.now() + (bytes.length > 250 ? 260 : 0);
      while (performance.now() < until);
      return 'done';
    });
    expect(faultOf(slow, new Uint8Array(200))).toBeUndefined();
    expect(faultOf(slow, new Uint8Array(300))).toMatchObject({ kind: 'slow' });
  });

  test('goes on from inputs that are taken in a new way', () => {
    const deep = planted((bytes) => {
      const depth = [...bytes].findIndex((byte, index) => byte !== index + 1);
      if (depth >= 4) throw new Fault('deep enough');
      return `depth ${depth}`;
    });
    expect(new FuzzRun(deep, 3).run({ executions: 400_000 })?.input).toHaveLength(5);
  });

  test('makes of real bytes others, mostly near them, never too long', () => {
    const random = randomOf(5);
    const input = new Uint8Array(65_530).fill(7);
    const changed = Array.from({ length: 300 }, () => mutate(input, { others: [input], words: [] }, random));
    expect(Math.max(...changed.map((bytes) => bytes.length))).toBe(65_536);
    expect(new Set(changed.map((bytes) => toHex(bytes))).size).toBeGreaterThan(200);
  });

  test('every reader of TLS messages is a target, or part of one', () => {
    const room = join(packageRoot, 'pipeline/tls');
    const files = readdirSync(room).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    const readers = files.flatMap((file) =>
      [...readFileSync(join(room, file), 'utf8').matchAll(/^export function (read[A-Z]\w+)/gm)].map(
        ([, name]) => name!,
      ),
    );
    const source = ['tls-targets.ts', 'protected-target.ts']
      .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
      .join('');
    const missing = readers.filter((name) => !PARTS.has(name) && !new RegExp(`\\b${name}\\b`).test(source));
    expect(readers.length).toBeGreaterThan(15);
    expect(missing).toEqual([]);
  });
});

test('as a program: a short run, one input, and what is asked for wrongly', () => {
  const run = (...words: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'scripts/fuzz/main.ts', ...words], {
      cwd: packageRoot,
      encoding: 'utf8',
    });
  const short = run('--minutes', '0.005', '--seed', '1', '--target', 'alert');
  expect(short.stdout).toMatch(/^seed 1, [\s\S]*alert +\d+ inputs, \d kinds\n\d+ inputs in/);
  expect(short.status).toBe(0);
  expect(run('--target', 'alert', '--input', '0228')).toMatchObject({ status: 0, stdout: 'read\n' });
  expect(run('--target', 'none')).toMatchObject({ status: 2, stderr: expect.stringMatching(/^fuzz: .*\n$/) });
});

/** Read inside of other messages, by readers that are targets. */
const PARTS = new Set([
  ...['readExtensionList', 'readUint16List', 'readCipherKinds', 'readRecordHeader', 'readHandshake'],
  ...['readSsl2Answer', 'readSsl2RecordHeader', 'readSsl2MessageType', 'readWholeCertificates'],
]);
