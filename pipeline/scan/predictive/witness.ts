/**
 * A server may accept a subset of what the likeliest pattern says: it contradicts nothing that was refused. So before
 * anything is inferred, each trait of the suites to be inferred has to be seen in one that was accepted here, and each
 * version has to accept something. The next suite to offer for that, alone: one that shows most. Pure.
 */
import type { Knowledge } from './decision.ts';
import type { Population } from './population.ts';
import type { SuiteSet } from './suite-set.ts';
import * as sets from './suite-set.ts';
import { toShow } from './suite-traits.ts';

export interface Witness {
  /** Of the version and of the suite in it. */
  place: number;
  suite: number;
}

/** Undefined where `pattern` may be inferred. */
export function nextWitness(population: Population, known: Knowledge, pattern: number): Witness | undefined {
  const wanted = population.versions.map(({ answers }, place) =>
    sets.common(known.open[place]!, answers[population.answerOf[place]![pattern]!]!),
  );
  const rarity = rarityOf(population, wanted);
  let best: (Witness & { score: number }) | undefined;
  for (const [place, { traits }] of population.versions.entries()) {
    // A version that has accepted nothing needs a witness in any case.
    const needed = known.spoken[place] ? 0 : NEEDED;
    for (const suite of sets.places(wanted[place]!)) {
      const shows = sets.places(toShow(traits[suite]!, known.shown, known.asked));
      const score = shows.reduce((sum, trait) => sum + rarity[trait]!, needed);
      if (score > (best?.score ?? 0)) best = { place, suite, score };
    }
  }
  return best;
}

/** A trait that one version alone can show weighs more than one that others show, too. */
function rarityOf(population: Population, wanted: readonly SuiteSet[]): Float64Array {
  const versions = new Float64Array(
    Math.max(...population.versions.map(({ traits }) => traits[0]!.length)) * 32,
  );
  for (const [place, { traits }] of population.versions.entries()) {
    const there = sets.places(wanted[place]!).map((suite) => traits[suite]!);
    const all = there.reduce((union, one) => sets.union(union, one), sets.without(traits[0]!, traits[0]!));
    for (const trait of sets.places(all)) versions[trait]!++;
  }
  return versions.map((count) => 1 / count);
}

/** More than any suite's traits weigh together. */
const NEEDED = 100;
