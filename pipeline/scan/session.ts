/**
 * One endpoint's connections, one at a time: opens each, keeps the facts of the first dialogue, remembers what was
 * accepted (for controls), waits out throttling inside a budget, and knows when it makes no sense to go on asking.
 */

import type { Effort, StopReason } from '../formats/raw-record.ts';
import { type DialogueFacts, type MailDialogue, noFacts, openDialogue } from '../mail/index.ts';
import { FlightReader, type HelloOffer, type ServerAnswer, writeHello } from '../tls/index.ts';
import { Aborted, type Answered, type Failure, MailConnection, NoSocket } from './connection.ts';
import { Evidence } from './evidence.ts';
import { suiteOf } from './offer-lists.ts';
import type { HostBudget, ScanContext } from './scan-context.ts';
import { standardHello } from './standard-hello.ts';
import type { Endpoint } from './targets/endpoints.ts';
import { Throttle } from './throttle.ts';
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

export class EndpointSession {
  readonly endpoint: Endpoint;
  readonly context: ScanContext;
  readonly evidence = new Evidence();
  readonly effort: Effort = {
    connections: 0,
    handshakes: 0,
    retries: 0,
    throttle_waits: 0,
    throttle_waited_ms: 0,
  };
  dialogue: DialogueFacts = noFacts();
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
  /** Why nothing more is asked. */
  stopped: { reason: StopReason; detail: string } | null = null;
  /** What took TLS out of reach for good, if anything did. */
  gone: Pick<Failure, 'error_kind' | 'error_detail'> | null = null;
  /** A hello that this endpoint accepted. */
  #accepted: Question | undefined;
  /** A connection came as far as TLS once: later dialogues may be short, and what fails before TLS is throttling. */
  #known = false;
  /** Questions asked so far, those that failed before their hello included. */
  hellos = 0;
  #listeners: readonly AnswerListener[] = [];
  #deadline: number;
  readonly #throttle: Throttle;
  readonly #budget: HostBudget;
  #bytes = 0;

  constructor(endpoint: Endpoint, context: ScanContext, budget: HostBudget) {
    this.#budget = budget;
    this.endpoint = endpoint;
    this.context = context;
    this.#deadline = context.world.clock.monotonic() + context.options.timeouts.endpoint_ms;
    this.#throttle = new Throttle(context.options.throttle);
  }

  /** Whether any connection came as far as TLS. */
  get reachedTls(): boolean {
    return this.#known;
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

  stop(reason: StopReason, detail: string): void {
    this.stopped ??= { reason, detail };
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
  async ask(question: Question, onHello?: () => void): Promise<Reply> {
    const offer = this.#offer(question);
    const { keep_flights } = this.context.options;
    const reader = new FlightReader(offer, suiteOf, keep_flights);
    const { connection, outcome, started } = await this.#patiently(false, (connection, dialogue) => {
      const hello = () => {
        this.#noteReached(dialogue);
        onHello?.();
        this.countHello();
        return writeHello(offer);
      };
      return connection.exchange(dialogue, hello, reader);
    });
    try {
      this.hellos++;
      const verdict = this.#judge(offer, outcome, keep_flights ? reader.recorded : null);
      this.#note(question, offer, outcome, verdict);
      const duration_ms = Math.round(this.context.world.clock.monotonic() - started);
      return { ...verdict, duration_ms, hello: this.hellos };
    } finally {
      this.release(connection);
    }
  }

