/**
 * One endpoint's connections, one at a time: opens each, keeps the facts of the first dialogue, remembers what was
 * accepted (for controls), and knows when it makes no sense to go on asking.
 */

import { type DialogueFacts, type MailDialogue, noFacts, openDialogue } from '../mail/index.ts';
import { FlightReader, type HelloOffer, writeHello } from '../tls/index.ts';
import { Aborted, type Failure, MailConnection, NoSocket } from './connection.ts';
import type { Endpoint } from './endpoints.ts';
import { Evidence } from './evidence.ts';
import { suiteOf } from './offer-lists.ts';
import type { ScanOptions, ScanWorld } from './options.ts';
import { type Pacer, pause } from './rate.ts';
import { judge, type Verdict } from './verdict.ts';

/** What all endpoints of a scan share. */
export interface ScanContext {
  options: ScanOptions;
  world: ScanWorld;
  pacer: Pacer;
  /** Connections in flight, to be dropped when the scan is stopped. */
  live: Set<MailConnection>;
  suites: ReadonlyMap<number, readonly number[]>;
}

export type Question = Pick<HelloOffer, 'version' | 'cipher_suites' | 'named_groups' | 'key_shares'>;
/** `hello`: which of the endpoint's questions it answers, counted from 1. */
export type Reply = Verdict & { duration_ms: number; hello: number };

/** How long a connection waits for a socket of this machine, and between two tries. */
const SOCKET_PATIENCE_MS = 30_000;
const SOCKET_PAUSE_MS = 250;

export class EndpointSession {
  readonly endpoint: Endpoint;
  readonly context: ScanContext;
  readonly evidence = new Evidence();
  dialogue: DialogueFacts = noFacts();
  /** Why nothing more is asked. */
  stopped: { error_kind: Failure['error_kind']; error_detail: string } | null = null;
  /** A hello that this endpoint accepted. */
  #accepted: Question | undefined;
  /** A connection came as far as TLS once: later dialogues may be short, and their refusals are temporary. */
  #known = false;
  /** Questions asked so far, those that failed before their hello included. */
  hellos = 0;
  #deadline: number;

  constructor(endpoint: Endpoint, context: ScanContext) {
    this.endpoint = endpoint;
    this.context = context;
    this.#deadline = context.world.clock.monotonic() + context.options.timeouts.endpoint_ms;
  }

  /** Whether any connection came as far as TLS. */
  get reachedTls(): boolean {
    return this.#known;
  }

  get hasAccepted(): boolean {
    return this.#accepted !== undefined;
  }

  stop(error_kind: Failure['error_kind'], error_detail: string): void {
    this.stopped ??= { error_kind, error_detail };
  }

  /** One connection, one hello. `onHello` is called when the hello is sent. */
  async ask(question: Question, onHello: () => void): Promise<Reply> {
    const offer = this.#offer(question);
    const { connection, failure, started } = await this.open();
    try {
      this.hellos++;
      if (!failure) onHello();
      const outcome = failure ?? (await connection.ask(writeHello(offer), new FlightReader(offer, suiteOf)));
      const verdict = this.#known ? judge(offer, outcome) : gone(failure!);
      this.#note(question, verdict);
      const duration_ms = Math.round(this.context.world.clock.monotonic() - started);
      return { ...verdict, duration_ms, hello: this.hellos };
    } finally {
      this.release(connection);
    }
  }

  /**
   * A connection that has come as far as TLS, or the failure on the way. The caller releases it. Where this machine
   * has no socket to spare it waits for one; throws NoSocket where none comes.
   */
  async open(): Promise<{ connection: MailConnection; failure: Failure | null; started: number }> {
    const { clock } = this.context.world;
    const since = clock.monotonic();
    for (;;) {
      try {
        return await this.#connect();
      } catch (error) {
        if (!(error instanceof NoSocket) || clock.monotonic() - since > SOCKET_PATIENCE_MS) throw error;
        await this.#withoutUs(() => pause(SOCKET_PAUSE_MS, this.context.options.signal));
      }
    }
  }

  async #connect(): Promise<{ connection: MailConnection; failure: Failure | null; started: number }> {
    const { pacer, live, options, world } = this.context;
    await this.#withoutUs(() => pacer.turn(options.signal));
    if (options.signal?.aborted) throw new Aborted('scan stopped');
    const started = world.clock.monotonic();
    const socket = world.connect(this.endpoint.ip!, this.endpoint.connect_port);
    const connection = new MailConnection(socket, options.timeouts);
    live.add(connection);
    try {
      return { connection, failure: await this.#reachTls(connection), started };
    } catch (error) {
      this.release(connection);
      throw error;
    }
  }

  release(connection: MailConnection): void {
    connection.close();
    this.context.live.delete(connection);
    if (this.context.world.clock.monotonic() > this.#deadline) {
      this.stop('read_timeout', `endpoint not done in ${this.context.options.timeouts.endpoint_ms} ms`);
    }
  }

  /** What this machine waits for of its own accord is not taken from the endpoint's time. */
  async #withoutUs(wait: () => Promise<void>): Promise<void> {
    const { clock } = this.context.world;
    const since = clock.monotonic();
    await wait();
    this.#deadline += clock.monotonic() - since;
  }

  async #reachTls(connection: MailConnection): Promise<Failure | null> {
    const dialogue = this.#openDialogue();
    const failure = await connection.open(dialogue);
    if (dialogue && !this.#known) this.dialogue = dialogue.facts;
    if (!failure) this.#known = true;
    return failure && this.#inContext(failure);
  }

  /** Whether a hello that was accepted before is accepted now. */
  async control(onHello: () => void): Promise<boolean> {
    if (!this.#accepted || this.stopped) return false;
    return (await this.ask(this.#accepted, onHello)).kind === 'accepted';
  }

  #openDialogue(): MailDialogue | undefined {
    const { protocol, tls_mode } = this.endpoint.service;
    if (tls_mode === 'implicit') return undefined;
    return openDialogue(protocol, { helo: this.context.options.helo, known: this.#known });
  }

  #offer(question: Question): HelloOffer {
    const random = this.context.world.randomBytes(32);
    return { ...question, random, server_name: this.endpoint.host ?? undefined };
  }

  /** A server that did start TLS before and now does not is short of something: that is temporary. */
  #inContext(failure: Failure): Failure {
    if (!this.#known || !REFUSALS.has(failure.error_kind)) return failure;
    const error_detail = `${failure.error_kind} after earlier successes: ${failure.error_detail}`;
    return { ...failure, error_kind: 'temporary_failure', error_detail };
  }

  #note(question: Question, verdict: Verdict): void {
    if (verdict.kind === 'accepted') this.#accepted ??= question;
    if (verdict.kind === 'gone') this.stop(verdict.error_kind, verdict.error_detail);
  }
}

/** Where TLS was never reached there is nothing to ask again. */
function gone({ error_kind, error_detail }: Failure): Verdict {
  return { kind: 'gone', error_kind, error_detail };
}

const REFUSALS: ReadonlySet<string> = new Set(['starttls_refused', 'service_refused', 'no_starttls']);
