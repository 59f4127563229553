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
import { isWeak } from '../../pipeline/scan/predictive/suite-traits.ts';
import { SSL2 } from '../../pipeline/tls/index.ts';
import { acceptedBy } from './accepted-suites.ts';

export type Order = 'client' | 'own';

/** Means over endpoints. */
export interface Simulated {
  endpoints: number;
  handshakes: number;
  /** Checks, as many as the check share makes of them. */
  checks: number;
  /** One hello more for each version in which something was refused. */
  confirmations: number;
  outcomes_right: number;
  endpoints_right: number;
  /** Endpoints that should be wrong by the probabilities that stand with their inferences. */
  endpoints_wrong_claimed: number;
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

type Outcome = Pick<Simulated, 'handshakes' | 'confirmations' | 'inferred'> & {
  wrong: number;
  /** Inferred ones of each group that is checked apart. */
  groups: readonly number[];
  doubt: number;
};

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
    const refusing = new Set<number>();
    for (let question = predictor.next(); question; question = predictor.next()) {
      handshakes++;
      const reply = answer(question);
      if (reply.kind === 'rejected') refusing.add(question.version);
      predictor.take(reply);
    }
    const outcomes = predictor.outcomes();
    if (outcomes.length !== simulation.places.length) throw new Error('an outcome is missing');
    let [inferred, weak, wrong, sure] = [0, 0, 0, 1];
    for (const { version, cipher_suite, outcome, verified, probability } of outcomes) {
      if (!verified && isWeak(cipher_suite)) weak++;
      sure = Math.min(sure, probability);
      const right = accepted.get(version)!.has(cipher_suite) === (outcome === 'accepted');
      if (verified && !right) throw new Error('what was verified is wrong');
      if (!verified) inferred++;
      if (!right) wrong++;
    }
    const groups = [weak, inferred - weak];
    return { handshakes, confirmations: refusing.size, inferred, wrong, groups, doubt: 1 - sure };
  });
}

/** All that is left, version by version, until a refusal or until nothing is left. SSLv2 takes one hello. */
export function simulateAdaptive(simulation: Simulation): Simulated {
  const offered = offeredBy(simulation.places);
  return average(simulation, 0, (answer) => {
    let [handshakes, confirmations] = [0, 0];
    for (const [version, suites] of offered) {
      let left = suites;
      while (left.length > 0) {
        handshakes++;
        const reply = answer({ version, cipher_suites: left });
        if (reply.kind === 'rejected') confirmations++;
        if (reply.kind !== 'accepted' || version === SSL2) break;
        left = left.filter((suite) => !reply.cipher_suites.includes(suite));
      }
    }
    return { handshakes, confirmations, ...NOTHING_INFERRED };
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
    const handshakes = simulation.places.length;
    return { handshakes, confirmations: 0, ...NOTHING_INFERRED, wrong };
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

const NOTHING_INFERRED = { inferred: 0, wrong: 0, groups: [], doubt: 0 };

type Strategy = (answer: PatternServer, accepted: ReadonlyMap<number, ReadonlySet<number>>) => Outcome;

function average({ places, rows, order, orders = 1 }: Simulation, share: number, run: Strategy): Simulated {
  const suites = [...new Set(places.map((place) => place.cipher_suite))];
  const sums = {
    ...{ endpoints: 0, handshakes: 0, confirmations: 0, inferred: 0 },
    ...{ checks: 0, wrong: 0, right: 0, doubt: 0 },
  };
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
      sums.confirmations += weight * outcome.confirmations;
      for (const group of outcome.groups) sums.checks += weight * expectedChecks(group, share);
      sums.doubt += weight * outcome.doubt;
      sums.wrong += weight * outcome.wrong;
      if (outcome.wrong === 0) sums.right += weight;
    }
  }
  const { endpoints } = sums;
  return {
    endpoints: Math.round(endpoints),
    handshakes: sums.handshakes / endpoints,
    checks: sums.checks / endpoints,
    confirmations: sums.confirmations / endpoints,
    outcomes_right: 1 - sums.wrong / endpoints / places.length,
    endpoints_right: sums.right / endpoints,
    endpoints_wrong_claimed: sums.doubt / endpoints,
    inferred: sums.inferred / endpoints,
    microseconds_per_handshake: ((performance.now() - started) * 1000) / steps,
  };
}

/** A share of what was inferred, and one at least. */
function expectedChecks(inferred: number, share: number): number {
  if (share === 0 || inferred === 0) return 0;
  return share * inferred + (1 - share) ** inferred;
}
