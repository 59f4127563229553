/** What a row of the study's patterns accepts, as a server that answers by it takes it. */
import type { PatternPlace } from '../../pipeline/prior/from-patterns.ts';

/** Suites that a pattern accepts, by version. */
export function acceptedBy(places: readonly PatternPlace[], pattern: string): Map<number, Set<number>> {
  const accepted = new Map<number, Set<number>>();
  for (const [place, { version, cipher_suite }] of places.entries()) {
    if (!accepted.has(version)) accepted.set(version, new Set());
    if (pattern[place] === 'a') accepted.get(version)!.add(cipher_suite);
  }
  return accepted;
}
