/** `census lake` and `census export` as a user meets them: what they say, and how they end. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { runCensus } from '../../../scripts/testing/run-census.ts';
import { copyOfLake, sampleLake } from '../../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { readManifest } from '../../formats/lake-manifest.ts';

const folder = temporaryFolder('cli-lake');
let lake: string;
let scan_id: string;

beforeAll(async () => {
  ({ lake, scan_id } = await sampleLake(folder));
});

test('info: text for people, JSON for programs', async () => {
  const [text, json] = await Promise.all([
    runCensus(['lake', 'info', '--lake', lake]),
    runCensus(['lake', 'info', '--lake', lake, '--format', 'json']),
  ]);
  expect(text.stdout).toMatch(/format 4, 1 scan, \d+ files, [\d.]+ kB\n/);
  expect(text.stdout).toContain(scan_id);
  expect(text.stdout).toMatch(
    /accepted handshakes: \d+, [\d.]+ bytes of the whole lake each; [\d.]+ bytes of the table handshakes a row\n/,
  );
  expect(JSON.parse(json.stdout)).toMatchObject({
    files: readManifest(lake).files.length,
    scans: [{ scan_id }],
  });
});

test('verify: exit code 0 for a whole lake, 1 and a line a fault for another', async () => {
  const whole = await runCensus(['lake', 'verify', '--lake', lake]);
  expect([whole.code, whole.stderr]).toEqual([0, '']);
  expect(whole.stdout).toMatch(/all as the manifest says\n$/);
  const harmed = copyOfLake(lake, 'harmed');
  const [first, second] = readManifest(harmed).files;
  for (const file of [first!, second!]) rmSync(join(harmed, file.path));
  const text = await runCensus(['lake', 'verify', '--lake', harmed]);
  expect(text).toEqual({
    code: 1,
    stderr: '',
    stdout: `${first!.path}: is missing\n${second!.path}: is missing\n`,
  });
  const json = await runCensus(['lake', 'verify', '--lake', harmed, '--format', 'json']);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout).faults).toHaveLength(2);
});

test('export: a key, a lake for others, and neither over what is there', async () => {
  const key = join(folder, 'census.key');
  const out = join(folder, 'shared');
  expect((await runCensus(['export', '--new-key', key])).stdout).toMatch(/a new key/);
  const words = ['export', '--anonymize', '--key', key, '--lake', lake, '--out', out];
  expect((await runCensus(words)).stdout).toMatch(/1 scan, \d+ files/);
  expect(readManifest(out).files.length).toBe(readManifest(lake).files.length);
  expect((await runCensus(['ingest', join(folder, 'none'), '--lake', out])).code).toBe(2);
  for (const again of [words, ['export', '--new-key', key]]) {
    const ended = await runCensus(again);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toMatch(/is not empty|is there already/);
  }
});

test('compact and drop-scan say what they did, export-ddl writes statements', async () => {
  const copy = copyOfLake(lake, 'changed');
  expect((await runCensus(['lake', 'compact', '--lake', copy])).stdout).toMatch(
    /nothing to do, \d+ files\n$/,
  );
  const ddl = await runCensus(['lake', 'export-ddl', '--engine', 'duckdb', '--lake', copy]);
  expect(ddl.stdout).toMatch(/^create schema if not exists census;\n/);
  expect((await runCensus(['lake', 'drop-scan', scan_id, '--lake', copy])).stdout).toMatch(/ is gone from /);
  expect(readManifest(copy).files).toEqual([]);
});

describe('wrong words are one line', () => {
  test.each<[string, () => string[], RegExp]>([
    ['nothing to do', () => ['lake'], /say what to do with the lake/],
    ['an unknown verb', () => ['lake', 'inspect', '--lake', lake], /inspect/],
    ['no lake', () => ['lake', 'info', '--lake', folder], /is no lake/],
    ['an unknown scan', () => ['lake', 'drop-scan', 'x', '--lake', lake], /has no scan "x"; it has: 2/],
    ['an unknown engine', () => ['lake', 'export-ddl', '--engine', 'hive', '--lake', lake], /engine/],
    [
      'an export of no kind',
      () => ['export', '--lake', lake, '--out', join(folder, 'x')],
      /say how: --anonymize/,
    ],
    [
      'an export without a key',
      () => ['export', '--anonymize', '--lake', lake, '--out', join(folder, 'x')],
      /needs --key FILE/,
    ],
    ['a key and more', () => ['export', '--new-key', join(folder, 'k'), '--lake', lake], /nothing else/],
    [
      'an address file for patterns',
      () => ['ingest', '--from', 'study-patterns', 'p.csv', '--country', 'c.csv', '--lake', lake],
      /have no addresses/,
    ],
  ])('%s', async (_, words, message) => {
    const ended = await runCensus(words());
    expect(ended.stderr).toMatch(/^census: [^\n]+\n$/);
    expect(ended.stderr).toMatch(message);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});
