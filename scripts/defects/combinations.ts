/** Every condition with every answer that makes sense: what the matrix is made of, by name. */
import type { Answer } from './front/answers.ts';
import { CONDITIONS, type Condition, FURTHER_CONDITIONS, NO_DEFECT } from './front/conditions.ts';

const SHARE = 0.45;

export interface Combination {
  /** `CONDITION: ANSWER` */
  name: string;
  condition: Condition;
  answer: Answer;
}

export const COMBINATIONS: readonly Combination[] = CONDITIONS.flatMap(combinationsOf);

/** The same server without a defect. */
export const CONTROL: Combination = { name: 'no defect', condition: NO_DEFECT, answer: 'alert 40' };

/** Those of conditions that the matrix does not have. */
export const FURTHER_COMBINATIONS: readonly Combination[] = FURTHER_CONDITIONS.flatMap(combinationsOf);

/**
 * Nearly half of each condition, with the answers taken in turn, so that each answer meets many conditions: what `npm test`
 * runs. The whole is a slow test.
 */
export const SOME_COMBINATIONS: readonly Combination[] = CONDITIONS.flatMap((condition, index) => {
  const all = combinationsOf(condition);
  const count = Math.ceil(SHARE * all.length);
  return all.filter((_, place) => ((place + index) * count) % all.length < count);
});

function combinationsOf(condition: Condition): Combination[] {
  return condition.answers.map((answer) => ({ name: `${condition.name}: ${answer}`, condition, answer }));
}
