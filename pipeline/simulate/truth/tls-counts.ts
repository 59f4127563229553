/** How many endpoints of each port accept anything. */
import { type SimulationPlan, templateStarts } from '../plan.ts';
import type { Tally } from '../tally.ts';

/** In the order of the plan's ports. */
export function tlsCounts({ answers }: SimulationPlan, { templates }: Tally): number[] {
  const starts = templateStarts(answers);
  return answers.map((list, port) =>
    list.reduce((sum, answer, place) => {
      const at = starts[port]! + 2 * place;
      return answer.accepted.length > 0 ? sum + templates[at]! + templates[at + 1]! : sum;
    }, 0),
  );
}
