/**
 * One endpoint's questions, one after the other: a hello each, with the controls that silence needs. Remembers what was
 * accepted, what the server is able to read and how it refuses, and keeps the evidence. Its connections are another
 * module's.
 */
import type { Contradiction, Rejection, StopReason } from '../formats/raw-record.ts';
import type { MailDialogue } from '../mail/index.ts';
import {
  FlightReader,
  type HelloOffer,
  type ServerAnswer,
  SSL2,
  SSL3,
  TLS1_3,
  writeHello,
} from '../tls/index.ts';
import type { MailConnection } from './connection.ts';
import type { Answered, Failure } from './connection-outcome.ts';
import { EndpointConnections } from './endpoint-connections.ts';
import { Evidence } from './evidence.ts';
import { type HelloForm, SERVER_NAME } from './hello-form.ts';
import { HelloTolerance } from './hello-tolerance.ts';
import { suiteOf } from './offer-lists.ts';
import { isAboutSuites, LEAST_REFUSALS } from './refusal-rule.ts';
import type { HostBudget, ScanContext } from './scan-context.ts';
import { standardHello } from './standard-hello.ts';
import type { Endpoint } from './targets/endpoints.ts';
import { serverNameOf } from './targets/host-name.ts';
import { judge, type Verdict } from './verdict.ts';

/** What is asked; `standardHello` fills in the rest. */
export type Question = Omit<HelloOffer, 'random' | 'server_name' | 'without_extensions' | 'padded_length'> & {
  /** In place of the host's name; null for none. */
  server_name?: string | null | undefined;
  /** In place of the form in which this endpoint is asked. */
  form?: HelloForm | undefined;
};
/** `hello`: which of the endpoint's questions it answers, counted from 1. */
export type Reply = Verdict & { duration_ms: number; hello: number };

/** A suite that was accepted, and all that its question said beside its suites. */
export interface AcceptedSuite {
  cipher_suite: number;
  question: Omit<Question, 'cipher_suites' | 'form'>;
  form: HelloForm;
}

/** Something that learns from every answer of the endpoint to a hello of a question. */
export type AnswerListener = (offer: HelloOffer, answer: ServerAnswer) => void;

export class EndpointSession extends EndpointConnections {
  readonly evidence = new Evidence();
  readonly tolerance: HelloTolerance;
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
  /** Searches for what hellos it takes. */
  searches = 0;
  /** Which of the endpoint's questions was accepted last, counted from 1; 0 for none. */
  lastAccepted = 0;
  /** Which of them was the last of a few controls that got no answer at all; 0 for none. */
  lastUnanswered = 0;
  /** Bytes of the last hello. */
  helloBytes = 0;
  /** The first hello that this endpoint accepted. */
  #accepted: Question | undefined;
  /** The last suite that it accepted in TLS 1.3, and below. */
  #acceptedIn13: AcceptedSuite | undefined;
  #acceptedBelow: AcceptedSuite | undefined;
  #contradictions: Contradiction[] = [];
  #hasAnswered = false;
  /** Questions asked so far, those that failed before their hello included. */
  hellos = 0;
  #listeners: readonly AnswerListener[] = [];

  constructor(endpoint: Endpoint, context: ScanContext, budget: HostBudget) {
    super(endpoint, context, budget);
    this.tolerance = new HelloTolerance(this.serverName !== undefined);
  }

  /** What hellos say in server_name; undefined where there is no host name to be said. */
  get serverName(): string | undefined {
    return this.endpoint.host === null ? undefined : serverNameOf(this.endpoint.host);
  }

  /** The server was asked what it should know, and asked again in another form, and has not said a word so far. */
  get isMute(): boolean {
    return !this.#hasAnswered && this.hellos >= 2;
  }

  /** The same, where the endpoint takes it. */
  get sentName(): string | undefined {
    return this.tolerance.form.without.has(SERVER_NAME) ? undefined : this.serverName;
  }

  get contradictions(): readonly Contradiction[] {
    return this.#contradictions;
  }

