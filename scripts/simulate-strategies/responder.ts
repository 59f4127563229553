/**
 * A server that answers by a pattern: chooses the first accepted suite by the client's order, or by an order of its
 * own; refuses where it accepts none; lists all in SSLv2.
 */
import type { PatternPlace } from '../../pipeline/prior/from-patterns.ts';
import type { PlannedAnswer, PlannedQuestion } from '../../pipeline/scan/predictive/predictor.ts';
import { seededRandom } from '../../pipeline/scan/predictive/seeded-random.ts';
import { SSL2 } from '../../pipeline/tls/index.ts';

export type Responder = (question: PlannedQuestion) => PlannedAnswer;

/** Suites that a pattern accepts, by version. */
export function acceptedBy(places: readonly PatternPlace[], pattern: string): Map<number, Set<number>> {
  const accepted = new Map<number, Set<number>>();
  for (const [place, { version, cipher_suite }] of places.entries()) {
    if (!accepted.has(version)) accepted.set(version, new Set());
    if (pattern[place] === 'a') accepted.get(version)!.add(cipher_suite);
  }
  return accepted;
}

/** With `ownOrder`, which gives each suite a rank, the least of the accepted ones is chosen; else the client's first. */
export function responder(
  accepted: ReadonlyMap<number, ReadonlySet<number>>,
  ownOrder?: (suite: number) => number,
): Responder {
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
