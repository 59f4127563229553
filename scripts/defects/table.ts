/** Runs of the matrix as a Markdown table: a row a condition and answer, with what the scan made of it and its cost. */

import { VERSION_NAMES } from './outcome.ts';
import type { CombinationRun } from './run-combination.ts';

export function matrixTable(runs: readonly CombinationRun[]): string {
  const lines = runs.map(({ combination, outcome, record }) => {
    const { condition, answer } = combination;
    return `| ${condition.name} | ${answer} | ${verdict(outcome)} | ${record.effort.handshakes} |`;
  });
  return [
    '| the server refuses | by | the record is | handshakes |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
    summary(runs),
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
