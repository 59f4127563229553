/** The strategies over a part of the study's patterns, where the data is there; thresholds are those of the docs. */
import { expect, test } from 'vitest';
import { PREDICTION_DEFAULTS } from '../../pipeline/scan/predictive/predictions.ts';
import { describeWithShared } from '../testing/shared-data.ts';
import { decisionCost } from './decision-cost.ts';
import { simulateAdaptive, simulateExhaustive, simulatePredictive } from './simulate.ts';
import { priorWithout, readStudy } from './study-prior.ts';

const { confidence, check_share } = PREDICTION_DEFAULTS;
/** The most frequent patterns of a port: with most of its endpoints, and quick. */
const MOST_FREQUENT = 60;

describeWithShared('study-patterns', 'strategies, simulated on a port that the prior never saw', (folder) => {
  const study = readStudy(folder);
  const of = (port: number) => {
    const rows = study.rows.filter((row) => row.port === port);
    return rows.sort((left, right) => right.count - left.count).slice(0, MOST_FREQUENT);
  };

  test.each([
    [25, 109.94],
    [110, 42.67],
    [143, 42.68],
    [587, 60.05],
  ])('port %i: adaptive needs accepted + 1 a version, one hello for SSLv2', (port, floor) => {
    const rows = study.rows.filter((row) => row.port === port);
    const accepted = (pattern: string) => [...pattern].filter((answer) => answer === 'a').length;
    const endpoints = rows.reduce((sum, { count }) => sum + count, 0);
    const counted =
      rows.reduce((sum, { pattern, count }) => sum + count * (accepted(pattern) + 5), 0) / endpoints;
    expect(counted).toBeCloseTo(floor, 1);
    const simulated = simulateAdaptive({ places: study.places, rows: of(port), order: 'own' });
    const exhaustive = simulateExhaustive({ places: study.places, rows: of(port), order: 'own' });
    expect(simulated.handshakes).toBeLessThan(exhaustive.handshakes / 3);
    expect(exhaustive).toMatchObject({ handshakes: 551, outcomes_right: 1, endpoints_right: 1 });
  });

  test.each([25, 110, 143, 587])('port %i: predictive stays within its bounds', (port) => {
    const prior = priorWithout(study, port);
    for (const order of ['client', 'own'] as const) {
      const simulation = { places: study.places, rows: of(port), order };
      const found = simulatePredictive(simulation, prior, confidence, check_share);
      expect(found.handshakes).toBeLessThan(12.5);
      expect(found.checks).toBeLessThan(2.02);
      expect(found.outcomes_right).toBeGreaterThan(0.999);
      expect(found.endpoints_right).toBeGreaterThan(0.97);
    }
  });

  test('a prior that does not know the port’s servers and is of few endpoints, infers nothing', () => {
    const rows = of(25);
    const foreign = { ...study, rows: study.rows.filter((row) => row.port === 110).slice(-60) };
    const prior = priorWithout({ ...foreign, ports: [110, 25] }, 25);
    const found = simulatePredictive(
      { places: study.places, rows, order: 'own' },
      prior,
      confidence,
      check_share,
    );
    expect(found.inferred).toBe(0);
    expect(found.outcomes_right).toBe(1);
  });

  test('a decision is remembered', () => {
    const cost = decisionCost(
      { places: study.places, rows: of(143) },
      priorWithout(study, 143),
      confidence,
      3000,
    );
    expect(cost.decisions).toBeLessThan(cost.handshakes / 3);
  });
});
