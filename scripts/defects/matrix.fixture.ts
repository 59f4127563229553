/**
 * The matrix as tests: one a combination, many at a time, and one over all of them. The table of what came out is printed
 * at the end; CENSUS_DEFECT_TABLES=FOLDER has it written into that folder, as Markdown.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingOpenssl } from '../peers/openssl.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type BackEnds, startBackEnds } from './back-ends.ts';
import { CONTROL, type Combination } from './combinations.ts';
import { type CombinationRun, runCombination } from './run-combination.ts';
import { matrixTable } from './table.ts';

/** Declares the tests of `combinations`; of all of them at least nine in ten have to be complete. */
export function testMatrix(title: string, combinations: readonly Combination[]): void {
  declare(title, combinations, (runs) => {
    test('at least nine in ten are complete', (context) => {
      if (runs.length < combinations.length) context.skip('only some of the combinations were run');
      const open = runs.filter(({ outcome }) => !outcome.complete).map(({ combination }) => combination.name);
      expect(open.length, open.join('\n')).toBeLessThanOrEqual(combinations.length / 10);
    });
  });
}

/** Declares tests of `combinations` of which any number may stay unknown. */
export function testSoundness(title: string, combinations: readonly Combination[]): void {
  declare(title, combinations, () => {});
}

function declare(
  title: string,
  combinations: readonly Combination[],
  more: (runs: readonly CombinationRun[]) => void,
): void {
  describeUnless(missingOpenssl(), title, () => {
    const folder = temporaryFolder('defects');
    const runs: CombinationRun[] = [];
    let back_ends: BackEnds;
    let control: CombinationRun;

    beforeAll(async () => {
      back_ends = await startBackEnds(folder);
      control = await runCombination(CONTROL, back_ends);
    });
    afterAll(async () => {
      await back_ends?.stop();
      if (runs.length > 0) report(title, combinations, runs, control);
    });

    test('without a defect the record is complete', () => {
      expect(control.outcome).toEqual({ false_claims: [], complete: true, unknown: [], wrong_reasons: [] });
    });

    describe.concurrent('nothing false, and the right reason for what is unknown', () => {
      test.each(combinations.map((one) => [one.name, one] as const))(
        '%s',
        async (_, combination) => {
          const run = await runCombination(combination, back_ends);
          runs.push(run);
          const { false_claims, wrong_reasons } = run.outcome;
          expect({ false_claims, wrong_reasons }).toEqual({ false_claims: [], wrong_reasons: [] });
        },
        LIMIT_MS,
      );
    });
    more(runs);
  });
}

/** In the order of the combinations, whichever was done first. */
function report(
  title: string,
  combinations: readonly Combination[],
  runs: readonly CombinationRun[],
  control: CombinationRun,
): void {
  const inOrder = combinations.flatMap((one) => runs.filter(({ combination }) => combination === one));
  const table = matrixTable(inOrder, control);
  process.stdout.write(`${title}\n\n${table}\n`);
  const folder = process.env['CENSUS_DEFECT_TABLES'];
  if (folder) writeFileSync(join(folder, `${title.replaceAll(' ', '-')}.md`), table);
}

/** A scan of a server that is silent now and then, on a busy machine, made three times. */
const LIMIT_MS = 300_000;
