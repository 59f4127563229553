/**
 * Quantiles of the gamma and beta distributions, for intervals: bisection of their distribution functions, which are
 * summed as in Press et al., Numerical Recipes, 6.2 and 6.4 (series and continued fraction). To ten digits or so.
 */

/** Of the gamma distribution with `shape` and scale 1; `shape` above 0. */
export function gammaQuantile(probability: number, shape: number): number {
  let high = Math.max(1, shape);
  while (gammaShare(high, shape) < probability) high *= 2;
  return bisect((value) => gammaShare(value, shape) < probability, 0, high);
}

/** Of the beta distribution with `left` and `right`, both above 0. */
export function betaQuantile(probability: number, left: number, right: number): number {
  return bisect((value) => betaShare(value, left, right) < probability, 0, 1);
}

function bisect(isBelow: (value: number) => boolean, from: number, to: number): number {
  let [low, high] = [from, to];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised lower incomplete gamma function. */
function gammaShare(value: number, shape: number): number {
  if (value <= 0) return 0;
  const factor = Math.exp(shape * Math.log(value) - value - logGamma(shape));
  return value < shape + 1 ? factor * gammaSeries(value, shape) : 1 - factor * gammaFraction(value, shape);
}

function gammaSeries(value: number, shape: number): number {
  let term = 1 / shape;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && term > sum * EPSILON; n++) {
    term *= value / (shape + n);
    sum += term;
  }
  return sum;
}

function gammaFraction(value: number, shape: number): number {
  return lentz(1 / (value + 1 - shape), value + 1 - shape, (n) => [
    -n * (n - shape),
    value + 2 * n + 1 - shape,
  ]);
}

/** Regularised incomplete beta function. */
function betaShare(value: number, left: number, right: number): number {
  if (value <= 0 || value >= 1) return value <= 0 ? 0 : 1;
  if (value > (left + 1) / (left + right + 2)) return 1 - betaShare(1 - value, right, left);
  const log = logGamma(left + right) - logGamma(left) - logGamma(right);
  const factor = Math.exp(log + left * Math.log(value) + right * Math.log1p(-value)) / left;
  const term = (n: number): [number, number] => {
    const m = Math.floor(n / 2);
    if (n % 2 === 0) return [(m * (right - m) * value) / ((left + n - 1) * (left + n)), 1];
    return [(-(left + m) * (left + right + m) * value) / ((left + n - 1) * (left + n)), 1];
  };
  return factor * lentz(1, 1, term);
}

/** A continued fraction by Lentz's method: `terms(n)` are its n-th numerator and denominator, from 1. */
function lentz(start: number, first: number, terms: (n: number) => [number, number]): number {
  let [d, c, value] = [1 / nonZero(first), 1 / TINY, start];
  for (let n = 1; n < MOST_TERMS; n++) {
    const [numerator, denominator] = terms(n);
    d = 1 / nonZero(numerator * d + denominator);
    c = nonZero(denominator + numerator / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < EPSILON) break;
  }
  return value;
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** Lanczos. */
function logGamma(value: number): number {
  if (value < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * value)) - logGamma(1 - value);
  const x = value - 1;
  const sum = LANCZOS.reduce((total, factor, n) => total + (n === 0 ? factor : factor / (x + n)), 0);
  const t = x + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}

const MOST_TERMS = 100_000;
const EPSILON = 1e-14;
const TINY = 1e-300;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
