/**
 * A prior, cut to what a scan offers: the answers that endpoints gave at each version (each distinct one once), and
 * how many endpoints gave which of them together. Suites that the prior knows nothing of stand apart. Pure.
 */
import { type Prior, questionBits } from '../../formats/prior.ts';
import { add, emptySet, keyOf, type SuiteSet } from './suite-set.ts';
import { traitsOf } from './suite-traits.ts';

/** What is known of one version. */
export interface VersionAnswers {
  version: number;
  /** Suites that are offered and that the prior knows. */
  suites: readonly number[];
  /** Of these suites, in their order. */
  traits: readonly SuiteSet[];
  /** Suites that are offered and that it doesn't know. */
  unknown: readonly number[];
  /** Distinct sets of accepted suites. */
  answers: readonly SuiteSet[];
}

/** Whole patterns over some versions. */
export interface Population {
  versions: readonly VersionAnswers[];
  /** By version and pattern: which of the version's answers it has. */
  answerOf: readonly Uint32Array[];
  /** Endpoints by pattern, the most frequent first. */
  counts: Float64Array;
}

/** The prior over what `offered` lists by version; versions that it knows nothing of are left out. */
export function populationOf(prior: Prior, offered: ReadonlyMap<number, readonly number[]>): Population {
  const columns = columnsOf(prior, offered);
  const versions = columns.map(({ version, columns: known }) => {
    const suites = known.map(({ suite }) => suite);
    const unknown = offered.get(version)!.filter((suite) => !suites.includes(suite));
    return { version, suites, traits: suites.map(traitsOf), unknown, answers: [] as SuiteSet[] };
  });
  const numbering = versions.map(() => new Map<string, number>());
  const patterns = new Map<string, { answers: number[]; count: number }>();
  for (const [hex, ...counts] of prior.patterns) {
    const bits = questionBits(hex);
    const answers = columns.map(({ columns: known }, place) => {
      const set = emptySet(known.length);
      for (const [at, { bit }] of known.entries()) if (bits[bit] === 1) add(set, at);
      return numberOf(set, versions[place]!.answers, numbering[place]!);
    });
    const endpoints = counts.reduce((total, one) => total + one, 0);
    const pattern = patterns.get(answers.join());
    if (pattern) pattern.count += endpoints;
    else if (endpoints > 0) patterns.set(answers.join(), { answers, count: endpoints });
  }
  return inOrder(versions, [...patterns.values()]);
}

/** The same endpoints, looked at in some of the versions only. */
export function inVersions(population: Population, places: readonly number[]): Population {
  const patterns = new Map<string, { answers: number[]; count: number }>();
  for (const [pattern, count] of population.counts.entries()) {
    const answers = places.map((place) => population.answerOf[place]![pattern]!);
    const known = patterns.get(answers.join());
    if (known) known.count += count;
    else patterns.set(answers.join(), { answers, count });
  }
  const versions = places.map((place) => population.versions[place]!);
  return inOrder(versions, [...patterns.values()]);
}

function inOrder(
  versions: readonly VersionAnswers[],
  patterns: { answers: number[]; count: number }[],
): Population {
  patterns.sort((left, right) => right.count - left.count);
  return {
    versions,
    answerOf: versions.map((_, place) => Uint32Array.from(patterns, ({ answers }) => answers[place]!)),
    counts: Float64Array.from(patterns, ({ count }) => count),
  };
}

interface Columns {
  version: number;
  columns: { suite: number; bit: number }[];
}

function columnsOf(prior: Prior, offered: ReadonlyMap<number, readonly number[]>): Columns[] {
  let bit = 0;
  const all = prior.questions.map(({ version, cipher_suites }) => {
    const wanted = new Set(offered.get(version));
    const columns = cipher_suites
      .map((suite) => ({ suite, bit: bit++ }))
      .filter(({ suite }) => wanted.has(suite));
    return { version, columns };
  });
  return all.filter(({ columns }) => columns.length > 0);
}

function numberOf(set: SuiteSet, answers: SuiteSet[], numbers: Map<string, number>): number {
  const key = keyOf(set);
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, answers.length);
  answers.push(set);
  return answers.length - 1;
}
