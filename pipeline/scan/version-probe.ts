/**
 * One version at one endpoint: which of its suites are accepted. Exhaustive asks for one suite a handshake; adaptive offers all
 * that is left, notes the pick, takes it out and ends at a refusal. What is refused waits until it is ruled what that means:
 *
 *     ask ──accepted──▶ book, take out ──▶ ask
 *      └──refused, silent, no answer──▶ confirm ──accepted──▶ ask
 *                                        └──▶ waiting ──settle──▶ waiting, or ask in another form
 *                                                └──finish──▶ rejected | error
 *
 * An answer counts for the suites that were in its hello.
 */
import type { HelloForm } from './hello-form.ts';
import { isOutOfRange } from './offer-lists.ts';
import { type Open, RefusalConfirmation } from './refusal-confirmation.ts';
import { isAboutSuites } from './refusal-rule.ts';
import type { RefusedSuites } from './refused-suites.ts';
import type { EndpointSession, Question, Reply } from './session.ts';
import { type AcceptedReply, VersionQuestions } from './version-questions.ts';
import type { VersionTally } from './version-tally.ts';

export class VersionProbe {
  readonly tally: VersionTally;
  readonly #session: EndpointSession;
  readonly #questions: VersionQuestions;
  readonly #confirmation: RefusalConfirmation;
  /** Suites that were refused a few at a time, by how: they are confirmed together. */
  readonly #apart = new Map<string, RefusedSuites>();
  #deadInARow = 0;
  /** All that is to be asked about was asked, by adaptive or exhaustive. */
  isDone = false;

  constructor(
    session: EndpointSession,
    tally: VersionTally,
    extra: Pick<Question, 'named_groups' | 'key_shares'>,
  ) {
    this.tally = tally;
    this.#session = session;
    this.#questions = new VersionQuestions(session, tally, extra);
    this.#confirmation = new RefusalConfirmation(this.#questions);
  }

  /** The server has said something about this version. */
  get answered(): boolean {
    return this.tally.answered || this.#confirmation.hasAnswer || this.#apart.size > 0;
  }

  /** Why there is no answer, where there is none. */
  get failure(): RefusedSuites['failure'] {
    return this.#confirmation.failure;
  }

