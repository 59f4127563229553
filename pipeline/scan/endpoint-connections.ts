/**
 * One endpoint's connections, one at a time: whose turn it is, throttling waited out inside a budget, the bounds of the
 * endpoint in bytes, time and handshakes, and why nothing more is asked.
 */
import type { Effort, StopReason } from '../formats/raw-record.ts';
import { type DialogueFacts, type MailDialogue, noFacts, openDialogue } from '../mail/index.ts';
import { MailConnection } from './connection.ts';
import { Aborted, type Answered, type Failure, NoSocket } from './connection-outcome.ts';
import type { HostBudget, ScanContext } from './scan-context.ts';
import type { Endpoint } from './targets/endpoints.ts';
import { Throttle } from './throttle.ts';

export class EndpointConnections {
  readonly endpoint: Endpoint;
  readonly context: ScanContext;
  readonly effort: Effort = {
    connections: 0,
    handshakes: 0,
    retries: 0,
    throttle_waits: 0,
    throttle_waited_ms: 0,
  };
  /** What was said before TLS, on the first connection that came so far. */
  dialogue: DialogueFacts = noFacts();
  /** Why nothing more is asked. */
  stopped: { reason: StopReason; detail: string } | null = null;
  /** A connection came as far as TLS once: later dialogues may be short, and what fails before TLS is throttling. */
  #known = false;
  /** A connection found no STARTTLS: one is no proof (back ends behind one address, a middlebox), a second one is asked. */
  #withoutStarttls = false;
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

  stop(reason: StopReason, detail: string): void {
    this.stopped ??= { reason, detail };
  }

  /** The server has answered a hello: it is not tired of us. */
  noteAnswer(): void {
    this.#throttle.succeeded();
  }

  /** One hello more, of the endpoint's effort and of its host's budget. */
  countHello(): void {
    this.effort.handshakes++;
    this.#budget.handshakes--;
    if (this.#budget.handshakes <= 0) {
      this.stop('handshake_budget', `${this.context.options.max_handshakes} handshakes with this host`);
    }
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
   * What `talk` makes of a connection, or of as many as throttling makes necessary, and then `use` of the last one and its
   * outcome. Where this machine has no socket to spare it waits for one; throws NoSocket where none comes. `use` is called
   * here, since a scan holds thousands of these: an async function around it would take half a kilobyte more for each.
   */
  async patiently<Outcome extends Answered | Failure | null, Result>(
    asStream: boolean,
    talk: (connection: MailConnection, dialogue: MailDialogue | undefined) => Promise<Outcome>,
    use: (connection: MailConnection, outcome: Outcome, started: number) => Result,
  ): Promise<Result> {
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
      if (dialogue) this.#noteDialogue(dialogue);
      if (outcome?.kind === 'failure' && this.#isFirstWithoutStarttls(outcome)) {
        this.release(connection);
        this.effort.retries++;
        since = clock.monotonic();
        continue;
      }
      if (outcome?.kind !== 'failure' || !this.#isThrottling(outcome)) {
        return use(connection, outcome, started);
      }
      // While it waits it holds no connection.
      this.release(connection);
      if (!(await this.waitOut(`${outcome.error_kind} (${outcome.error_detail})`))) {
        return use(connection, outcome, started);
      }
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
  noteReached(dialogue: MailDialogue | undefined): void {
    if (dialogue && !this.#known) this.dialogue = dialogue.facts;
    this.#known = true;
    // With implicit TLS a connection alone is no service yet.
    if (dialogue) this.#throttle.succeeded();
  }

  /** Of connections before TLS was reached; what the first one said of STARTTLS stays where the second says no more. */
  #noteDialogue({ facts }: MailDialogue): void {
    if (!this.#known && !(this.#withoutStarttls && !facts.starttls_offered)) this.dialogue = facts;
  }

  #isFirstWithoutStarttls({ error_kind }: Failure): boolean {
    if (error_kind !== 'no_starttls' || this.#known || this.#withoutStarttls) return false;
    this.#withoutStarttls = true;
    return true;
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
}

/** Bytes from one endpoint, over all its connections: the longest honest scan known to us is below 8 MiB. */
const ENDPOINT_BYTES = 64 * 1024 * 1024;
/** How long a connection waits for a socket of this machine, and between two tries. */
const SOCKET_PATIENCE_MS = 30_000;
const SOCKET_PAUSE_MS = 250;
