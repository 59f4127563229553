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
  const needed = toShow(known.shown, known.asked);
  const weights = weightsOf(population, wanted, needed);
  let best: (Witness & { score: number }) | undefined;
  for (const [place, { traits }] of population.versions.entries()) {
    // A version that has accepted nothing needs a witness in any case.
    const base = known.spoken[place] ? 0 : NEEDED;
    for (const suite of sets.places(wanted[place]!)) {
      let score = base;
      sets.eachCommon(traits[suite]!, needed, (trait) => {
        score += weights[trait]!;
      });
      if (score > (best?.score ?? 0)) best = { place, suite, score };
    }
  }
  return best;
}

/** A trait that one version alone can show weighs more than one that others show, too. */
function weightsOf(population: Population, wanted: readonly SuiteSet[], needed: SuiteSet): Float64Array {
  const versions = new Float64Array(needed.length * 32);
  const last = new Int32Array(versions.length).fill(-1);
  for (const [place, { traits }] of population.versions.entries()) {
    const note = (trait: number) => {
      if (last[trait] !== place) versions[trait]!++;
      last[trait] = place;
    };
    for (const suite of sets.places(wanted[place]!)) sets.eachCommon(traits[suite]!, needed, note);
  }
  return versions.map((count) => 1 / count);
}

/** More than any suite's traits weigh together. */
const NEEDED = 100;