  /** A refusal stands against an acceptance of the same suites. */
  noteContradiction(version: number, { by, code }: Pick<Rejection, 'by' | 'code'>): void {
    const known = this.#contradictions.find(
      (one) => one.version === version && one.by === by && one.code === code,
    );
    if (known) known.times++;
    else if (this.#contradictions.length < CONTRADICTIONS_KEPT) {
      this.#contradictions.push({ version, by, code, times: 1 });
    }
  }

  /**
   * Refusals that a no needs here: two, four where one refusal was contradicted, eight where more were. Of two back ends that
   * answer in a random order both are then met with, all but once in 128 times.
   */
  get refusalsNeeded(): number {
    const refusals = this.#contradictions.filter((one) => isAboutSuites(one.version, one));
    const times = refusals.reduce((sum, one) => sum + one.times, 0);
    return times === 0 ? LEAST_REFUSALS : times === 1 ? 2 * LEAST_REFUSALS : 4 * LEAST_REFUSALS;
  }

  /** A suite that was accepted, at a version like `version` where there is one: TLS 1.3 has a hello of its own. */
  acceptedFor(version: number): AcceptedSuite | undefined {
    return version === TLS1_3
      ? (this.#acceptedIn13 ?? this.#acceptedBelow)
      : (this.#acceptedBelow ?? this.#acceptedIn13);
  }

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
    const { form = this.tolerance.form } = question;
    const offer = this.#offer(question, form);
    const { keep_flights } = this.context.options;
    const reader = new FlightReader(offer, suiteOf, keep_flights);
    const talk = (connection: MailConnection, dialogue: MailDialogue | undefined) => {
      const hello = () => {
        this.noteReached(dialogue);
        onHello?.();
        this.countHello();
        const bytes = writeHello(offer);
        this.helloBytes = bytes.length;
        return bytes;
      };
      return connection.exchange(dialogue, hello, reader);
    };
    return this.patiently(false, talk, (connection, outcome, started) => {
      try {
        this.hellos++;
        const verdict = this.#judge(offer, outcome, keep_flights ? reader.recorded : null);
        this.#note(question, form, offer, outcome, verdict);
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

  #offer(question: Question, form: HelloForm): HelloOffer {
    const { server_name } = question;
    const offer: HelloOffer = standardHello(question, form, this.context.world.randomBytes(32));
    if (server_name !== null && !form.without.has(SERVER_NAME)) {
      offer.server_name = server_name === undefined ? this.serverName : serverNameOf(server_name);
    }
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

  #note(
    question: Question,
    form: HelloForm,
    offer: HelloOffer,
    outcome: Answered | Failure,
    verdict: Verdict,
  ): void {
    if (verdict.kind === 'accepted') this.#noteAccepted(question, form, offer, verdict.cipher_suites[0]!);
    if (outcome.kind === 'answer') this.noteAnswer();
    this.#hasAnswered ||= outcome.kind === 'answer' || outcome.error_kind !== 'read_timeout';
    if (outcome.kind === 'failure') this.lastFailure = outcome;
    if (verdict.kind === 'gone') this.refuse(verdict);
    if (outcome.kind === 'answer') for (const listen of this.#listeners) listen(offer, outcome.answer);
  }

  #noteAccepted(question: Question, form: HelloForm, offer: HelloOffer, suite: number): void {
    const { version } = offer;
    this.#accepted ??= { ...question, form };
    const { cipher_suites } = offer;
    const index = cipher_suites.indexOf(suite);
    this.tolerance.noteAccepted(version, form, { suites: cipher_suites, index, bytes: this.helloBytes });
    this.lastAccepted = this.hellos;
    if (version === SSL2 || question.extensions) return;
    const accepted = { cipher_suite: suite, question, form };
    if (version === TLS1_3) this.#acceptedIn13 = accepted;
    // SSLv3 has no extensions: it shows least.
    else if (version !== SSL3 || !this.#acceptedBelow) this.#acceptedBelow = accepted;
  }
}

/** Silence and control in turn: see silence.ts. */
const TURNS_AT_FIRST = 4;
const TURNS_LATER = 2;
/** Kinds of contradiction that a record keeps. */
const CONTRADICTIONS_KEPT = 16;
