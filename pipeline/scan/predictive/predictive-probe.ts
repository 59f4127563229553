/**
 * One endpoint's versions by a prior: asks what the Predictor plans, books each answer as VersionProbe does, and at the
 * end what is inferred. What got no answer stays open and is left to VersionProbe, which knows long hellos, silences
 * and dead endpoints: an error is neither evidence nor a no. TLS 1.3, which no prior knows, is asked as soon as there is a
 * control: whether it is accepted tells servers of today from those of an old prior.
 */
import type { InferenceCheck } from '../../formats/raw-record.ts';
import { TLS1_3 } from '../../tls/index.ts';
import type { EndpointSession } from '../session.ts';
import type { VersionProbe } from '../version-probe.ts';
import type { VersionTally } from '../version-tally.ts';
import type { Predictions } from './predictions.ts';
import { type PlannedAnswer, type PlannedQuestion, Predictor } from './predictor.ts';
import { seededRandom } from './seeded-random.ts';

export interface Predicted {
  /** Suites still to be asked about, by version, in the order of the offer. */
  left: ReadonlyMap<number, readonly number[]>;
  /** Inferred outcomes that were asked on the wire after all. */
  checks: InferenceCheck[];
}

/** Has `probes` book what answers tell, and books inference. `seed` draws the checks: the same one draws the same ones. */
export async function predict(
  session: EndpointSession,
  probes: readonly VersionProbe[],
  predictions: Predictions,
  seed: string,
): Promise<Predicted> {
  const predictor = new Predictor(predictions, seededRandom(seed));
  let question = predictor.next();
  while (question && !session.stopped) {
    const answer = await answerTo(probes, question);
    predictor.take(answer);
    if (answer.kind === 'accepted' && (await isStrange(probes, predictions))) predictor.meetStranger();
    // A server that has said nothing yet may be dead: whoever asks the rest knows when to stop.
    if (answer.kind === 'unanswered' && !probes.some((probe) => probe.answered)) break;
    question = predictor.next();
  }
  const tallies = probes.map(({ tally }) => tally);
  const isInferred = question === null && (await confirmAll(session, probes));
  if (isInferred) inferFrom(predictor, tallies);
  return { left: leftOf(predictor, tallies, isInferred), checks: predictor.checks };
}

/**
 * One hello more for each version with a refusal. False where one is contradicted, or where the server does not take hellos of
 * ours: it is no server of those that the prior knows.
 */
async function confirmAll(session: EndpointSession, probes: readonly VersionProbe[]): Promise<boolean> {
  for (const probe of probes) {
    await probe.confirmApart();
    if (session.hasAccepted) await probe.settle();
  }
  return !session.stopped && session.contradictions.length === 0 && session.tolerance.isFull;
}

/** Whether TLS 1.3 is accepted, at the first call, where no server of the prior accepted it. */
async function isStrange(probes: readonly VersionProbe[], { tls13IsStrange }: Predictions): Promise<boolean> {
  const newest = probes.find(({ tally }) => tally.version === TLS1_3);
  if (!tls13IsStrange || !newest || newest.isDone) return false;
  await newest.adaptive();
  return newest.tally.acceptedSuites.length > 0;
}

async function answerTo(
  probes: readonly VersionProbe[],
  { version, cipher_suites }: PlannedQuestion,
): Promise<PlannedAnswer> {
  const answer = await probes.find(({ tally }) => tally.version === version)!.askOnce(cipher_suites);
  if (answer === 'refused') return { kind: 'rejected' };
  return answer === 'unanswered' ? { kind: answer } : { kind: 'accepted', cipher_suites: answer };
}

function inferFrom(predictor: Predictor, tallies: readonly VersionTally[]): void {
  const inferred = predictor.outcomes().filter((known) => !known.verified);
  for (const tally of tallies) {
    const here = inferred.filter((known) => known.version === tally.version);
    const accepted = here.filter((known) => known.outcome === 'accepted').map((known) => known.cipher_suite);
    const probability = here.reduce((least, known) => Math.min(least, known.probability), 1);
    tally.infer(accepted, here.length - accepted.length, probability);
  }
}

/** What no answer settled; where the questions did not come to their end, nothing is settled by inference. */
function leftOf(predictor: Predictor, tallies: readonly VersionTally[], ended: boolean): Predicted['left'] {
  const known = predictor.outcomes().filter(({ verified }) => verified || ended);
  return new Map(
    tallies.map(({ version, offered }) => {
      const settled = new Set(known.filter((one) => one.version === version).map((one) => one.cipher_suite));
      return [version, offered.filter((suite) => !settled.has(suite))];
    }),
  );
}
