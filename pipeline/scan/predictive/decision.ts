/**
 * What to ask next, given the patterns that agree with all answers so far: the set of suites of one version whose
 * refusal is nearest to even odds (most bits), a little more where a refusal would settle much. Once one pattern is
 * certain enough, what it says is refused is asked all the same, one hello a version: refusals are never inferred. Then
 * witnesses, one suite a hello, show that the server is no subset of it. Pure; the same state gives the same decision.
 */
import { SSL2 } from '../../tls/index.ts';
import type { Population } from './population.ts';
import type { SuiteSet } from './suite-set.ts';
import * as sets from './suite-set.ts';
import { nextWitness } from './witness.ts';

/** What is known at one point: of each version (by place in the population) the suites still open. */
export interface Knowledge {
  /** Patterns that agree with all answers, the most frequent first. */
  alive: Uint32Array;
  open: readonly SuiteSet[];
  /** Versions in which something was accepted. */
  spoken: readonly boolean[];
  /** Traits of all suites that were accepted. */
  shown: SuiteSet;
  /** Questions so far. */
  asked: number;
  /** Nothing was asked yet. */
  untouched: boolean;
}

export type Decision =
  | { kind: 'ask'; place: number; set: SuiteSet; order: readonly number[] }
  /** What is open is as in `pattern`, with this probability for all of it together. */
  | { kind: 'certain'; pattern: number; probability: number }
  /** No pattern is certain enough, and no question tells them apart. */
  | { kind: 'lost' };

/** How often the most frequent of `alive` is right: Laplace's rule, with one endpoint more that nobody has seen. */
export function certainty(population: Population, alive: Uint32Array): number {
  let total = 0;
  for (const pattern of alive) total += population.counts[pattern]!;
  return (population.counts[alive[0]!] ?? 0) / (total + 1);
}

export function decide(population: Population, known: Knowledge, confidence: number): Decision {
  if (known.alive.length === 0) return { kind: 'lost' };
  const first = known.untouched ? opening(population, known) : undefined;
  if (first) return first;
  const probability = certainty(population, known.alive);
  if (probability >= confidence) return confirm(population, known, probability);
  const best = bestOf(population, known);
  return best ? ask(population, known, best.place, best.set) : { kind: 'lost' };
}

/** What the likeliest pattern says is refused, then witnesses for what it says is accepted. */
function confirm(population: Population, known: Knowledge, probability: number): Decision {
  const pattern = known.alive[0]!;
  for (const [place, { version, answers }] of population.versions.entries()) {
    const open = known.open[place]!;
    const accepted = answers[population.answerOf[place]![pattern]!]!;
    const refused = version === SSL2 ? open : sets.without(open, accepted);
    if (!sets.isEmpty(refused)) return ask(population, known, place, refused);
  }
  const witness = nextWitness(population, known, pattern);
  if (!witness) return { kind: 'certain', pattern, probability };
  const alone: SuiteSet = new Uint32Array(known.open[witness.place]!.length);
  sets.add(alone, witness.suite);
  return ask(population, known, witness.place, alone);
}

/**
 * The first question is one that is most likely not refused: once something is accepted, a refusal without a word can be
 * told from a failure. Where no such question tells anything, all of the version that is spoken most.
 */
function opening(population: Population, known: Knowledge): Decision | undefined {
  const best = bestOf(population, known, OPENING_REFUSED);
  if (best) return ask(population, known, best.place, best.set);
  const spoken = population.versions.map(({ version }, place) => {
    if (version === SSL2) return 0;
    const odds = oddsAt(population, known, place).filter(({ accepted }) => !sets.isEmpty(accepted));
    return odds.reduce((sum, { probability }) => sum + probability, 0);
  });
  const most = Math.max(...spoken);
  const place = spoken.indexOf(most);
  return most > 0 ? ask(population, known, place, known.open[place]!) : undefined;
}

interface Candidate {
  place: number;
  set: SuiteSet;
  score: number;
}

/** The question that tells most, of those that are refused no more likely than `mostRefused`. */
function bestOf(population: Population, known: Knowledge, mostRefused = 1): Candidate | undefined {
  let best: Candidate | undefined;
  for (const [place, { version }] of population.versions.entries()) {
    const open = known.open[place]!;
    if (sets.isEmpty(open)) continue;
    const odds = oddsAt(population, known, place);
    if (odds.length === 1) continue;
    if (version === SSL2 && mostRefused < 1) continue;
    const found =
      version === SSL2
        ? wholeList(place, open, odds)
        : bestSetAt(population, known, place, odds, mostRefused);
    if (found && found.score > (best?.score ?? 0)) best = found;
  }
  return best;
}

