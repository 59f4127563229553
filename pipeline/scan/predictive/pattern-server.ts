/**
 * A server that answers by a pattern, for calibration and simulation: chooses the first accepted suite by the client's
 * order, or by an order of its own; refuses where it accepts none; lists all in SSLv2.
 */
import { SSL2 } from '../../tls/index.ts';
import type { PlannedAnswer, PlannedQuestion } from './predictor.ts';
import { seededRandom } from './seeded-random.ts';

export type PatternServer = (question: PlannedQuestion) => PlannedAnswer;

/** `accepted` by version. With `ownOrder`, which gives each suite a rank, the least is chosen; else the client's first. */
export function patternServer(
  accepted: ReadonlyMap<number, ReadonlySet<number>>,
  ownOrder?: (suite: number) => number,
): PatternServer {
  return ({ version, cipher_suites }) => {
    const there = accepted.get(version)!;
    const both = cipher_suites.filter((suite) => there.has(suite));
    if (both.length === 0) return { kind: 'rejected' };
    if (version === SSL2) return { kind: 'accepted', cipher_suites: both };
    return { kind: 'accepted', cipher_suites: [ownOrder ? firstBy(both, ownOrder) : both[0]!] };
  };
}

/** A random order of suites, the same for the same seed. */
export function randomOrder(seed: string, suites: readonly number[]): (suite: number) => number {
  const random = seededRandom(seed);
  const ranks = new Map(suites.map((suite) => [suite, random()]));
  return (suite) => ranks.get(suite)!;
}

function firstBy(suites: readonly number[], rank: (suite: number) => number): number {
  return suites.reduce((first, suite) => (rank(suite) < rank(first) ? suite : first));
}
