/**
 * One endpoint's questions, one after the other: a hello each, with the controls that silence needs. Remembers what was
 * accepted, what the server is able to read and how it refuses, and keeps the evidence. Its connections are another
 * module's.
 */
import type { StopReason } from '../formats/raw-record.ts';
import type { MailDialogue } from '../mail/index.ts';
import { FlightReader, type HelloOffer, type ServerAnswer, writeHello } from '../tls/index.ts';
import type { MailConnection } from './connection.ts';
import type { Answered, Failure } from './connection-outcome.ts';
import { EndpointConnections } from './endpoint-connections.ts';
import { Evidence } from './evidence.ts';
import { suiteOf } from './offer-lists.ts';
import { standardHello } from './standard-hello.ts';
import { judge, type Verdict } from './verdict.ts';

/** What is asked; `standardHello` fills in the rest. */
export type Question = Omit<HelloOffer, 'random' | 'server_name'> & {
  /** In place of the host's name; null for none. */
  server_name?: string | null | undefined;
};
/** `hello`: which of the endpoint's questions it answers, counted from 1. */
export type Reply = Verdict & { duration_ms: number; hello: number };

/** Something that learns from every answer of the endpoint to a hello of a question. */
export type AnswerListener = (offer: HelloOffer, answer: ServerAnswer) => void;

export class EndpointSession extends EndpointConnections {
  readonly evidence = new Evidence();
  /** A hello too long for some servers was answered by a ServerHello. */
  readsLongHellos = false;
  /** Suites are refused in words here, at a version of which it accepts others. */
  refusesInWords = false;
  /** Hellos that silence and controls in turn have shown to be refused. */
  silentRefusals = 0;
  /** Questions that were left out, while others go on. */
  skipped: { reason: StopReason; detail: string } | null = null;
  /** What went wrong last on the way to an answer. */
  lastFailure: Pick<Failure, 'error_kind' | 'error_detail'> | null = null;
  /** What took TLS out of reach for good, if anything did. */
  gone: Pick<Failure, 'error_kind' | 'error_detail'> | null = null;
  /** A hello that this endpoint accepted. */
  #accepted: Question | undefined;
  /** Questions asked so far, those that failed before their hello included. */
  hellos = 0;
  #listeners: readonly AnswerListener[] = [];

  get hasAccepted(): boolean {
    return this.#accepted !== undefined;
  }

  /** `listener` is told of each answer from now on, until the function that comes back is called. */
  listen(listener: AnswerListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    };
  }

  /** Something is left unasked, for a reason that is not one for the rest. */
  skip(reason: StopReason, detail: string): void {
    this.skipped ??= { reason, detail };
  }

  /** How often silence and control have to take turns until silence means no: less once that was shown. */
  get turnsOfSilence(): number {
    return this.silentRefusals === 0 ? TURNS_AT_FIRST : TURNS_LATER;
  }

  /** There is nothing that could be asked. */
  refuse(why: Pick<Failure, 'error_kind' | 'error_detail'>): void {
    this.gone ??= why;
    this.stop(why.error_kind, why.error_detail);
  }

  /** One hello, on as many connections as throttling makes necessary. `onHello` is called when the hello is sent. */
  ask(question: Question, onHello?: () => void): Promise<Reply> {
    const offer = this.#offer(question);
    const { keep_flights } = this.context.options;
    const reader = new FlightReader(offer, suiteOf, keep_flights);
    const talk = (connection: MailConnection, dialogue: MailDialogue | undefined) => {
      const hello = () => {
        this.noteReached(dialogue);
        onHello?.();
        this.countHello();
        return writeHello(offer);
      };
      return connection.exchange(dialogue, hello, reader);
    };
    return this.patiently(false, talk, (connection, outcome, started) => {
      try {
        this.hellos++;
        const verdict = this.#judge(offer, outcome, keep_flights ? reader.recorded : null);
        this.#note(question, offer, outcome, verdict);
        const duration_ms = Math.round(this.context.world.clock.monotonic() - started);
        // A spread takes 5 µs here: verdicts are of many shapes.
        return Object.assign(verdict, { duration_ms, hello: this.hellos });
      } finally {
        this.release(connection);
      }
    });
  }

  /**
   * A connection that has come as far as TLS, to be handed over to another reader, or the failure on the way that waiting
   * doesn't mend. The caller releases it.
   */
  openPatiently(): Promise<{ connection: MailConnection; failure: Failure | null }> {
    const talk = async (connection: MailConnection, dialogue: MailDialogue | undefined) => {
      const failure = await connection.open(dialogue);
      if (!failure) this.noteReached(dialogue);
      return failure;
    };
    return this.patiently(true, talk, (connection, failure) => ({ connection, failure }));
  }

  /** Whether a hello that was accepted before is accepted now. */
  async control(onHello?: () => void): Promise<boolean> {
    return (await this.controlReply(onHello))?.kind === 'accepted';
  }

  /** The answer to a hello that was accepted before; undefined where there is none, or nothing more is asked. */
  async controlReply(onHello?: () => void): Promise<Reply | undefined> {
    if (!this.#accepted || this.stopped) return undefined;
    this.effort.retries++;
    return this.ask(this.#accepted, onHello);
  }

  #offer(question: Question): HelloOffer {
    const { server_name = this.endpoint.host } = question;
    const offer: HelloOffer = standardHello(question, this.context.world.randomBytes(32));
    // RFC 6066, 3: without a trailing dot.
    if (server_name !== null) offer.server_name = server_name.replace(/\.$/, '');
    return offer;
  }

  #judge(offer: HelloOffer, outcome: Answered | Failure, flight_bytes: Uint8Array | null): Verdict {
    if (outcome.kind === 'failure' && outcome.stage !== 'tls' && this.stopped?.reason === 'throttled') {
      const error_kind = this.reachedTls ? 'throttled' : outcome.error_kind;
      return { kind: 'gone', error_kind, error_detail: outcome.error_detail };
    }
    // Where TLS was never reached there is nothing to ask again.
    if (outcome.kind === 'failure' && !this.reachedTls) return { ...outcome, kind: 'gone' };
    return judge(offer, outcome, flight_bytes);
  }

  #note(question: Question, offer: HelloOffer, outcome: Answered | Failure, verdict: Verdict): void {
    if (verdict.kind === 'accepted') this.#accepted ??= question;
    if (outcome.kind === 'answer') this.noteAnswer();
    if (outcome.kind === 'failure') this.lastFailure = outcome;
    else if (outcome.answer.kind === 'server_hello') {
      this.readsLongHellos ||= offer.cipher_suites.length > LONG_SUITES;
    }
    if (verdict.kind === 'gone') this.refuse(verdict);
    if (outcome.kind === 'answer') for (const listen of this.#listeners) listen(offer, outcome.answer);
  }
}

/** Silence and control in turn: see silence.ts. */
const TURNS_AT_FIRST = 4;
const TURNS_LATER = 2;
/** Suites of a hello that some servers can't read. */
const LONG_SUITES = 128;
