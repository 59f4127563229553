/** Against tables: χ² quantiles, Clopper-Pearson bounds as R and SciPy give them. */
import { expect, test } from 'vitest';
import { betaQuantile, gammaQuantile } from './quantiles.ts';

test.each([
  [0.975, 2, 7.377759],
  [0.025, 2, 0.050636],
  [0.975, 10, 20.483177],
  [0.025, 10, 3.246973],
  [0.95, 1, 3.841459],
  [0.975, 200, 241.057896],
  [0.025, 0.5, 0.000002],
])('χ² at %f with %f degrees', (probability, degrees, expected) => {
  expect(2 * gammaQuantile(probability, degrees / 2)).toBeCloseTo(expected, 5);
});

test.each([
  [0.025, 1, 10, 0.002529],
  [0.975, 2, 9, 0.445017],
  [0.001, 2, 1, 0.031623],
  [0.001, 1, 1, 0.001],
  [0.975, 1, 40, 0.088097],
  [0.5, 500, 500, 0.5],
])('beta at %f with %f and %f', (probability, left, right, expected) => {
  expect(betaQuantile(probability, left, right)).toBeCloseTo(expected, 5);
});
