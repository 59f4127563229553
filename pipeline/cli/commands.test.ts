/** What is loaded for a command is what it needs: help and wrong words start no engine, a scan no DuckDB and no Vega. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { censusProgram } from '../../scripts/testing/run-census.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { packageRoot } from '../base/package-root.ts';
import { COMMANDS } from './commands.ts';

const folder = temporaryFolder('commands');

/** Every JavaScript file that `census WORDS` has run, as V8 tells it. */
function loadedBy(...words: string[]): string[] {
  const coverage = join(folder, words.join('-').replaceAll('/', '-'));
  spawnSync(process.execPath, [censusProgram, ...words], {
    env: { ...process.env, NODE_V8_COVERAGE: coverage },
  });
  const reports = readdirSync(coverage).map((name) => readFileSync(join(coverage, name), 'utf8'));
  return reports.flatMap((text) => (JSON.parse(text).result as { url: string }[]).map(({ url }) => url));
}

const ENGINES = /node_modules\/(@duckdb|vega|apache-arrow|@resvg)/;
const STAGES = /\/pipeline\/(scan|ingest|prior|query|report)\//;

const matching = (urls: string[], pattern: RegExp) => urls.filter((url) => pattern.test(url));

test.each(['--help', '--version', 'scna'])('census %s loads no stage', (word) => {
  const loaded = loadedBy(word);
  expect(loaded.some((url) => url.endsWith('/cli/main.ts'))).toBe(true);
  expect(matching(loaded, STAGES)).toEqual([]);
  expect(matching(loaded, ENGINES)).toEqual([]);
});

test('a scan loads its own stage and no engine; a query loads DuckDB', () => {
  const scan = loadedBy('scan', 'none.txt', '--out', 'nowhere');
  expect(matching(scan, /\/pipeline\/scan\/index\.ts$/)).toHaveLength(1);
  expect(matching(scan, ENGINES)).toEqual([]);
  expect(matching(loadedBy('query', '--lake', folder), /node_modules\/@duckdb/)).not.toEqual([]);
});

test('each command has a file of its own, and each file is a command', () => {
  const names = COMMANDS.map(({ command }) => String(command).split(' ')[0]);
  const files = readdirSync(join(packageRoot, 'pipeline/cli/commands')).filter(
    (name) => !name.endsWith('.test.ts'),
  );
  expect(names.map((name) => `${name}.ts`).sort()).toEqual(files.sort());
});
