/**
 * The three strategies over every pattern of one port, weighted by its endpoints, with a prior that never saw the port:
 * handshakes, and how much of what they say is right. Random checks are switched off here, so that what is said is
 * the inference's own; what they would cost on average is added.
 */
import type { Prior } from '../../pipeline/formats/prior.ts';
import type { PatternPlace, PatternRow } from '../../pipeline/prior/from-patterns.ts';
import {
  type PatternServer,
  patternServer,
  randomOrder,
} from '../../pipeline/scan/predictive/pattern-server.ts';
import { Predictions } from '../../pipeline/scan/predictive/predictions.ts';
import { Predictor } from '../../pipeline/scan/predictive/predictor.ts';
import { SSL2 } from '../../pipeline/tls/index.ts';
import { acceptedBy } from './accepted-suites.ts';

export type Order = 'client' | 'own';

/** Means over endpoints. */
export interface Simulated {
  endpoints: number;
  handshakes: number;
  /** With so many checks as the check share makes of them. */
  handshakes_with_checks: number;
  outcomes_right: number;
  endpoints_right: number;
  inferred: number;
  microseconds_per_handshake: number;
}

export interface Simulation {
  places: readonly PatternPlace[];
  rows: readonly PatternRow[];
  order: Order;
  /** Orders of its own that each pattern is tried with. */
  orders?: number;
}

type Outcome = Pick<Simulated, 'handshakes' | 'inferred'> & { wrong: number };

export function simulatePredictive(
  simulation: Simulation,
  prior: Prior,
  confidence: number,
  checkShare: number,
): Simulated {
  const offered = offeredBy(simulation.places);
  const predictions = new Predictions(prior, offered, { confidence, check_share: 0 });
  return average(simulation, checkShare, (answer, accepted) => {
    const predictor = new Predictor(predictions, () => 0);
    let handshakes = 0;
    for (let question = predictor.next(); question; question = predictor.next()) {
      handshakes++;
      predictor.take(answer(question));
    }
    const outcomes = predictor.outcomes();
    if (outcomes.length !== simulation.places.length) throw new Error('an outcome is missing');
    let [inferred, wrong] = [0, 0];
    for (const { version, cipher_suite, outcome, verified } of outcomes) {
      const right = accepted.get(version)!.has(cipher_suite) === (outcome === 'accepted');
      if (verified && !right) throw new Error('what was verified is wrong');
      if (!verified) inferred++;
      if (!right) wrong++;
    }
    return { handshakes, inferred, wrong };
  });
}

/** All that is left, version by version, until a refusal or until nothing is left. SSLv2 takes one hello. */
export function simulateAdaptive(simulation: Simulation): Simulated {
  const offered = offeredBy(simulation.places);
  return average(simulation, 0, (answer) => {
    let handshakes = 0;
    for (const [version, suites] of offered) {
      let left = suites;
      while (left.length > 0) {
        handshakes++;
        const reply = answer({ version, cipher_suites: left });
        if (reply.kind !== 'accepted' || version === SSL2) break;
        left = left.filter((suite) => !reply.cipher_suites.includes(suite));
      }
    }
    return { handshakes, inferred: 0, wrong: 0 };
  });
}

/** One suite a hello. */
export function simulateExhaustive(simulation: Simulation): Simulated {
  return average(simulation, 0, (answer, accepted) => {
    let wrong = 0;
    for (const { version, cipher_suite } of simulation.places) {
      const reply = answer({ version, cipher_suites: [cipher_suite] });
      if ((reply.kind === 'accepted') !== accepted.get(version)!.has(cipher_suite)) wrong++;
    }
    return { handshakes: simulation.places.length, inferred: 0, wrong };
  });
}

/** Suites by version, as the study offered them. */
export function offeredBy(places: readonly PatternPlace[]): Map<number, number[]> {
  const offered = new Map<number, number[]>();
  for (const { version, cipher_suite } of places) {
    const list = offered.get(version);
    if (list) list.push(cipher_suite);
    else offered.set(version, [cipher_suite]);
  }
  return offered;
}

type Strategy = (answer: PatternServer, accepted: ReadonlyMap<number, ReadonlySet<number>>) => Outcome;

function average({ places, rows, order, orders = 1 }: Simulation, share: number, run: Strategy): Simulated {
  const suites = [...new Set(places.map((place) => place.cipher_suite))];
  const sums = { endpoints: 0, handshakes: 0, inferred: 0, checks: 0, wrong: 0, right: 0 };
  const started = performance.now();
  let steps = 0;
  for (const { pattern, count } of rows) {
    const accepted = acceptedBy(places, pattern);
    const times = order === 'own' ? orders : 1;
    for (let time = 0; time < times; time++) {
      const own = order === 'own' ? randomOrder(`${pattern}/${time}`, suites) : undefined;
      const outcome = run(patternServer(accepted, own), accepted);
      const weight = count / times;
      steps += outcome.handshakes;
      sums.endpoints += weight;
      sums.handshakes += weight * outcome.handshakes;
      sums.inferred += weight * outcome.inferred;
      sums.checks += weight * expectedChecks(outcome.inferred, share);
      sums.wrong += weight * outcome.wrong;
      if (outcome.wrong === 0) sums.right += weight;
    }
  }
  const { endpoints } = sums;
  return {
    endpoints: Math.round(endpoints),
    handshakes: sums.handshakes / endpoints,
    handshakes_with_checks: (sums.handshakes + sums.checks) / endpoints,
    outcomes_right: 1 - sums.wrong / endpoints / places.length,
    endpoints_right: sums.right / endpoints,
    inferred: sums.inferred / endpoints,
    microseconds_per_handshake: ((performance.now() - started) * 1000) / steps,
  };
}

/** A share of what was inferred, and one at least. */
function expectedChecks(inferred: number, share: number): number {
  if (share === 0 || inferred === 0) return 0;
  return share * inferred + (1 - share) ** inferred;
}
