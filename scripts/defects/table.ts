/** Runs of the matrix as Markdown: a table of conditions and answers, and below it whatever is not complete, and why. */

import { ANSWERS } from './front/answers.ts';
import { VERSION_NAMES } from './outcome.ts';
import type { CombinationRun } from './run-combination.ts';

/** `control`: a scan of the same server without a defect, for its cost. */
export function matrixTable(runs: readonly CombinationRun[], control: CombinationRun): string {
  const conditions = [...new Set(runs.map(({ combination }) => combination.condition))];
  const row = (condition: (typeof conditions)[number]) => {
    const ofRow = runs.filter(({ combination }) => combination.condition === condition);
    const cell = (answer: string) => cellOf(ofRow.find(({ combination }) => combination.answer === answer));
    return `| ${[condition.name, ...ANSWERS.map(cell)].join(' | ')} |`;
  };
  const open = runs.filter(({ outcome }) => !outcome.complete);
  return [
    '# Defective servers, and what a scan says of them',
    '',
    'Fronts before a real `openssl s_server` whose truth is known refuse what stands in the first column, by what stands in the first',
    'row: an alert by its number, the end of the connection, a reset, or silence. Written by',
    '`npx tsx scripts/defects/main.ts --markdown docs/refusal-matrix.md`; the tests hold each to it: nothing false, and the reasons',
    'of what is unknown ([raw-record.md](raw-record.md#when-a-no-counts)). Each is scanned by `adaptive` with `--probes none`.',
    '',
    `${summary(runs)} Without a defect: ${control.record.effort.handshakes}.`,
    '',
    'A number alone: the record is complete after so many handshakes. `?`: something is unknown. `FALSE`: something is',
    'false, or has a wrong reason. Empty: not asked.',
    '',
    `| what is refused | ${ANSWERS.map((answer) => answer.replace('alert ', '')).join(' | ')} |`,
    `| --- ${'| ---: '.repeat(ANSWERS.length)}|`,
    ...conditions.map(row),
    '',
    '| what is refused | by | what the record leaves open |',
    '| --- | --- | --- |',
    ...open.map(({ combination, outcome }) => {
      const { condition, answer } = combination;
      return `| ${condition.name} | ${answer} | ${verdict(outcome)} |`;
    }),
    '',
  ].join('\n');
}

/** `complete`, or what is unknown and why, or what is false. */
export function verdict({
  false_claims,
  complete,
  unknown,
  wrong_reasons,
}: CombinationRun['outcome']): string {
  if (complete) return 'complete';
  const open = unknown.map(
    ({ version, suites, kinds }) => `${VERSION_NAMES[version]} ${suites} (${kinds.join(', ')})`,
  );
  const wrong = [
    ...(false_claims.length > 0 ? [`**FALSE** ${false_claims.join('; ')}`] : []),
    ...(wrong_reasons.length > 0 ? [`**wrong reason** ${wrong_reasons.join('; ')}`] : []),
  ];
  return [...wrong, ...(open.length > 0 ? [`unknown: ${open.join('; ')}`] : [])].join('; ');
}

/** One line of sums. */
export function summary(runs: readonly CombinationRun[]): string {
  const count = (is: (outcome: CombinationRun['outcome']) => boolean) =>
    runs.filter((run) => is(run.outcome)).length;
  const complete = count((outcome) => outcome.complete);
  const share = ((100 * complete) / runs.length).toFixed(1);
  const wrong = count(({ false_claims }) => false_claims.length > 0);
  const reasons = count(({ wrong_reasons }) => wrong_reasons.length > 0);
  const handshakes = runs.reduce((sum, { record }) => sum + record.effort.handshakes, 0);
  return (
    `${runs.length} combinations: ${complete} complete (${share}%), ${wrong} with something false, ` +
    `${reasons} with a wrong reason; ${Math.round(handshakes / runs.length)} handshakes each.`
  );
}

function cellOf(run: CombinationRun | undefined): string {
  if (!run) return '';
  const { outcome, record } = run;
  if (outcome.false_claims.length + outcome.wrong_reasons.length > 0) return 'FALSE';
  return `${outcome.complete ? '' : '? '}${record.effort.handshakes}`;
}
