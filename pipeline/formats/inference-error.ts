/**
 * What the checks of a predictive scan say of its error (docs/strategies.md, "Measured error"). A wrong check undoes its
 * endpoint's inference, so what is published is wrong only where checks missed it. Of an endpoint that was undone all
 * is known: how much was wrong, and so with what probability π its draw had to find that. For each one found, (1 - π) / π
 * like it passed: a Horvitz-Thompson estimate of what is wrong and published. Interval: that of Fay and Feuer 1997 for
 * weighted sums of rare events, with the variance of the estimate about what passed in this very scan. Pure.
 */
import { betaQuantile, gammaQuantile } from './quantiles.ts';
import type { InferenceCheck, ScanInference } from './raw-record.ts';

/** Sums over the endpoints of a scan whose inference was checked. */
export type InferenceTotals = Pick<ScanInference, 'groups' | 'endpoints' | 'standing' | 'missed'>;

export type InferenceError = Pick<ScanInference, 'estimated_error' | 'low' | 'high'>;

export function noInference(): InferenceTotals {
  return {
    groups: [],
    endpoints: { checked: 0, wrong: 0 },
    standing: 0,
    missed: { sum: 0, variance: 0, least: 0, most: 0 },
  };
}

/** Adds one endpoint's checks; nothing where none were made. */
export function addChecks(totals: InferenceTotals, checks: readonly InferenceCheck[]): void {
  if (!checks.some(({ checked }) => checked > 0)) return;
  for (const check of checks) addToGroup(totals, check);
  totals.endpoints.checked++;
  const most = Math.max(...checks.map(({ inferred }) => inferred ?? 0));
  totals.missed.most = Math.max(totals.missed.most, most);
  if (!checks.some(({ wrong }) => wrong > 0)) {
    totals.standing += checks.reduce((sum, { inferred, checked }) => sum + (inferred ?? 0) - checked, 0);
    return;
  }
  totals.endpoints.wrong++;
  const wrong = checks.reduce((sum, check) => sum + wrongIn(check), 0);
  const passes = checks.reduce((product, check) => product * passing(check), 1);
  totals.missed.sum += (wrong * passes) / (1 - passes);
  totals.missed.variance += (wrong ** 2 * passes) / (1 - passes) ** 2;
  totals.missed.least = leastOf(totals.missed.least, wrong);
}

/** The sums of two parts of a scan together. */
export function sumOfInference(left: InferenceTotals, right: InferenceTotals): InferenceTotals {
  const sum = structuredClone(left);
  for (const group of right.groups) addToGroup(sum, group);
  sum.endpoints.checked += right.endpoints.checked;
  sum.endpoints.wrong += right.endpoints.wrong;
  sum.standing += right.standing;
  sum.missed.sum += right.missed.sum;
  sum.missed.variance += right.missed.variance;
  sum.missed.least = leastOf(sum.missed.least, right.missed.least);
  sum.missed.most = Math.max(sum.missed.most, right.missed.most);
  return sum;
}

export function inferenceError({ standing, missed, endpoints }: InferenceTotals): InferenceError {
  if (standing === 0 || endpoints.checked === 0) return { estimated_error: null, low: null, high: null };
  const share = (count: number) => Math.min(1, count / standing);
  const { sum, variance, least, most } = missed;
  const below = sum === 0 ? 0 : (variance / (2 * sum)) * chiSquared(TAIL, (2 * sum ** 2) / variance);
  // Endpoints pass as a whole: less than the least that one was wrong in may be none.
  const low = sum === 0 ? 0 : Math.floor(below / least) * least;
  const [more, varied] = [sum + most, variance + most ** 2];
  const high = (varied / (2 * more)) * chiSquared(1 - TAIL, (2 * more ** 2) / varied);
  return { estimated_error: share(sum), low: share(low), high: share(high) };
}

/**
 * Whether checks show, beyond chance, that inference is wrong at more than `most` of the endpoints (Clopper and Pearson,
 * one-sided, 99.9 %): one wrong check is never enough, where `most` is 0.1 % or more.
 */
export function showsMoreError({ endpoints: { checked, wrong } }: InferenceTotals, most: number): boolean {
  return wrong > 0 && betaQuantile(CHANCE, wrong, checked - wrong + 1) > most;
}

/** 0 stands for none yet. */
function leastOf(left: number, right: number): number {
  return left === 0 || right === 0 ? Math.max(left, right) : Math.min(left, right);
}

function wrongIn({ wrong, wrong_in_all }: InferenceCheck): number {
  return Math.max(wrong, wrong_in_all ?? wrong);
}

/** That none of the `checked` drawn out of `inferred` is wrong. */
function passing(check: InferenceCheck): number {
  const { inferred, checked } = check;
  const right = (inferred ?? 0) - wrongIn(check);
  let probability = 1;
  for (let drawn = 0; drawn < checked; drawn++) {
    probability *= Math.max(0, right - drawn) / ((inferred ?? 0) - drawn);
  }
  return probability;
}

function addToGroup(
  { groups }: InferenceTotals,
  { suite_group, inferred, checked, wrong }: Omit<InferenceCheck, 'wrong_in_all'>,
): void {
  const known = groups.find((group) => group.suite_group === suite_group);
  if (!known) groups.push({ suite_group, inferred: inferred ?? 0, checked, wrong });
  else {
    known.inferred += inferred ?? 0;
    known.checked += checked;
    known.wrong += wrong;
  }
}

function chiSquared(probability: number, degrees: number): number {
  return 2 * gammaQuantile(probability, degrees / 2);
}

/** On each side. */
const TAIL = 0.025;
const CHANCE = 0.001;
