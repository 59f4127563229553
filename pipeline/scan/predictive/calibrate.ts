/**
 * A prior → the same prior, with what its probabilities are worth. By itself a prior believes that the servers it is used
 * on are like its own; ports differ. So each of its ports is left out in turn: endpoints with that port's patterns answer
 * a Predictor that knows the other ports only, and what it claims is held against what they accept. With one port only,
 * its endpoints are halved: that tells nothing of other ports. Checks are left out.
 */
import type { Calibration, CalibrationStep, Prior } from '../../formats/prior.ts';
import { questionBits } from '../../formats/prior.ts';
import { patternServer, randomOrder } from './pattern-server.ts';
import { Predictions } from './predictions.ts';
import { Predictor } from './predictor.ts';

/** The prior with `calibration`; it takes seconds where there are thousands of patterns. */
export function calibrate(prior: Prior): Prior {
  const folds = prior.ports.length > 1 ? leaveOnePortOut(prior) : halves(prior);
  const claims = folds.flatMap((fold) => claimsOf(prior, fold));
  const method = prior.ports.length > 1 ? 'ports left out' : 'halves';
  return { ...prior, calibration: { method, steps: stepsOf(claims) } satisfies Calibration };
}

/** Endpoints by pattern: those to learn from, and those to be asked. */
interface Fold {
  learnt: readonly number[];
  asked: readonly number[];
}

function leaveOnePortOut({ ports, patterns }: Prior): Fold[] {
  return ports.map((_, port) => {
    const counts = patterns.map((row) => row.slice(1) as number[]);
    const asked = counts.map((row) => row[port]!);
    return { asked, learnt: counts.map((row, at) => sum(row) - asked[at]!) };
  });
}

/** Of an odd number the one more goes to either side in turn. */
function halves({ patterns }: Prior): Fold[] {
  let odd = 0;
  const first = patterns.map(([, ...row]) => {
    const all = sum(row);
    return Math.floor(all / 2) + (all % 2 === 1 ? odd++ % 2 : 0);
  });
  const second = patterns.map(([, ...row], at) => sum(row) - first[at]!);
  return [
    { learnt: first, asked: second },
    { learnt: second, asked: first },
  ];
}

/** All that was inferred together at endpoints with one pattern. */
interface Claim {
  claimed: number;
  isRight: boolean;
  endpoints: number;
}

function claimsOf(prior: Prior, { learnt, asked }: Fold): Claim[] {
  const patterns = prior.patterns.map(([bits], at): [string, number] => [bits, learnt[at]!]);
  const known = patterns.filter(([, count]) => count > 0);
  if (known.length === 0) return [];
  const offered = new Map(prior.questions.map(({ version, cipher_suites }) => [version, cipher_suites]));
  const predictions = new Predictions({ ...prior, calibration: null, patterns: known }, offered, LENIENT);
  const suites = [...new Set(prior.questions.flatMap(({ cipher_suites }) => cipher_suites))];
  return drawn(asked).flatMap(({ at, endpoints, orders }) => {
    const [bits] = prior.patterns[at]!;
    const accepted = acceptedBy(prior.questions, bits);
    return orders.flatMap((own) =>
      ask(predictions, accepted, own ? randomOrder(bits, suites) : undefined).map((claim) => {
        return { ...claim, endpoints: endpoints / orders.length };
      }),
    );
  });
}

/**
 * Of all endpoints every so manieth: frequent patterns stand for themselves, of the rare ones some for all. Every second
 * endpoint chooses by an order of its own.
 */
function drawn(counts: readonly number[]): { at: number; endpoints: number; orders: boolean[] }[] {
  const step = Math.max(1, sum(counts) / DRAWN);
  let [passed, hits] = [0, 0];
  return counts.flatMap((count, at) => {
    passed += count;
    const here = Math.floor(passed / step + 0.5) - hits;
    hits += here;
    if (here === 0) return [];
    const orders = here > 1 ? [false, true] : [hits % 2 === 1];
    return [{ at, endpoints: count >= step ? count : here * step, orders }];
  });
}

function acceptedBy(questions: Prior['questions'], hex: string): Map<number, Set<number>> {
  const bits = questionBits(hex);
  let place = 0;
  return new Map(
    questions.map(({ version, cipher_suites }) => [
      version,
      new Set(cipher_suites.filter(() => bits[place++] === 1)),
    ]),
  );
}

function ask(
  predictions: Predictions,
  accepted: ReadonlyMap<number, ReadonlySet<number>>,
  order: ((suite: number) => number) | undefined,
): Omit<Claim, 'endpoints'>[] {
  const predictor = new Predictor(predictions, () => 0);
  const answer = patternServer(accepted, order);
  for (let question = predictor.next(); question; question = predictor.next())
    predictor.take(answer(question));
  const claims = new Map<number, boolean>();
  for (const { version, cipher_suite, outcome, verified, probability } of predictor.outcomes()) {
    if (verified) continue;
    const isRight = accepted.get(version)!.has(cipher_suite) === (outcome === 'accepted');
    claims.set(probability, isRight && (claims.get(probability) ?? true));
  }
  return [...claims].map(([claimed, isRight]) => ({ claimed, isRight }));
}

/** Claims between two edges together; more claimed is never less right: where it is, neighbours are put together. */
function stepsOf(claims: readonly Claim[]): CalibrationStep[] {
  const steps: CalibrationStep[] = [];
  for (const [at, claimed] of EDGES.entries()) {
    const here = claims.filter((one) => one.claimed >= claimed && one.claimed < (EDGES[at + 1] ?? 2));
    const endpoints = sum(here.map((one) => one.endpoints));
    const right = sum(here.filter(({ isRight }) => isRight).map((one) => one.endpoints));
    if (endpoints > 0) steps.push({ claimed, endpoints, right: right / (endpoints + 1) });
  }
  return nonDecreasing(steps);
}

function nonDecreasing(steps: readonly CalibrationStep[]): CalibrationStep[] {
  const pooled: CalibrationStep[] = [];
  for (let step of steps) {
    for (let last = pooled.at(-1); last && last.right > step.right; last = pooled.at(-1)) {
      const endpoints = last.endpoints + step.endpoints;
      const right = (last.right * last.endpoints + step.right * step.endpoints) / endpoints;
      step = { claimed: last.claimed, endpoints, right };
      pooled.pop();
    }
    pooled.push(step);
  }
  return pooled;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Endpoints of each fold that are asked. */
const DRAWN = 2000;
/** What a prior of its own has to be certain of, at least, to infer. */
const EDGES = [0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999, 0.9999];
const LENIENT = { confidence: EDGES[0]!, check_share: 0 };
