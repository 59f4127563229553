/** What a decision costs where a scan spends its time: endpoints drawn as often as they are, trees grown on the way. */
import type { Prior } from '../../pipeline/formats/prior.ts';
import type { PatternRow } from '../../pipeline/prior/from-patterns.ts';
import { patternServer, randomOrder } from '../../pipeline/scan/predictive/pattern-server.ts';
import { PREDICTION_DEFAULTS, Predictions } from '../../pipeline/scan/predictive/predictions.ts';
import { Predictor } from '../../pipeline/scan/predictive/predictor.ts';
import { seededRandom } from '../../pipeline/scan/predictive/seeded-random.ts';
import { acceptedBy } from './accepted-suites.ts';
import { offeredBy, type Simulation } from './simulate.ts';

export interface DecisionCost {
  endpoints: number;
  handshakes: number;
  /** Mean time for a question and its answer, trees included. */
  microseconds: number;
  /** Decisions worked out; the others were remembered. */
  decisions: number;
}

/** Draws `endpoints` of the simulation's rows by their counts, half of them with an order of their own. */
export function decisionCost(
  { places, rows }: Pick<Simulation, 'places' | 'rows'>,
  prior: Prior,
  confidence: number,
  endpoints: number,
): DecisionCost {
  const predictions = new Predictions(prior, offeredBy(places), {
    confidence,
    check_share: PREDICTION_DEFAULTS.check_share,
  });
  const suites = [...new Set(places.map((place) => place.cipher_suite))];
  const random = seededRandom('decision cost');
  const draw = drawer(rows, random);
  let [handshakes, milliseconds] = [0, 0];
  for (let endpoint = 0; endpoint < endpoints; endpoint++) {
    const own = random() < 0.5 ? randomOrder(`${endpoint % 100}`, suites) : undefined;
    const answer = patternServer(acceptedBy(places, draw().pattern), own);
    const predictor = new Predictor(predictions, random);
    for (;;) {
      const started = performance.now();
      const question = predictor.next();
      milliseconds += performance.now() - started;
      if (!question) break;
      handshakes++;
      const said = answer(question);
      const taken = performance.now();
      predictor.take(said);
      milliseconds += performance.now() - taken;
    }
  }
  return {
    endpoints,
    handshakes,
    microseconds: (milliseconds * 1000) / handshakes,
    decisions: predictions.nodes,
  };
}

function drawer(rows: readonly PatternRow[], random: () => number): () => PatternRow {
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const sorted = [...rows].sort((left, right) => right.count - left.count);
  return () => {
    let left = random() * total;
    for (const row of sorted) {
      left -= row.count;
      if (left < 0) return row;
    }
    return sorted.at(-1)!;
  };
}
