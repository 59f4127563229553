/** The estimate and its interval against scans whose truth is known: endpoints by draw, checks by draw, many times. */
import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../../scripts/testing/mulberry32.ts';
import {
  addChecks,
  type InferenceTotals,
  inferenceError,
  noInference,
  showsMoreError,
  sumOfInference,
} from './inference-error.ts';
import type { InferenceCheck } from './raw-record.ts';

/** An endpoint's inferred outcomes of both groups, and how many of them are wrong. */
interface Kind {
  share: number;
  inferred: [weak: number, other: number];
  wrong: [weak: number, other: number];
}

/** One check of each group. Adds what it shows, and says how much of what stands is wrong. */
function checkOne(totals: InferenceTotals, { inferred, wrong }: Kind, random: () => number): number {
  const found = inferred.map((count, group) => random() * count < wrong[group]!);
  const isUndone = found.some(Boolean);
  const checks = (['weak', 'other'] as const).map((suite_group, group): InferenceCheck => {
    const wrong_in_all = isUndone ? wrong[group]! : null;
    const here = { suite_group, inferred: inferred[group]!, checked: Math.min(1, inferred[group]!) };
    return { ...here, wrong: found[group] ? 1 : 0, wrong_in_all };
  });
  addChecks(
    totals,
    checks.filter((check) => check.inferred! > 0),
  );
  return isUndone ? 0 : wrong[0] + wrong[1];
}

function drawn(kinds: readonly Kind[], random: number): Kind {
  let left = random;
  for (const kind of kinds) {
    left -= kind.share;
    if (left < 0) return kind;
  }
  return kinds.at(-1)!;
}

/** `fixed`: endpoints that are there in each scan, beside those that are drawn. */
function scanOf(kinds: readonly Kind[], endpoints: number, seed: number, fixed: readonly Kind[] = []) {
  const random = mulberry32(seed);
  const totals = noInference();
  let missed = fixed.reduce((sum, kind) => sum + checkOne(totals, kind, random), 0);
  for (let count = 0; count < endpoints; count++) {
    missed += checkOne(totals, drawn(kinds, random()), random);
  }
  return { totals, truth: missed / totals.standing, error: inferenceError(totals) };
}

const RIGHT: Kind = { share: 0.9, inferred: [20, 30], wrong: [0, 0] };

describe.each<[string, Kind[], number]>([
  ['all right', [{ ...RIGHT, share: 1 }], 40],
  ['one in ten lacks a third', [RIGHT, { share: 0.1, inferred: [20, 30], wrong: [7, 10] }], 200],
  ['one in ten lacks a single suite', [RIGHT, { share: 0.1, inferred: [20, 30], wrong: [0, 1] }], 400],
  ['one in ten lacks all weak ones', [RIGHT, { share: 0.1, inferred: [20, 30], wrong: [20, 0] }], 200],
  [
    'endpoints of many sizes',
    [
      RIGHT,
      { share: 0.05, inferred: [0, 5], wrong: [0, 2] },
      { share: 0.05, inferred: [80, 90], wrong: [3, 0] },
    ],
    400,
  ],
])('%s', (_name, kinds, endpoints) => {
  const scans = Array.from({ length: 400 }, (_, seed) => scanOf(kinds, endpoints, seed));

  test('the estimate is right on average', () => {
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const truth = mean(scans.map((one) => one.truth));
    const spread = Math.sqrt(mean(scans.map(({ error }) => (error.estimated_error! - truth) ** 2)) / 400);
    expect(Math.abs(mean(scans.map(({ error }) => error.estimated_error!)) - truth)).toBeLessThan(
      4 * spread + 1e-9,
    );
  });

  test('the interval holds the truth in 95 of 100 scans', () => {
    const held = scans.filter(({ truth, error }) => truth >= error.low! && truth <= error.high!);
    expect(held.length / scans.length).toBeGreaterThanOrEqual(0.95);
  });
});

test.each<[string, Kind[]]>([
  ['one of sixty', [{ share: 0, inferred: [20, 30], wrong: [4, 4] }]],
  [
    'two, of which one is wrong in all',
    [
      { share: 0, inferred: [6, 20], wrong: [0, 8] },
      { share: 0, inferred: [16, 8], wrong: [16, 4] },
    ],
  ],
])('%s: found or not, the interval holds what passed', (_name, fixed) => {
  const scans = Array.from({ length: 400 }, (_, seed) => scanOf([RIGHT], 60, seed, fixed));
  const held = scans.filter(({ truth, error }) => truth >= error.low! && truth <= error.high!);
  expect(held.length / scans.length).toBeGreaterThanOrEqual(0.95);
});

test('parts of a scan add up to the whole', () => {
  const kinds: Kind[] = [RIGHT, { share: 0.1, inferred: [20, 30], wrong: [7, 10] }];
  const [one, other] = [1, 2].map((seed) => scanOf(kinds, 50, seed).totals);
  const sum = sumOfInference(one!, other!);
  expect(sum.endpoints.checked).toBe(100);
  expect(sum.standing).toBe(one!.standing + other!.standing);
  expect(sum.groups.map(({ inferred }) => inferred)).toEqual([2000, 3000]);
  expect(sum.missed.sum).toBeCloseTo(one!.missed.sum + other!.missed.sum);
  expect(inferenceError(sumOfInference(sum, noInference()))).toEqual(inferenceError(sum));
});

test('without a check there is no estimate, and nothing is counted', () => {
  const totals = noInference();
  addChecks(totals, []);
  addChecks(totals, [{ suite_group: 'weak', inferred: 4, checked: 0, wrong: 0, wrong_in_all: null }]);
  expect(totals).toEqual(noInference());
  expect(inferenceError(totals)).toEqual({ estimated_error: null, low: null, high: null });
});

test.each([
  [1, 1, false],
  [1, 100, false],
  [2, 2, true],
  [2, 40, false],
  [3, 5, true],
  [8, 60, true],
  [30, 2000, false],
  [80, 2000, true],
])('%i wrong endpoints of %i show more than 2 %%: %s', (wrong, checked, expected) => {
  expect(showsMoreError({ ...noInference(), endpoints: { checked, wrong } }, 0.02)).toBe(expected);
});

test('where 1 in 100 endpoints is wrong, a limit of 2 % ends hardly a scan however often it is looked at', () => {
  let ended = 0;
  for (let seed = 0; seed < 200; seed++) {
    const random = mulberry32(seed);
    const endpoints = { checked: 0, wrong: 0 };
    while (endpoints.checked < 5000) {
      endpoints.checked++;
      if (random() >= 0.01) continue;
      endpoints.wrong++;
      // It can only be so right after a wrong one.
      if (!showsMoreError({ ...noInference(), endpoints }, 0.02)) continue;
      ended++;
      break;
    }
  }
  expect(ended).toBeLessThanOrEqual(4);
});
