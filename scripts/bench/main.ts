/**
 * `npm run bench [-- --patterns FOLDER] [--runs N]`: ingest of the study's four pattern files beside a bare DuckDB
 * expansion of the same handshakes, and all tables over that lake. Each part runs in a process of its own, so that
 * its memory is its own; the parts of a run alternate, so that a change of the machine's speed meets both.
 * Prints Markdown for the README: medians, and the median of the ratios within a run.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../pipeline/base/package-root.ts';
import { sharedFolder } from '../testing/shared-data.ts';

const { values } = parseArgs({
  options: { patterns: { type: 'string' }, runs: { type: 'string', default: '5' } },
});

interface Measured {
  seconds: number;
  peak_mib: number;
  bytes: number;
  handshakes: number;
}

const PARTS = ['bare-expansion', 'ingest', 'tables'] as const;
type Part = (typeof PARTS)[number];

main();

function main(): void {
  const patterns = values.patterns ?? sharedFolder('study-patterns');
  if (!patterns || !existsSync(patterns)) {
    process.stderr.write('bench: name the folder of the pattern files with --patterns FOLDER\n');
    process.exitCode = 2;
    return;
  }
  const runs: Record<Part, Measured>[] = [];
  for (let run = 0; run < Number(values.runs); run++) runs.push(oneRun(patterns));
  process.stdout.write(markdown(runs));
}

function oneRun(patterns: string): Record<Part, Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'census-bench-'));
  try {
    const measured = PARTS.map((part) => [part, runPart(part, patterns, folder)] as const);
    process.stderr.write(
      `${measured.map(([part, { seconds }]) => `${part} ${seconds.toFixed(1)} s`).join(', ')}\n`,
    );
    return Object.fromEntries(measured) as Record<Part, Measured>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runPart(part: Part, patterns: string, folder: string): Measured {
  const script = fileURLToPath(new URL('study-part.ts', import.meta.url));
  const output = execFileSync(process.execPath, ['--import', 'tsx', script, part, patterns, folder], {
    cwd: packageRoot,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output);
}

function markdown(runs: readonly Record<Part, Measured>[]): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: packageRoot,
    encoding: 'utf8',
  }).trim();
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const rows = PARTS.map((part) => {
    const seconds = runs.map((run) => run[part].seconds);
    const ratios = runs.map((run) => run[part].seconds / run['bare-expansion'].seconds);
    const peak = Math.max(...runs.map((run) => run[part].peak_mib));
    return `| ${part} | ${spread(seconds, 1)} | ${spread(ratios, 2)} | ${peak} |`;
  });
  const { bytes, handshakes } = runs[0]!.ingest;
  return [
    `${runs.length} runs, ${new Date().toISOString().slice(0, 10)}, commit ${commit}, Node ${process.version}, ${machine}`,
    '',
    '| part | seconds: median (least to most) | of bare expansion | peak MiB |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    `${handshakes.toLocaleString('en')} accepted handshakes, ${(bytes / 1e6).toFixed(1)} MB of lake: ` +
      `${(bytes / handshakes).toFixed(2)} bytes a handshake`,
    '',
  ].join('\n');
}

function spread(numbers: readonly number[], digits: number): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const median =
    (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
  return `${median.toFixed(digits)} (${sorted[0]!.toFixed(digits)} to ${sorted.at(-1)!.toFixed(digits)})`;
}
