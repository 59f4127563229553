/**
 * `npx tsx scripts/defects/main.ts [--set NAME] [--condition TEXT] [--answer TEXT] [--list] [--hellos] [--markdown FILE]`: scans
 * the defective servers whose condition and answer contain these texts (`alert 40`, `more than`), and prints what the
 * records say. `--hellos` adds each hello as the front saw it, `--strategy exhaustive` scans so.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../../pipeline/base/errors.ts';
import { acceptedAt } from '../../pipeline/scan/testing/scan-local.ts';
import { startBackEnds } from './back-ends.ts';
import {
  COMBINATIONS,
  CONTROL,
  type Combination,
  FURTHER_COMBINATIONS,
  SOME_COMBINATIONS,
} from './combinations.ts';
import { inParallel } from './in-parallel.ts';
import { VERSION_NAMES } from './outcome.ts';
import { type CombinationRun, runCombination } from './run-combination.ts';
import { matrixTable, summary, verdict } from './table.ts';

const OPTIONS = {
  set: { type: 'string', default: 'matrix' },
  condition: { type: 'string', default: '' },
  answer: { type: 'string', default: '' },
  strategy: { type: 'string', default: 'adaptive' },
  parallel: { type: 'string', default: '16' },
  list: { type: 'boolean', default: false },
  hellos: { type: 'boolean', default: false },
  markdown: { type: 'string' },
} as const;

/** `some` is what `npm test` runs, `further` what the matrix does not have. */
const SETS: Record<string, readonly Combination[]> = {
  matrix: COMBINATIONS,
  some: SOME_COMBINATIONS,
  further: FURTHER_COMBINATIONS,
};

/** So many runs and fewer are shown whole. */
const DETAILED = 4;

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`defects: ${error.message}\n`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const chosen = combinations(values);
  if (values.list) return say(chosen.map(({ name }) => name));
  const strategy = values.strategy === 'exhaustive' ? 'exhaustive' : 'adaptive';
  const folder = mkdtempSync(join(tmpdir(), 'census-defects-'));
  const back_ends = await startBackEnds(folder);
  try {
    const run = async (combination: Combination) => {
      const done = await runCombination(combination, back_ends, { strategy });
      if (chosen.length > DETAILED) say([line(done)]);
      return done;
    };
    const runs = await inParallel(chosen, Number(values.parallel), run);
    if (chosen.length <= DETAILED) for (const done of runs) say(details(done, values.hellos));
    say(['', summary(runs)]);
    if (values.markdown === undefined) return;
    const control = await runCombination(CONTROL, back_ends, { strategy });
    writeFileSync(values.markdown, matrixTable(runs, control));
  } finally {
    await back_ends.stop();
    rmSync(folder, { recursive: true });
  }
}

function combinations({
  set,
  condition,
  answer,
}: {
  set: string;
  condition: string;
  answer: string;
}): Combination[] {
  const all = SETS[set];
  if (!all) throw new UsageError(`--set ${set}: known are ${Object.keys(SETS).join(', ')}`);
  const isExact = all.some((one) => one.condition.name === condition);
  const chosen = all.filter((one) => {
    const { name } = one.condition;
    return (isExact ? name === condition : name.includes(condition)) && one.answer.includes(answer);
  });
  if (chosen.length === 0) throw new UsageError('no such combination: see --list');
  return chosen;
}

function line({ combination, outcome, record, duration_ms }: CombinationRun): string {
  const cost = `${record.effort.handshakes} handshakes, ${(duration_ms / 1000).toFixed(1)} s`;
  return `${combination.name}: ${verdict(outcome)}; ${cost}`;
}

function details(run: CombinationRun, hellos: boolean): string[] {
  const { record, log } = run;
  const versions = record.versions.map((counts) => {
    const { version, offered, accepted, rejected, errors, not_tested, handshakes } = counts;
    const suites = acceptedAt(record, version).map((suite) => suite.toString(16));
    const sums = `offered ${offered} accepted ${accepted} rejected ${rejected} errors ${errors} not tested ${not_tested}`;
    return `  ${VERSION_NAMES[version]}: ${sums}, ${handshakes} handshakes: ${suites.join(' ')}`;
  });
  const failed = record.handshakes.filter(({ outcome }) => outcome === 'error');
  return [
    line(run),
    `  ${record.outcome} ${record.error_kind ?? ''} ${record.stop_reason ?? ''} ${record.stop_detail ?? ''}`.trimEnd(),
    ...versions,
    ...record.rejections.map((one) => `  rejection ${JSON.stringify(one)}`),
    ...failed.map((one) => `  error ${VERSION_NAMES[one.version]} ${one.error_kind}: ${one.error_detail}`),
    `  tolerance ${JSON.stringify(record.hello_tolerance)} contradictions ${JSON.stringify(record.contradictions)}`,
    ...(hellos ? log.map((one) => `    ${one}`) : []),
  ];
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
