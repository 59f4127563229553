/**
 * `npx tsx scripts/bench/enrich/main.ts [--addresses N] [--prefixes N]`: origin AS of distinct addresses in a table, as ingest
 * finds it, beside the same join by DuckDB alone and beside a binary trie, in the same run. Prints Markdown.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { buildProgram } from '../built-program.ts';
import { machineLine } from '../measured-page.ts';
import type { EnrichTook } from './enrich-part.ts';

const { values } = parseArgs({
  options: {
    addresses: { type: 'string', default: '20000000' },
    prefixes: { type: 'string', default: '1000000' },
  },
});

const part = buildProgram()('scripts/bench/enrich/enrich-part.ts');
const text = execFileSync(process.execPath, [part, values.addresses, values.prefixes], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
const { seconds, peak_mib } = JSON.parse(text) as EnrichTook;
const million = (text: string): string => `${Number(text) / 1e6} million`;
process.stdout.write(
  [
    `${machineLine()} ${million(values.addresses)} addresses, ${million(values.prefixes)} prefixes; peak ${peak_mib} MiB.`,
    '',
    '| part | seconds | of CPU |',
    '| --- | --: | --: |',
    ...Object.entries(seconds).map(
      ([name, [wall, cpu]]) => `| ${name} | ${wall.toFixed(1)} | ${cpu.toFixed(1)} |`,
    ),
    '',
  ].join('\n'),
);