  /** One suite a handshake; those that the registry has for other versions together, as adaptive does. */
  async exhaustive(): Promise<void> {
    const { version, offered } = this.tally;
    const isRegistered = this.#session.context.options.suites === 'iana';
    const isTogether = (suite: number): boolean => isRegistered && isOutOfRange(version, suite);
    for (const suite of offered) {
      if (!isTogether(suite) && !this.#questions.isOver && !this.#isDead) await this.#askAlone(suite);
    }
    if (this.#isDead)
      this.#session.skip('unresponsive', `0x${version.toString(16)}: two suites without an answer`);
    else {
      await this.confirmApart();
      await this.#ask({ suites: offered.filter(isTogether) });
    }
    this.isDone = true;
  }

  /** Asks about `offered`, all of the version's suites unless something else is known of the rest. */
  async adaptive(offered: readonly number[] = this.tally.offered): Promise<void> {
    await this.#ask({ suites: offered });
    this.isDone = true;
  }

  /**
   * One question of a strategy that chooses its own: the suites that are accepted now, or whether all of `suites` are refused,
   * which `confirmApart` has to confirm. What has no answer that says anything is left to be asked anew.
   */
  async askOnce(suites: readonly number[]): Promise<readonly number[] | 'refused' | 'unanswered'> {
    const before = this.tally.acceptedSuites.length;
    const reply = await this.#questions.ask(suites);
    if (reply.kind === 'rejected' && isAboutSuites(this.tally.version, reply)) {
      this.#keepApart(suites, reply);
      return 'refused';
    }
    if (reply.kind === 'accepted') await this.#accept({ suites }, reply);
    else if (reply.kind === 'gone') this.#questions.lose(suites, reply);
    else {
      const refused = this.#confirmation.refusedBy({ suites }, reply);
      await this.#confirmation.confirm(refused);
      if (refused.forms.length >= 2) return 'refused';
      // Whoever chooses the questions leaves these suites open, and they are asked for anew, if anything is.
      if (!this.#questions.isOver) this.#confirmation.forget(refused);
    }
    const accepted = this.tally.acceptedSuites.slice(before);
    return accepted.length > 0 ? accepted : 'unanswered';
  }

  /** Asks again for all that was refused a few at a time. What is accepted then is asked on as adaptive does. */
  async confirmApart(): Promise<void> {
    const all = [...this.#apart.values()];
    this.#apart.clear();
    for (const refused of all) await this.#ask(await this.#confirmation.confirm(refused));
  }

  /** A few suites in a form that is not the endpoint's: true where one is accepted. Nothing is booked of the others. */
  async attempt(suites: readonly number[], form: HelloForm): Promise<boolean> {
    const reply = await this.#questions.ask(suites, form);
    if (reply.kind === 'accepted') this.#questions.accept(suites, reply);
    return reply.kind === 'accepted';
  }

  /** Asks again for all that is waiting, in the form of the endpoint. */
  async askAgain(): Promise<void> {
    for (const refused of this.#confirmation.takeWaiting()) {
      if (this.#questions.isOver) this.#confirmation.keep(refused);
      else await this.#ask({ suites: refused.cipher_suites });
    }
  }

  /** To be called once something is accepted at the endpoint: then there are controls. */
  async settle(): Promise<void> {
    for (const refused of this.#confirmation.takeWaiting()) {
      await this.#ask(await this.#confirmation.settle(refused));
    }
  }

  /** Rules on all that is waiting. Where the endpoint has contradicted itself meanwhile, it is asked more often first. */
  async finish(): Promise<void> {
    for (const refused of [...this.#apart.values()]) this.#confirmation.rule(refused, false);
    for (let all = this.#confirmation.takeWaiting(); all.length > 0; all = this.#confirmation.takeWaiting()) {
      for (const refused of all) await this.#finish(refused);
    }
  }

  async #finish(refused: RefusedSuites): Promise<void> {
    const isAlive = await this.#confirmation.isAlive(refused);
    if (this.#questions.isOver || !this.#confirmation.isShort(refused))
      this.#confirmation.rule(refused, isAlive);
    else await this.#ask(await this.#confirmation.confirm(refused));
  }

  async #ask(open: Open): Promise<void> {
    const suites = this.#questions.notAccepted(open.suites);
    const todo: Open[] = suites.length > 0 ? [{ ...open, suites }] : [];
    for (let next = todo.shift(); next && !this.#questions.isOver; next = todo.shift()) {
      const { suites: left, form } = await this.#eliminate(next);
      if (left.length > 0)
        todo.unshift(...chunksOf(left, this.#questions.suitesAHello).map((suites) => ({ suites, form })));
    }
  }

  /** Up to a refusal; what is too much for one hello comes back. */
  async #eliminate(list: Open): Promise<Open> {
    let open = list;
    while (
      open.suites.length > 0 &&
      open.suites.length <= this.#questions.suitesAHello &&
      !this.#questions.isOver
    ) {
      const { suites, form } = open;
      const isReversed = this.#isDepthOpen(suites);
      const reply = await this.#questions.ask(isReversed ? suites.toReversed() : suites, form);
      if (reply.kind === 'gone') {
        this.#questions.lose(suites, reply);
        return { suites: [] };
      }
      if (reply.kind === 'accepted') open = await this.#accept(open, reply);
      else open = await this.#confirmation.confirm(this.#confirmation.refusedBy(open, reply, isReversed));
    }
    return this.#questions.isOver ? { suites: [] } : open;
  }

  /** The rare suites stand first where that may show that the server reads a hello to its end. */
  #isDepthOpen({ length }: readonly number[]): boolean {
    return this.tally.acceptedSuites.length === 1 && 2 * this.#session.tolerance.suitesRead < length;
  }

  /** SSLv2's SERVER-HELLO lists all kinds that both sides have: what is missing in it is refused. */
  #accept({ suites, form }: Open, reply: AcceptedReply): Open | Promise<Open> {
    const left = { suites: this.#questions.accept(suites, reply), form };
    if (reply.flight.kind === 'server_hello' || left.suites.length === 0) return left;
    const { duration_ms, hello } = reply;
    const missing = { kind: 'rejected', by: 'not_listed', code: null, duration_ms, hello } as const;
    return this.#confirmation.confirm(this.#confirmation.refusedBy(left, missing));
  }

  async #askAlone(suite: number): Promise<void> {
    const reply = await this.#questions.ask([suite]);
    this.#deadInARow = reply.kind === 'failed' ? this.#deadInARow + 1 : 0;
    if (reply.kind === 'accepted') this.#questions.accept([suite], reply);
    else if (reply.kind === 'gone') this.#questions.lose([suite], reply);
    else if (reply.kind === 'rejected') this.#keepApart([suite], reply);
    else
      await this.#ask(
        await this.#confirmation.confirm(this.#confirmation.refusedBy({ suites: [suite] }, reply)),
      );
  }

  #keepApart(suites: readonly number[], reply: Extract<Reply, { kind: 'rejected' }>): void {
    const key = `${reply.by} ${reply.code}`;
    const known = this.#apart.get(key);
    if (known) known.cipher_suites = [...known.cipher_suites, ...suites];
    else this.#apart.set(key, this.#confirmation.refusedBy({ suites }, reply));
  }

  get #isDead(): boolean {
    return this.#deadInARow >= DEAD_SUITES && !this.answered;
  }
}

function chunksOf(list: readonly number[], size: number): (readonly number[])[] {
  if (list.length <= size) return [list];
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

/** After so many suites in a row without any answer at a version the rest of it is not asked for one by one. */
const DEAD_SUITES = 2;