  /**
   * A connection that has come as far as TLS, to be handed over to another reader, or the failure on the way that waiting
   * doesn't mend. The caller releases it.
   */
  async openPatiently(): Promise<{ connection: MailConnection; failure: Failure | null }> {
    const { connection, outcome } = await this.#patiently(true, async (connection, dialogue) => {
      const failure = await connection.open(dialogue);
      if (!failure) this.#noteReached(dialogue);
      return failure;
    });
    return { connection, failure: outcome };
  }

  release(connection: MailConnection): void {
    connection.close();
    if (!this.context.live.delete(connection)) return;
    this.context.gate.leave(this.endpoint.ip!);
    this.#bytes += connection.bytes;
    if (this.#bytes > ENDPOINT_BYTES)
      this.stop('byte_budget', `over ${ENDPOINT_BYTES} bytes from this endpoint`);
    if (this.context.world.clock.monotonic() > this.#deadline) {
      this.stop('time_budget', `endpoint not done in ${this.context.options.timeouts.endpoint_ms} ms`);
    }
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

  /** Waits as for throttling; false where the budget for that is used up, and nothing more is asked. `why` says what it is. */
  async waitOut(why: string): Promise<boolean> {
    const wait = this.#throttle.next();
    if (wait === null) {
      const { throttle_waits, throttle_waited_ms } = this.effort;
      const waited = `${throttle_waits} waits of ${Math.round(throttle_waited_ms)} ms in all`;
      this.stop('throttled', `${why} after ${waited}`);
      return false;
    }
    this.effort.throttle_waits++;
    this.effort.throttle_waited_ms += wait;
    await this.#withoutUs(this.context.rest(wait));
    this.#checkNotStopped();
    return true;
  }

  /**
   * What `talk` makes of a connection, or of as many as throttling makes necessary: of the last one. Where this machine has
   * no socket to spare it waits for one; throws NoSocket where none comes.
   */
  async #patiently<Outcome extends Answered | Failure | null>(
    asStream: boolean,
    talk: (connection: MailConnection, dialogue: MailDialogue | undefined) => Promise<Outcome>,
  ): Promise<{ connection: MailConnection; outcome: Outcome; started: number }> {
    const { clock } = this.context.world;
    for (let since = clock.monotonic(); ; ) {
      // Most may begin now: each promise costs.
      const turn = this.#turn();
      if (turn) await turn;
      const started = clock.monotonic();
      const dialogue = this.#openDialogue();
      const connection = this.#connect(asStream);
      let outcome: Outcome;
      try {
        outcome = await talk(connection, dialogue);
      } catch (error) {
        this.#drop(connection);
        if (!(error instanceof NoSocket) || clock.monotonic() - since > SOCKET_PATIENCE_MS) throw error;
        await this.#withoutUs(this.context.rest(SOCKET_PAUSE_MS));
        continue;
      }
      if (dialogue && !this.#known) this.dialogue = dialogue.facts;
      if (outcome?.kind !== 'failure' || !this.#isThrottling(outcome))
        return { connection, outcome, started };
      // While it waits it holds no connection.
      this.release(connection);
      if (!(await this.waitOut(`${outcome.error_kind} (${outcome.error_detail})`)))
        return { connection, outcome, started };
      this.effort.retries++;
      since = clock.monotonic();
    }
  }

  /** Undefined where a connection may begin now. A place at the address is taken then, or when it resolves. */
  #turn(): Promise<void> | undefined {
    const { gate, pacer, options } = this.context;
    const turn = gate.enter(this.endpoint.ip!, options.signal);
    if (!turn) {
      const pace = pacer.turn(options.signal);
      return pace && this.#withoutUs(pace);
    }
    return this.#withoutUs(turn.then(() => pacer.turn(options.signal)));
  }

  /** Begins a connection whose turn it is. */
  #connect(asStream: boolean): MailConnection {
    const { options, world, live, gate } = this.context;
    if (options.signal?.aborted) gate.leave(this.endpoint.ip!);
    this.#checkNotStopped();
    const { ip, connect_port } = this.endpoint;
    const connection = new MailConnection(
      (onData) =>
        asStream
          ? world.connect(ip!, connect_port).on('data', onData)
          : world.connect(ip!, connect_port, onData),
      options.timeouts,
    );
    live.add(connection);
    this.effort.connections++;
    return connection;
  }

  #drop(connection: MailConnection): void {
    connection.close();
    if (this.context.live.delete(connection)) this.context.gate.leave(this.endpoint.ip!);
  }

  #checkNotStopped(): void {
    if (this.context.options.signal?.aborted) throw new Aborted('scan stopped');
  }

  /** What this machine waits for of its own accord is not taken from the endpoint's time. */
  async #withoutUs(wait: Promise<void>): Promise<void> {
    const { clock } = this.context.world;
    const since = clock.monotonic();
    await wait;
    this.#deadline += clock.monotonic() - since;
  }

  /** A connection came as far as TLS. */
  #noteReached(dialogue: MailDialogue | undefined): void {
    if (dialogue && !this.#known) this.dialogue = dialogue.facts;
    this.#known = true;
    // With implicit TLS a connection alone is no service yet.
    if (dialogue) this.#throttle.succeeded();
  }

  /**
   * A server that did start TLS before and now doesn't let us come so far is short of something, or tired of us; so is
   * one that says 4xx.
   */
  #isThrottling({ stage, error_kind }: Failure): boolean {
    if (this.stopped || stage === 'tls') return false;
    return this.#known || error_kind === 'temporary_failure';
  }

  #openDialogue(): MailDialogue | undefined {
    const { protocol, tls_mode } = this.endpoint.service;
    if (tls_mode === 'implicit') return undefined;
    return openDialogue(protocol, { helo: this.context.options.helo, known: this.#known });
  }

  #offer(question: Question): HelloOffer {
    const { server_name = this.endpoint.host } = question;
    const offer: HelloOffer = standardHello(question, this.context.world.randomBytes(32));
    // RFC 6066, 3: without a trailing dot.
    if (server_name !== null) offer.server_name = server_name.replace(/\.$/, '');
    return offer;
  }

  /** One hello more, of the endpoint's effort and of its host's budget. */
  countHello(): void {
    this.effort.handshakes++;
    this.#budget.handshakes--;
    if (this.#budget.handshakes <= 0) {
      this.stop('handshake_budget', `${this.context.options.max_handshakes} handshakes with this host`);
    }
  }

  #judge(offer: HelloOffer, outcome: Answered | Failure, flight_bytes: Uint8Array | null): Verdict {
    if (outcome.kind === 'failure' && outcome.stage !== 'tls' && this.stopped?.reason === 'throttled') {
      const error_kind = this.#known ? 'throttled' : outcome.error_kind;
      return { kind: 'gone', error_kind, error_detail: outcome.error_detail };
    }
    // Where TLS was never reached there is nothing to ask again.
    if (outcome.kind === 'failure' && !this.#known) return { ...outcome, kind: 'gone' };
    return judge(offer, outcome, flight_bytes);
  }

  #note(question: Question, offer: HelloOffer, outcome: Answered | Failure, verdict: Verdict): void {
    if (verdict.kind === 'accepted') this.#accepted ??= question;
    if (outcome.kind === 'answer') this.#throttle.succeeded();
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
/** Bytes from one endpoint, over all its connections: the longest honest scan known to us is below 8 MiB. */
const ENDPOINT_BYTES = 64 * 1024 * 1024;
/** How long a connection waits for a socket of this machine, and between two tries. */
const SOCKET_PATIENCE_MS = 30_000;
const SOCKET_PAUSE_MS = 250;
