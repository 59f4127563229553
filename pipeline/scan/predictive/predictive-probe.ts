/**
 * One endpoint's versions by a prior: asks what the Predictor plans, books each answer as VersionProbe does, and at the
 * end what is inferred. What got no answer stays open and is left to VersionProbe, which knows long hellos, silences
 * and dead endpoints: an error is neither evidence nor a no.
 */
import type { InferenceCheck } from '../../formats/raw-record.ts';
import type { EndpointSession, Reply } from '../session.ts';
import { askingFor, heard } from '../silence.ts';
import { standardGroups } from '../standard-hello.ts';
import { CHUNK, VersionProbe } from '../version-probe.ts';
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

/** Books into `tallies` what answers and inference tell. `seed` draws the checks: the same one draws the same ones. */
export async function predict(
  session: EndpointSession,
  tallies: readonly VersionTally[],
  predictions: Predictions,
  seed: string,
): Promise<Predicted> {
  const predictor = new Predictor(predictions, seededRandom(seed));
  const asker = new Asker(session, tallies);
  let question = predictor.next();
  while (question && !session.stopped) {
    const answer = await asker.ask(question);
    predictor.take(answer);
    // A server that has said nothing yet may be dead: whoever asks the rest knows when to stop.
    if (answer.kind === 'unanswered' && !tallies.some((tally) => tally.answered)) break;
    question = predictor.next();
  }
  if (!question) inferFrom(predictor, tallies);
  return { left: leftOf(predictor, tallies, question === null), checks: predictor.checks };
}

class Asker {
  readonly #session: EndpointSession;
  readonly #tallies: readonly VersionTally[];

  constructor(session: EndpointSession, tallies: readonly VersionTally[]) {
    this.#session = session;
    this.#tallies = tallies;
  }

  async ask({ version, cipher_suites }: PlannedQuestion): Promise<PlannedAnswer> {
    const tally = this.#tallies.find((one) => one.version === version)!;
    const reply = await this.#reply(tally, cipher_suites);
    switch (reply.kind) {
      case 'accepted':
        return this.#accept(tally, cipher_suites, reply);
      case 'rejected':
        // Maybe what it refuses is the length: VersionProbe knows how to tell.
        if (cipher_suites.length > CHUNK && !this.#session.readsLongHellos) return { kind: 'unanswered' };
        tally.reject(cipher_suites.length, reply.by, reply.code);
        return { kind: 'rejected' };
      default:
        // VersionProbe has no turn any more: what it would say of this question is said now.
        if (this.#session.stopped) {
          await new VersionProbe(this.#session, tally, NO_GROUPS).bookLast(cipher_suites, reply);
        }
        return { kind: 'unanswered' };
    }
  }

  #accept(
    tally: VersionTally,
    offered: readonly number[],
    reply: Extract<Reply, { kind: 'accepted' }>,
  ): PlannedAnswer {
    tally.accept(reply, this.#session.evidence, reply.duration_ms);
    if (reply.flight.kind !== 'server_hello') {
      const missing = offered.filter((suite) => !reply.cipher_suites.includes(suite));
      tally.reject(missing.length, 'not_listed', null);
    }
    return { kind: 'accepted', cipher_suites: reply.cipher_suites };
  }

  async #reply(tally: VersionTally, cipher_suites: readonly number[]): Promise<Reply> {
    const { version } = tally;
    const groups = standardGroups(version, this.#session.context.world.randomBytes);
    const ask = () => this.#session.ask({ version, cipher_suites, ...groups }, () => tally.handshakes++);
    return heard(await ask(), askingFor(this.#session, tally, ask));
  }
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

/** Nothing is asked with them. */
const NO_GROUPS = { named_groups: [] };
