/**
 * Asking by elimination: all values are offered, the server takes one, that one is taken out, up to a refusal. What it
 * takes costs one handshake each, all that it doesn't take one together.
 */
import type { GroupCounts } from '../../formats/raw-record.ts';

/** Where each of the values offered ended. */
export interface Elimination {
  /** In the order of the server's choice. */
  accepted: number[];
  rejected: number[];
  /** Left without an answer. */
  unknown: number[];
}

/** What a server does with values that are offered together: takes one of them, refuses, takes another; or nobody knows. */
export type Choice = number | 'refused' | 'other' | 'unknown';

/** Asks until nothing is left, or nothing is taken. `ask` is given what is left, and returns one of these or a word. */
export async function eliminate(
  values: readonly number[],
  ask: (left: readonly number[]) => Promise<Choice>,
): Promise<Elimination> {
  const accepted: number[] = [];
  for (let left = values; left.length > 0; left = without(values, accepted)) {
    const choice = await ask(left);
    if (choice === 'refused' || choice === 'other') return { accepted, rejected: [...left], unknown: [] };
    if (choice === 'unknown') return { accepted, rejected: [], unknown: [...left] };
    accepted.push(choice);
  }
  return { accepted, rejected: [], unknown: [] };
}

/**
 * `eliminate` for values of which the server is known to take one: where it refuses them all at once it does so for
 * another reason, and nothing is known of any.
 */
export function eliminateSome(
  values: readonly number[],
  ask: (left: readonly number[]) => Promise<Choice>,
): Promise<Elimination> {
  return eliminate(values, async (left) => {
    const choice = await ask(left);
    return choice === 'refused' && left.length === values.length ? 'unknown' : choice;
  });
}

export function without(values: readonly number[], taken: readonly number[]): readonly number[] {
  return values.filter((value) => !taken.includes(value));
}

/** Several eliminations over different values, as the counts of `version`. */
export function countsOf(version: number, ...parts: readonly Elimination[]): GroupCounts {
  const accepted = parts.flatMap((part) => part.accepted);
  const rejected = parts.reduce((sum, part) => sum + part.rejected.length, 0);
  const errors = parts.reduce((sum, part) => sum + part.unknown.length, 0);
  return { version, offered: accepted.length + rejected + errors, accepted, rejected, errors };
}
