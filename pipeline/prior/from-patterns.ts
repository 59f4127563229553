/**
 * Patterns of the study of 2015, as the ingest stage reads them → a prior: each character is the answer to the question
 * at its place. Ports that are not asked for are left out.
 */
import { UsageError } from '../base/errors.ts';
import { type CountedPattern, makePrior, type Prior, type PriorSource } from '../formats/prior.ts';

/** What stands at one place of all patterns. */
export interface PatternPlace {
  version: number;
  cipher_suite: number;
}

export interface PatternRow {
  /** Endpoints that answered so. */
  count: number;
  port: number;
  /** One character a place: `a` accepted, `r` rejected. */
  pattern: string;
}

/** The prior over `rows`; UsageError where a port that is asked for has none. */
export function priorFromPatterns(
  places: readonly PatternPlace[],
  rows: readonly PatternRow[],
  names: readonly string[],
  wanted?: readonly number[],
): Prior {
  const there = [...new Set(rows.map((row) => row.port))].sort((a, b) => a - b);
  const missing = wanted?.find((port) => !there.includes(port));
  if (missing !== undefined)
    throw new UsageError(`no patterns of port ${missing}; there are: ${there.join(', ')}`);
  const ports = there.filter((port) => wanted?.includes(port) ?? true);
  const order = questionOrder(places);
  const source: PriorSource = { kind: 'study-patterns', names: [...names], ...WHEN };
  const counted = rows
    .filter(({ port }) => ports.includes(port))
    .map(
      ({ pattern, count, port }): CountedPattern => ({
        accepted: order.flatMap(({ at }) => at.map((place) => pattern[place] === 'a')),
        counts: ports.map((one) => (one === port ? count : 0)),
      }),
    );
  const questions = order.map(({ version, at }) => ({
    version,
    cipher_suites: at.map((place) => places[place]!.cipher_suite),
  }));
  return makePrior({ source, ports, questions }, counted);
}

/** The study scanned from April to August 2015 (datasets/README.md, published_2015.csv); its files name no days. */
const WHEN = { first_at: '2015-04-01T00:00:00Z', last_at: '2015-08-31T00:00:00Z' };

/** Versions with the places of their suites, both ascending. */
function questionOrder(places: readonly PatternPlace[]): { version: number; at: number[] }[] {
  const versions = [...new Set(places.map((place) => place.version))].sort((a, b) => a - b);
  const suiteAt = (place: number) => places[place]!.cipher_suite;
  return versions.map((version) => ({
    version,
    at: [...places.keys()]
      .filter((place) => places[place]!.version === version)
      .sort((left, right) => suiteAt(left) - suiteAt(right)),
  }));
}
