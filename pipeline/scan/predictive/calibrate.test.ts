/** Probabilities of a prior are those of servers that it never saw; where its ports agree they are near its own. */
import { expect, test } from 'vitest';
import { type CountedPattern, makePrior, type Prior } from '../../formats/prior.ts';
import { calibrate } from './calibrate.ts';
import { Predictions } from './predictions.ts';

const questions = [769, 770, 771].map((version) => ({
  version,
  cipher_suites: [10, 47, 53, 65, 132, 150, 5, 4],
}));
const all = questions.flatMap(({ cipher_suites }) => cipher_suites.map(() => true));
/** The same without the last suite, whose traits others show: no question and no witness tells. */
const almost = all.with(-1, false);
const none = all.map(() => false);
const source = { kind: 'lake' as const, names: ['made'], first_at: null, last_at: null };

const priorOf = (ports: number[], patterns: CountedPattern[]): Prior =>
  makePrior({ source, ports, questions }, patterns);

test('ports that are alike: probabilities stay as they are, and the prior is otherwise the same', () => {
  const prior = priorOf(
    [25, 143],
    [
      { accepted: all, counts: [50_000, 40_000] },
      { accepted: none, counts: [900, 1000] },
    ],
  );
  const calibrated = calibrate(prior);
  expect({ ...calibrated, calibration: null }).toEqual(prior);
  expect(calibrated.calibration!.method).toBe('ports left out');
  expect(calibrated.calibration!.steps.at(-1)!.right).toBeGreaterThan(0.999);
  expect(worth(calibrated, 0.9999)).toBeGreaterThan(0.999);
});

test('a port of other servers: what was certain is not, and confidence is asked of the measured probability', () => {
  const calibrated = calibrate(
    priorOf(
      [25, 143, 587],
      [
        { accepted: all, counts: [50_000, 50_000, 25_000] },
        { accepted: almost, counts: [0, 0, 25_000] },
        { accepted: none, counts: [500, 500, 500] },
      ],
    ),
  );
  const { steps } = calibrated.calibration!;
  expect(steps.length).toBeGreaterThan(0);
  // Of port 587 every second server is another one: of all three, one in six.
  expect(worth(calibrated, 0.9999)).toBeLessThan(0.95);
  expect(worth(calibrated, 0.9999)).toBeGreaterThan(0.7);
});

test('one port: halves of it', () => {
  const prior = priorOf(
    [25],
    [
      { accepted: all, counts: [40_001] },
      { accepted: none, counts: [301] },
    ],
  );
  expect(calibrate(prior).calibration).toMatchObject({ method: 'halves' });
  expect(worth(calibrate(prior), 0.9999)).toBeGreaterThan(0.99);
});

test('the same prior gives the same calibration', () => {
  const prior = priorOf(
    [25, 143],
    [
      { accepted: all, counts: [700, 40] },
      { accepted: almost, counts: [3, 90] },
    ],
  );
  expect(calibrate(prior)).toEqual(calibrate(prior));
});

function worth(prior: Prior, claimed: number): number {
  const offered = new Map(questions.map(({ version, cipher_suites }) => [version, cipher_suites]));
  return new Predictions(prior, offered).worthOf(claimed);
}
