/** Every condition with every answer that makes sense: what the matrix is made of, by name. */
import type { Answer } from './front/answers.ts';
import { CONDITIONS, type Condition } from './front/conditions.ts';

export interface Combination {
  /** `CONDITION: ANSWER` */
  name: string;
  condition: Condition;
  answer: Answer;
}

export const COMBINATIONS: readonly Combination[] = CONDITIONS.flatMap((condition) =>
  condition.answers.map((answer) => ({ name: `${condition.name}: ${answer}`, condition, answer })),
);

const MOST_ANSWERS = 5;

/**
 * Up to five of each condition, with the answers taken in turn, so that each answer meets many conditions: what `npm test`
 * runs. The whole is a slow test.
 */
export const FEW_COMBINATIONS: readonly Combination[] = CONDITIONS.flatMap((condition, index) => {
  const { answers } = condition;
  const step = Math.max(1, Math.floor(answers.length / MOST_ANSWERS));
  const places = Array.from({ length: MOST_ANSWERS }, (_, place) => (index + step * place) % answers.length);
  const chosen = new Set(places.map((place) => answers[place]));
  return COMBINATIONS.filter((one) => one.condition === condition && chosen.has(one.answer));
});
