/**
 * `npx tsx scripts/simulate-strategies/main.ts [--patterns FOLDER] [--confidence 0.9,0.99] [--orders 3]`: adaptive and
 * predictive over every pattern of the study, each port with a prior that was learnt from the other three, once with
 * servers that follow the client's order and once with random orders of their own, so many a pattern. Prints the tables of
 * docs/strategies.md, as Markdown.
 */
import { parseArgs } from 'node:util';
import type { Prior } from '../../pipeline/formats/prior.ts';
import { calibrate } from '../../pipeline/scan/predictive/calibrate.ts';
import { PREDICTION_DEFAULTS } from '../../pipeline/scan/predictive/predictions.ts';
import { sharedFolder } from '../testing/shared-data.ts';
import { decisionCost } from './decision-cost.ts';
import {
  type Order,
  type Simulated,
  type Simulation,
  simulateAdaptive,
  simulatePredictive,
} from './simulate.ts';
import { priorWithout, readStudy, type StudyPatterns } from './study-prior.ts';

const { values } = parseArgs({
  options: {
    patterns: { type: 'string' },
    confidence: { type: 'string', default: '0.9,0.95,0.97,0.99,0.995' },
    orders: { type: 'string', default: '3' },
  },
});

/** Endpoints that the cost of a decision is measured over. */
const DRAWN = 50_000;
const ORDERS: readonly Order[] = ['client', 'own'];
const { confidence: DEFAULT, check_share: CHECKS } = PREDICTION_DEFAULTS;

const priors = new Map<number, Prior>();

main();

function main(): void {
  const folder = values.patterns ?? sharedFolder('study-patterns');
  if (!folder) {
    process.stderr.write(
      'simulate-strategies: name the folder of the pattern files with --patterns FOLDER\n',
    );
    process.exitCode = 2;
    return;
  }
  const study = readStudy(folder);
  for (const part of [unseen, strategies, curve, cost]) process.stdout.write(`${part(study)}\n`);
}

/** The strategies beside each other, with the default confidence. */
function strategies(study: StudyPatterns): string {
  const rows = eachPort(study, Number(values.orders)).flatMap(({ port, simulation }) => {
    const prior = calibratedWithout(study, port);
    const all: [string, Simulated][] = [
      ['adaptive', simulateAdaptive(simulation)],
      ['predictive', simulatePredictive(simulation, prior, DEFAULT, CHECKS)],
    ];
    return all.map(([strategy, one]) => {
      const handshakes = [one.handshakes, one.checks, one.confirmations].map((count) => count.toFixed(2));
      const right = [percent(one.outcomes_right), percent(one.endpoints_right)];
      const claimed = percent(1 - one.endpoints_wrong_claimed);
      return [`${port}`, simulation.order, strategy, ...handshakes, ...right, claimed];
    });
  });
  const header = ['port never seen', 'order', 'strategy', 'handshakes', 'checks', 'confirmations'];
  return table([...header, 'outcomes right', 'endpoints right', 'claimed'], rows);
}

/** What more confidence costs and gives. */
function curve(study: StudyPatterns): string {
  const levels = values.confidence.split(',').map(Number);
  const rows = levels.flatMap((confidence) =>
    eachPort(study, Number(values.orders)).map(({ port, simulation }) => {
      const one = simulatePredictive(simulation, calibratedWithout(study, port), confidence, CHECKS);
      const right = [percent(one.outcomes_right), percent(one.endpoints_right)];
      return [
        `${confidence}`,
        `${port}`,
        simulation.order,
        one.handshakes.toFixed(2),
        ...right,
        one.inferred.toFixed(1),
        percent(1 - one.endpoints_wrong_claimed),
      ];
    }),
  );
  return table(
    ['confidence', 'port', 'order', 'handshakes', 'outcomes right', 'endpoints right', 'inferred', 'claimed'],
    rows,
  );
}

/** How many endpoints show a pattern that no other port has. */
function unseen(study: StudyPatterns): string {
  const rows = study.ports.map((port) => {
    const others = new Set(study.rows.filter((row) => row.port !== port).map((row) => row.pattern));
    const mine = study.rows.filter((row) => row.port === port);
    const total = mine.reduce((sum, { count }) => sum + count, 0);
    const fresh = mine.reduce((sum, { count, pattern }) => sum + (others.has(pattern) ? 0 : count), 0);
    return [`${port}`, total.toLocaleString('en'), percent(fresh / total)];
  });
  return table(['port', 'endpoints', 'with a pattern that no other port has'], rows);
}

function cost(study: StudyPatterns): string {
  const rows = study.ports.map((port) => {
    const mine = { places: study.places, rows: study.rows.filter((row) => row.port === port) };
    const one = decisionCost(mine, calibratedWithout(study, port), DEFAULT, DRAWN);
    const each = (one.handshakes / one.endpoints).toFixed(2);
    const whole = [one.endpoints, one.decisions].map((count) => count.toLocaleString('en'));
    return [`${port}`, whole[0]!, each, whole[1]!, one.microseconds.toFixed(0)];
  });
  const header = [
    'port',
    'endpoints drawn',
    'handshakes an endpoint',
    'decisions worked out',
    'µs a handshake',
  ];
  return table(header, rows);
}

function eachPort(
  { places, rows, ports }: StudyPatterns,
  orders: number,
): { port: number; simulation: Simulation }[] {
  return ports.flatMap((port) =>
    ORDERS.map((order) => ({
      port,
      simulation: {
        places,
        rows: rows.filter((row) => row.port === port),
        order,
        orders,
      },
    })),
  );
}

function calibratedWithout(study: StudyPatterns, port: number): Prior {
  const known = priors.get(port) ?? calibrate(priorWithout(study, port));
  priors.set(port, known);
  return known;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`;
}
