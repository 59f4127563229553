/** `census run` on the village, broken off in each way: given again it finishes, and its tables are the truth's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { censusProgram, runCensus } from '../../../scripts/testing/run-census.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { startVillage, type Village } from '../../../scripts/village/index.ts';
import { VILLAGE_PACE_WORDS } from '../../../scripts/village/pace.ts';
import { truthTables } from '../../../scripts/village/truth-tables.ts';
import type { ScanFile } from '../../formats/raw-record.ts';
import type { ResultTable } from '../../formats/result-table.ts';

const folder = temporaryFolder('run');
let village: Village;
let words: string[];

beforeAll(async () => {
  village = await startVillage();
  const targets = join(folder, 'village.csv');
  writeFileSync(targets, village.targetsCsv());
  words = [
    'run',
    targets,
    '--allow-reserved',
    '--timeout-ms',
    '2000',
    '--greeting-timeout-ms',
    '2000',
    ...VILLAGE_PACE_WORDS,
  ];
});

afterAll(() => village?.stop());

test.each([
  ['SIGINT', { code: 130, signal: null }],
  ['SIGKILL', { code: null, signal: 'SIGKILL' }],
] as const)(
  '%s during the scan',
  async (signal, ended) => {
    const out = join(folder, signal);
    // Slow enough to be in the middle of it.
    const child = startRun([...words, '--out', out, '--rate', '20']);
    await until(() => existsSync(join(out, 'raw', 'scan.json')));
    await sleep(300);
    expect(await end(child, signal)).toEqual(ended);
    expect(existsSync(join(out, 'run.json'))).toBe(false);
    const begun: ScanFile = JSON.parse(readFileSync(join(out, 'raw', 'scan.json'), 'utf8'));
    expect(begun.finished_at).toBeNull();

    const finished = await expectFinished(out);
    expect(finished.scan_id).toBe(begun.scan_id);
    expect(finished.parts.slice(0, begun.parts.length)).toEqual(begun.parts);
  },
  240_000,
);

test('SIGINT after the scan ends the program at once, and the scan is kept', async () => {
  const out = join(folder, 'later');
  const child = startRun([...words, '--out', out, '--rate', '0']);
  await until(() => existsSync(join(out, 'run.json')));
  const { code, signal } = await end(child, 'SIGINT');
  // A shell says 130 for this.
  expect(signal ?? code).toBe('SIGINT');
  const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
  expect(run.finished).toContain('scan');
  expect(run.finished).not.toContain('report');
  const scanned = readFileSync(join(out, 'raw', 'scan.json'), 'utf8');

  await expectFinished(out);
  expect(readFileSync(join(out, 'raw', 'scan.json'), 'utf8')).toBe(scanned);
}, 240_000);

function startRun(all: string[]): ChildProcess {
  return spawn(process.execPath, [censusProgram, ...all], { stdio: 'ignore' });
}

async function end(child: ChildProcess, by: NodeJS.Signals): Promise<{ code: unknown; signal: unknown }> {
  const exit = once(child, 'exit');
  child.kill(by);
  const [code, signal] = await exit;
  return { code, signal };
}

async function until(done: () => boolean): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!done()) {
    if (performance.now() > deadline) throw new Error('it did not come to that');
    await sleep(5);
  }
}

/** The same command again does what is left, and every table holds what the village is. */
async function expectFinished(out: string): Promise<ScanFile> {
  const again = await runCensus([...words, '--out', out, '--rate', '0']);
  expect(again.stderr).toMatch(/report: …/);
  expect(again.code).toBe(0);
  expect(existsSync(join(out, 'report', 'index.html'))).toBe(true);
  const file: ScanFile = JSON.parse(readFileSync(join(out, 'raw', 'scan.json'), 'utf8'));
  const truth = truthTables(village.endpoints, {
    scan_id: file.scan_id,
    started_at: file.started_at,
    finished_at: file.finished_at!,
    offered: new Map(Object.entries(file.cipher_suites).map(([version, list]) => [Number(version), list])),
    handshakes: file.counts.handshakes,
  });
  for (const [name, { rows }] of Object.entries(truth)) {
    const table: ResultTable = JSON.parse(readFileSync(join(out, 'tables', `${name}.json`), 'utf8'));
    // How short a hello was is the scanner's affair.
    const at = table.columns.findIndex((column) => column.name === 'shortest_hello');
    expect(
      table.rows.map((row) => (at < 0 ? row : row.with(at, null))),
      name,
    ).toEqual(rows);
  }
  return file;
}
