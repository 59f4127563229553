/**
 * `npx tsx scripts/bench/study-size/main.ts [--sizes N,N…] [--patterns FOLDER] [--folder FOLDER] [--keep] [--again]`: made
 * populations up to the size of the study, each simulated, ingested and read bare by DuckDB in the same run, into
 * docs/study-size.md and a plot beside it. What a size took is kept in FOLDER/measured.json, so that a run that was ended
 * goes on with the next size; `--again` measures all anew. A size that fails is told and left out.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeWhole } from '../../../pipeline/base/files.ts';
import { packageRoot } from '../../../pipeline/base/package-root.ts';
import { sharedFolder } from '../../testing/shared-data.ts';
import { machineLine, writeMeasured } from '../measured-page.ts';
import { buildPackage } from './built-package.ts';
import { markdown } from './markdown.ts';
import { type Measured, measureSize } from './one-size.ts';
import { plotCost } from './plot.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000,1000000,10000000,18381936' },
    patterns: { type: 'string' },
    folder: { type: 'string', default: join(tmpdir(), 'census-study-size') },
    keep: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
  },
});

/** What was measured of a size, and on which machine and commit. */
type Kept = Measured & { machine: string };

const started = performance.now();
process.exitCode = await main();

async function main(): Promise<number> {
  const sizes = values.sizes.split(',').map(Number);
  if (sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    process.stderr.write(`study-size: --sizes is ${values.sizes}; give whole numbers, as in 10000,100000\n`);
    return 2;
  }
  const folder = resolve(values.folder);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'measured.json');
  const kept = values.again ? [] : readKept(file);
  const missing = sizes.filter((size) => !kept.some(({ endpoints }) => endpoints === size));
  for (const { endpoints } of kept) say(`${endpoints.toLocaleString('en')} endpoints are in ${file} already`);
  let failures = 0;
  const program = missing.length > 0 ? buildPackage(join(folder, 'package')) : '';
  for (const endpoints of missing) {
    try {
      const patterns = values.patterns ?? sharedFolder('study-patterns');
      const measured = await measureSize({ endpoints, program, patterns, folder, keep: values.keep, say });
      kept.push({ ...measured, machine: machineLine() });
      writeWhole(file, `${JSON.stringify(kept, null, 1)}\n`);
    } catch (error) {
      failures++;
      say(`${endpoints.toLocaleString('en')} endpoints are left out: ${(error as Error).message}`);
    }
  }
  await publish(
    kept.filter(({ endpoints }) => sizes.includes(endpoints)).sort((a, b) => a.endpoints - b.endpoints),
  );
  return failures > 0 ? 1 : 0;
}

async function publish(measured: readonly Kept[]): Promise<void> {
  if (measured.length === 0) return;
  const { svg, png } = await plotCost(measured);
  writeFileSync(join(packageRoot, 'docs/study-size.svg'), svg);
  writeFileSync(join(packageRoot, 'docs/study-size.png'), png);
  const machines = [...new Set(measured.map(({ machine }) => machine))];
  writeMeasured('docs/study-size.md', [...machines, '', markdown(measured)].join('\n'));
  say('docs/study-size.md and its plot are written');
}

function readKept(file: string): Kept[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

function say(line: string): void {
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stderr.write(`[${seconds} s] ${line}\n`);
}