/** A version's answer that is still possible, and its probability. */
interface Odds {
  accepted: SuiteSet;
  probability: number;
}

/** The likeliest first; of equals the one that the population has first. */
function oddsAt(population: Population, { alive }: Knowledge, place: number): Odds[] {
  const { answers } = population.versions[place]!;
  const answerOf = population.answerOf[place]!;
  const weights = new Float64Array(answers.length);
  const possible: number[] = [];
  let total = 0;
  for (const pattern of alive) {
    const answer = answerOf[pattern]!;
    if (weights[answer] === 0) possible.push(answer);
    weights[answer]! += population.counts[pattern]!;
    total += population.counts[pattern]!;
  }
  return possible
    .sort((left, right) => weights[right]! - weights[left]!)
    .map((answer) => ({ accepted: answers[answer]!, probability: weights[answer]! / total }));
}

/** SSLv2: the server lists all that it has, so there is one question, and its answer tells all. */
function wholeList(place: number, set: SuiteSet, odds: readonly Odds[]): Candidate {
  const score = odds.reduce((bits, { probability }) => bits - probability * Math.log2(probability), 0);
  return { place, set, score };
}

function bestSetAt(
  population: Population,
  known: Knowledge,
  place: number,
  odds: readonly Odds[],
  mostRefused: number,
): Candidate | undefined {
  const open = known.open[place]!;
  const { answers } = population.versions[place]!;
  const likeliest = answers[population.answerOf[place]![known.alive[0]!]!]!;
  const refusable = sets.without(open, likeliest);
  const total = sets.countCommon(refusable, refusable);
  let best: Candidate | undefined;
  for (const set of candidates(open, odds)) {
    let refusal = 0;
    for (const { accepted, probability } of odds) if (!sets.intersects(accepted, set)) refusal += probability;
    const settled = total === 0 ? 0 : sets.countCommon(set, refusable) / total;
    const score = bitsOf(refusal) + SETTLING * refusal * settled;
    const possible = refusal > 0 && refusal < 1 && refusal <= mostRefused;
    if (possible && score > (best?.score ?? 0)) best = { place, set, score };
  }
  return best;
}

/** Sets worth weighing: what each likely answer refuses, what the first few refuse together, and their differences. */
function* candidates(open: SuiteSet, odds: readonly Odds[]): Generator<SuiteSet> {
  const likely = odds.slice(0, LIKELY);
  for (const { accepted } of likely) yield sets.without(open, accepted);
  let together: SuiteSet = new Uint32Array(open.length);
  for (const { accepted } of likely.slice(0, TOGETHER)) {
    together = sets.union(together, accepted);
    yield sets.without(open, together);
  }
  for (const left of likely.slice(0, DIFFERENCES)) {
    for (const right of likely) yield sets.common(open, sets.without(left.accepted, right.accepted));
  }
  const [even] = byOdds(open, odds, (share) => Math.abs(share - 0.5));
  const single: SuiteSet = new Uint32Array(open.length);
  sets.add(single, even!);
  yield single;
}

/** In the order of the hello the least likely come first: a server that takes the client's order shows most so. */
function ask(population: Population, known: Knowledge, place: number, set: SuiteSet): Decision {
  const order = byOdds(set, oddsAt(population, known, place), (share) => share);
  return { kind: 'ask', place, set, order };
}

/** Places of `set` by a measure of the probability that they are accepted, least first. */
function byOdds(set: SuiteSet, odds: readonly Odds[], measure: (share: number) => number): number[] {
  const shares = new Float64Array(set.length * 32);
  for (const { accepted, probability } of odds) {
    for (const place of sets.places(sets.common(accepted, set))) shares[place]! += probability;
  }
  const measures = shares.map(measure);
  return sets.places(set).sort((left, right) => measures[left]! - measures[right]! || left - right);
}

function bitsOf(share: number): number {
  if (share <= 0 || share >= 1) return 0;
  return -(share * Math.log2(share) + (1 - share) * Math.log2(1 - share));
}

/** The first question is refused by no more of the endpoints. */
const OPENING_REFUSED = 0.25;
/** How many of a version's likeliest answers make candidates; more were measured to save nothing. */
const LIKELY = 20;
const TOGETHER = 6;
const DIFFERENCES = 4;
/** Bits that a refusal of all that the likeliest pattern refuses is worth: it has to be asked for in the end anyhow. */
const SETTLING = 0.2;
