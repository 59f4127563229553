/**
 * `npx tsx scripts/bench/certificates/main.ts [--runs N] [--certificates N]`: certificates read a second, beside Node's
 * X509Certificate and the openssl command over the same certificates in the same run, and the whole way from part files
 * to rows on one core and on two. Prints Markdown for scripts/bench/README.md.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildProgram } from '../built-program.ts';
import { machineLine } from '../measured-page.ts';
import type { CertificatePartTook } from './part.ts';
import { population } from './population.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, certificates: { type: 'string', default: '60000' } },
});

const PARTS = [
  'node:crypto',
  'readCertificate',
  'self-signatures alone',
  'openssl x509',
  'table, 1 core',
  'table, 2 cores',
] as const;
type Run = Record<(typeof PARTS)[number], CertificatePartTook>;

const folder = mkdtempSync(join(tmpdir(), 'census-bench-certificates-'));
try {
  writeParts(folder, Number(values.certificates));
  const source = buildProgram();
  const runs = Array.from({ length: Number(values.runs) }, () => oneRun(source, folder));
  process.stdout.write(markdown(runs));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** As a scan writes them, four parts. */
function writeParts(folder: string, count: number): void {
  const lines = [...population(count)].map((der) => {
    const sha256 = createHash('sha256').update(der).digest('hex');
    return `${JSON.stringify({ sha256, der: der.toString('base64') })}\n`;
  });
  const size = Math.ceil(count / 4);
  for (let part = 0; part < 4; part++) {
    const text = lines.slice(part * size, (part + 1) * size).join('');
    writeFileSync(join(folder, `certificates-0000${part}.ndjson.gz`), gzipSync(text));
  }
}

function oneRun(source: (path: string) => string, folder: string): Run {
  const took = PARTS.map((part) => {
    const output = execFileSync(
      process.execPath,
      [source('scripts/bench/certificates/part.ts'), part, folder],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    return [part, JSON.parse(output) as CertificatePartTook] as const;
  });
  process.stderr.write(`${took.map(([part, one]) => `${part} ${cost(one).toFixed(0)} µs`).join(', ')}\n`);
  return Object.fromEntries(took) as Run;
}

function markdown(runs: readonly Run[]): string {
  const rows = PARTS.map((part) => {
    const costs = runs.map((run) => cost(run[part]));
    const ratios = runs.map((run) => cost(run['node:crypto']) / cost(run[part]));
    const speeds = runs.map((run) => run[part].certificates / run[part].seconds);
    return `| ${part} | ${spread(costs, 0)} | ${spread(ratios, 1)} | ${spread(speeds, 0)} |`;
  });
  return [
    machineLine(),
    '',
    `${runs.length} runs over ${Number(values.certificates).toLocaleString('en')} certificates, median (least to most):`,
    '',
    '| part | µs CPU a certificate | node:crypto takes times as much | certificates a second |',
    '| --- | --: | --: | --: |',
    ...rows,
    '',
  ].join('\n');
}

function cost({ certificates, cpu_seconds }: CertificatePartTook): number {
  return (cpu_seconds / certificates) * 1e6;
}

function spread(numbers: readonly number[], digits: number): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [least, median, most] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
  return `${median.toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}
