/**
 * One version at one endpoint: which of its suites are accepted. Exhaustive asks for one suite a handshake; adaptive offers all
 * that is left, notes the pick, takes it out and ends at a refusal. What is refused is asked again in another form
 * (hello-form.ts) and another order, and stands as refused suites until it is ruled what that means:
 *
 *     ask ──accepted──▶ book, take out ──▶ ask
 *      └──refused, silent, no answer──▶ ask in another form ──accepted──▶ search what it takes, or a contradiction ──▶ ask
 *                                        └──enough, or no use──▶ refused suites ──settle, finish──▶ rejected | error
 *
 * An answer counts for the suites that were in its hello.
 */
import { alertName, SSL2, SSL3 } from '../tls/index.ts';
import type { HelloForm } from './hello-form.ts';
import { isOutOfRange } from './offer-lists.ts';
import { ruleOnRefusal } from './refusal-rule.ts';
import { RefusedSuites, type Refusing } from './refused-suites.ts';
import type { AcceptedSuite, EndpointSession, Question, Reply } from './session.ts';
import { askingFor, confirmSilence } from './silence.ts';
import { SuiteLists } from './suite-lists.ts';
import { fillers, searchTolerance } from './tolerance-search.ts';
import type { VersionTally } from './version-tally.ts';

type AcceptedReply = Extract<Reply, { kind: 'accepted' }>;
type GoneReply = Extract<Reply, { kind: 'gone' }>;

export class VersionProbe {
  readonly tally: VersionTally;
  readonly #session: EndpointSession;
  readonly #extra: Pick<Question, 'named_groups' | 'key_shares'>;
  /** What was not accepted and is not ruled on yet. */
  #refused: RefusedSuites[] = [];
  #contradictions = 0;
  #deadInARow = 0;

  constructor(
    session: EndpointSession,
    tally: VersionTally,
    extra: Pick<Question, 'named_groups' | 'key_shares'>,
  ) {
    this.#session = session;
    this.tally = tally;
    this.#extra = extra;
  }

  /** All that is to be asked about was asked, by adaptive or exhaustive. */
  isDone = false;

  /** The server has said something about this version. */
  get answered(): boolean {
    return this.tally.answered || this.#refused.some(({ said }) => said !== undefined);
  }

  /** Why there is no answer, where there is none. */
  get failure(): Pick<Refusing & { kind: 'failed' }, 'error_kind' | 'error_detail'> | undefined {
    return this.#refused.find(({ failure }) => failure !== undefined)?.failure;
  }

  /** One suite a handshake; those that the registry has for other versions together, as adaptive does. */
  async exhaustive(): Promise<void> {
    const { version, offered } = this.tally;
    const isApart = (suite: number) =>
      this.#session.context.options.suites === 'iana' && isOutOfRange(version, suite);
    const refused = new Map<string, RefusedSuites>();
    for (const suite of offered) {
      if (this.#isOver || isApart(suite)) continue;
      await this.#askAlone(suite, refused);
      if (this.#isDead()) {
        const detail = `0x${version.toString(16)}: two suites without an answer`;
        this.#session.skip('unresponsive', detail);
        break;
      }
    }
    for (const suites of refused.values()) await this.#ask(await this.#confirm(suites));
    if (this.#deadInARow < 2) await this.#ask(offered.filter(isApart));
    this.isDone = true;
  }

  /** Asks about `offered`, all of the version's suites unless something else is known of the rest. */
  async adaptive(offered: readonly number[] = this.tally.offered): Promise<void> {
    await this.#ask(offered);
    this.isDone = true;
  }

  /** A few suites in a form that is not the endpoint's: true where one is accepted. Nothing is booked of the others. */
  async attempt(suites: readonly number[], form: HelloForm): Promise<boolean> {
    const reply = await this.#askFor(suites, form);
    if (reply.kind === 'accepted') this.#accept(suites, reply);
    return reply.kind === 'accepted';
  }

  /** Asks again for all that is not ruled on, in the form of the endpoint. */
  async askAgain(): Promise<void> {
    for (const { cipher_suites } of this.#refused.splice(0)) {
      await this.#ask(cipher_suites.filter((suite) => !this.tally.acceptedSuites.includes(suite)));
    }
  }

  /** Once something is accepted there are controls: silences are told from refusals, and forms that aren't taken from suites. */
  async settle(): Promise<void> {
    for (const suites of this.#refused.splice(0)) {
      if (this.#isOver) this.#refused.push(suites);
      else await this.#settle(suites);
    }
  }

  /** Rules on all that was refused. Where the endpoint has contradicted itself meanwhile, it is asked more often first. */
  async finish(): Promise<void> {
    for (let suites = this.#refused.shift(); suites; suites = this.#refused.shift()) {
      const isMoreNeeded = suites.refusals > 0 && !this.#isEnough(suites) && suites.asked < this.#mostAsked;
      if (this.#isOver || !isMoreNeeded) this.#rule(suites);
      else await this.#ask(await this.#confirm(suites));
    }
  }

  /**
   * One question of a strategy that chooses its own: suites that are accepted now, or whether all of `suites` are refused, which
   * is asked again as in any other strategy. What has no answer that says anything is left to be asked anew.
   */
  async askOnce(suites: readonly number[]): Promise<readonly number[] | 'refused' | 'unanswered'> {
    const before = this.tally.acceptedSuites.length;
    const waiting = this.#refused.length;
    const reply = await this.#askFor(suites);
    if (reply.kind === 'gone') this.#lose(suites, reply);
    else if (reply.kind === 'accepted') await this.#acceptOf(suites, reply);
    else await this.#confirm(this.#refusedBy(suites, reply));
    const accepted = this.tally.acceptedSuites.slice(before);
    if (accepted.length > 0) return accepted;
    if (this.#refused.length > waiting && this.#isProven(this.#refused.at(-1)!)) return 'refused';
    this.#refused.splice(waiting);
    return 'unanswered';
  }

  #isProven(refused: RefusedSuites): boolean {
    const evidence = refused.evidence(this.#controlOf(refused), this.#session.refusalsNeeded);
    return ruleOnRefusal(evidence) === 'rejected';
  }

  async #ask(list: readonly number[]): Promise<void> {
    const todo = [list];
    for (let suites = todo.shift(); suites && !this.#isOver; suites = todo.shift()) {
      const most = this.#session.tolerance.suites_a_hello;
      if (suites.length > most) todo.unshift(...chunksOf(suites, most));
      else todo.unshift(...(await this.#eliminate(suites)));
    }
  }

  /** Up to a refusal that is kept; what is to be asked anew, in another form, comes back. */
  async #eliminate(list: readonly number[]): Promise<(readonly number[])[]> {
    let left = list;
    while (left.length > 0 && !this.#isOver) {
      if (left.length > this.#session.tolerance.suites_a_hello) return [left];
      const reply = await this.#askFor(this.#isDepthOpen(left) ? left.toReversed() : left);
      if (reply.kind === 'accepted') left = await this.#acceptOf(left, reply);
      else if (reply.kind === 'gone') left = this.#lose(left, reply);
      else left = await this.#confirm(this.#refusedBy(left, reply));
    }
    return [];
  }

  /** SSLv2's SERVER-HELLO lists all kinds that both sides have: what is missing in it is refused. */
  #acceptOf(suites: readonly number[], reply: AcceptedReply): readonly number[] | Promise<readonly number[]> {
    const left = this.#accept(suites, reply);
    if (reply.flight.kind === 'server_hello' || left.length === 0) return left;
    const { duration_ms, hello } = reply;
    return this.#confirm(
      this.#refusedBy(left, { kind: 'rejected', by: 'not_listed', code: null, duration_ms, hello }),
    );
  }

  /** The rare suites stand first where that may show that the server reads a hello to its end. */
  #isDepthOpen({ length }: readonly number[]): boolean {
    return this.tally.acceptedSuites.length === 1 && 2 * this.#session.tolerance.suitesRead < length;
  }

  async #askAlone(suite: number, refused: Map<string, RefusedSuites>): Promise<void> {
    const reply = await this.#askFor([suite]);
    this.#deadInARow = reply.kind === 'failed' ? this.#deadInARow + 1 : 0;
    if (reply.kind === 'accepted') this.#accept([suite], reply);
    else if (reply.kind === 'gone') this.#lose([suite], reply);
    else if (reply.kind !== 'rejected')
      return this.#ask(await this.#confirm(this.#refusedBy([suite], reply)));
    if (reply.kind !== 'rejected') return;
    const key = `${reply.by} ${reply.code}`;
    const known = refused.get(key);
    if (known) known.cipher_suites = [...known.cipher_suites, suite];
    else refused.set(key, this.#refusedBy([suite], reply));
  }

  #refusedBy(suites: readonly number[], reply: Refusing): RefusedSuites {
    const refused = new RefusedSuites(suites);
    refused.note(this.#session.tolerance.form, reply);
    return refused;
  }

  /** Asks for `refused` until it is refused often enough, in two forms. Suites to go on with where one is accepted after all. */
  async #confirm(refused: RefusedSuites): Promise<readonly number[]> {
    while (!this.#isOver && this.#isOpen(refused)) {
      const form = this.#nextForm(refused);
      const reply = await this.#nextReply(refused, form);
      if (reply.kind === 'accepted') return this.#contradict(refused, reply, form);
      if (reply.kind === 'gone') return this.#lose(refused.cipher_suites, reply);
      if (reply.kind === 'rejected' && (reply.by === 'close' || reply.by === 'reset')) {
        refused.noteProvenSilence(
          this.#session.tolerance.ladder.slice(0, 2),
          reply.by,
          this.#session.refusalsNeeded,
        );
      } else refused.note(form, reply);
    }
    this.#refused.push(refused);
    return [];
  }

  #isOpen(refused: RefusedSuites): boolean {
    if (this.#isEnough(refused) || refused.asked >= this.#mostAsked) return false;
    if (refused.refusals > 0) return true;
    // Of a server that has not said a word so far each further version is asked once.
    if (refused.asked < (this.#session.isMute ? 1 : 2)) return true;
    return refused.isSilent && this.#session.hasAccepted && !refused.isProvenNothing;
  }

  #isEnough({ refusals, forms }: RefusedSuites): boolean {
    return forms.length >= 2 && refusals >= this.#session.refusalsNeeded;
  }

  get #mostAsked(): number {
    return this.#session.refusalsNeeded + 2;
  }

  /** The endpoint's own form in turns with the others. */
  #nextForm({ asked }: RefusedSuites): HelloForm {
    const { ladder } = this.#session.tolerance;
    return ladder[asked % 2 === 0 ? 0 : 1 + (((asked - 1) / 2) % (ladder.length - 1))]!;
  }

  /** Two silences in a row, so that no regular change of back ends hides one; then in turns with controls. */
  #nextReply(refused: RefusedSuites, form: HelloForm): Promise<Reply> {
    const isToBeProven = refused.isSilent && refused.asked >= 2 && refused.refusals === 0;
    if (isToBeProven && this.#session.hasAccepted) return this.#proveSilence(refused);
    this.#session.effort.retries++;
    return this.#askOrdered(refused, form);
  }

  async #askOrdered(refused: RefusedSuites, form: HelloForm): Promise<Reply> {
    const reply = await this.#askFor(this.#ordered(refused), form);
    if (
      reply.kind !== 'accepted' ||
      reply.cipher_suites.some((suite) => refused.cipher_suites.includes(suite))
    )
      return reply;
    const { duration_ms, hello, flight_bytes } = reply;
    return {
      kind: 'failed',
      error_kind: 'protocol_error',
      error_detail: 'chose a suite that no server has',
      flight_bytes,
      duration_ms,
      hello,
    };
  }

  async #proveSilence(refused: RefusedSuites): Promise<Reply> {
    const { error_kind, error_detail } = refused.failure!;
    const { duration_ms } = refused;
    const silence = {
      kind: 'ambiguous',
      error_kind,
      error_detail,
      duration_ms,
      hello: this.#session.hellos,
    } as const;
    const ask = () => {
      refused.asked++;
      return this.#askOrdered(refused, this.#nextForm(refused));
    };
    const reply = await confirmSilence(silence, askingFor(this.#session, this.tally, ask));
    refused.isProvenNothing = reply.kind === 'failed';
    if (reply.kind === 'rejected' && reply.code === null) this.#session.silentRefusals++;
    return reply;
  }

  /** Every other hello has them in the reverse order. SSLv3 has no padding: its other form is longer by fillers. */
  #ordered({ cipher_suites, asked }: RefusedSuites): readonly number[] {
    if (asked % 2 === 0) return cipher_suites;
    const reversed = cipher_suites.toReversed();
    return this.tally.version === SSL3 && asked % 4 === 1
      ? [...reversed, ...fillers(SSL3_FILLERS)]
      : reversed;
  }

  /** Accepted where it was not before: because of the form, or for no reason that the endpoint shows. */
  async #contradict(
    refused: RefusedSuites,
    reply: AcceptedReply,
    form: HelloForm,
  ): Promise<readonly number[]> {
    const { tolerance } = this.#session;
    const size = refused.cipher_suites.length;
    const wasCovered = tolerance.covers(this.tally.version, [tolerance.form], size);
    const left = this.#accept(refused.cipher_suites, reply);
    if (form !== tolerance.form && (!wasCovered || this.#contradictions >= 2) && this.tally.version > SSL3) {
      const known = this.#known(reply.cipher_suites[0]!, form);
      if ((await searchTolerance(this.#session, known, size, this.#onHello)) === 'learnt') return left;
    }
    this.#contradictions++;
    if (refused.said) this.#session.noteContradiction(this.tally.version, refused.said);
    return left;
  }

  async #settle(refused: RefusedSuites): Promise<void> {
    const { tolerance } = this.#session;
    const { version } = this.tally;
    const size = refused.cipher_suites.length;
    if (refused.isSilent && refused.refusals === 0) return this.#ask(await this.#confirm(refused));
    const known = this.#session.acceptedFor(version);
    const isCovered = refused.refusals === 0 || tolerance.covers(version, refused.forms, size);
    if (isCovered || !known || version === SSL2 || refused.isFormRefused) this.#refused.push(refused);
    else {
      const result = await searchTolerance(this.#session, known, size, this.#onHello);
      if (result === 'learnt') return this.#ask(refused.cipher_suites);
      refused.isFormRefused = !this.#isOver && !tolerance.covers(version, refused.forms, size);
      this.#refused.push(refused);
    }
  }

  #rule(refused: RefusedSuites): void {
    const { stopped, evidence } = this.#session;
    const ruling = ruleOnRefusal(refused.evidence(this.#controlOf(refused), this.#session.refusalsNeeded));
    if (refused.said && (ruling === 'rejected' || stopped?.reason !== 'throttled')) {
      this.#reject(refused, ruling === 'rejected');
    }
    // Throttling is no answer: what was not asked often enough for one is not tested.
    if (ruling === 'rejected' || stopped?.reason === 'throttled') return;
    const { cipher_suites, failure, duration_ms } = refused;
    const because =
      ruling === 'failure'
        ? failure!
        : { error_kind: ruling, error_detail: wordsOf(refused), flight_bytes: null };
    this.tally.fail({ cipher_suites, duration_ms, ...because }, evidence);
  }

  #controlOf(refused: RefusedSuites): 'accepted' | 'refused' | 'none' {
    const { version } = this.tally;
    const { tolerance, hasAccepted } = this.#session;
    if (refused.isFormRefused) return 'refused';
    if (version === SSL2) return hasAccepted ? 'accepted' : 'none';
    return tolerance.covers(version, refused.forms, refused.cipher_suites.length) ? 'accepted' : 'none';
  }

  #reject(refused: RefusedSuites, isConfirmed: boolean): void {
    this.tally.reject(refused.cipher_suites.length, refused.said!, {
      confirmed: isConfirmed,
      forms: Math.max(1, refused.forms.length),
    });
    this.#session.refusesInWords ||= this.tally.refusesInWords;
  }

  #accept(suites: readonly number[], reply: AcceptedReply): readonly number[] {
    this.#deadInARow = 0;
    const { offered, acceptedSuites } = this.tally;
    const fresh = reply.cipher_suites.filter((one) => offered.includes(one) && !acceptedSuites.includes(one));
    if (fresh.length > 0)
      this.tally.accept({ ...reply, cipher_suites: fresh }, this.#session.evidence, reply.duration_ms);
    this.#session.refusesInWords ||= this.tally.refusesInWords;
    return suiteLists.without(suites, reply.cipher_suites);
  }

  /** Where TLS was never reached, or is no longer, no suite was asked about: they stay not_tested. */
  #lose(suites: readonly number[], reply: GoneReply): readonly number[] {
    const { error_kind, error_detail, duration_ms } = reply;
    if (this.#session.reachedTls && error_kind !== 'no_starttls' && error_kind !== 'throttled') {
      const failed = { cipher_suites: suites, error_kind, error_detail, duration_ms, flight_bytes: null };
      this.tally.fail(failed, this.#session.evidence);
    }
    return [];
  }

  #known(cipher_suite: number, form: HelloForm): AcceptedSuite {
    return { cipher_suite, form, question: { version: this.tally.version, ...this.#extra } };
  }

  #askFor(suites: readonly number[], form?: HelloForm): Promise<Reply> {
    const question = { version: this.tally.version, cipher_suites: suites, ...this.#extra, form };
    return this.#session.ask(question, this.#onHello);
  }

  readonly #onHello = (): void => {
    this.tally.handshakes++;
  };

  #isDead(): boolean {
    return this.#deadInARow >= 2 && !this.tally.answered;
  }

  get #isOver(): boolean {
    return this.#session.stopped !== null;
  }
}

function wordsOf({ said, asked, forms }: RefusedSuites): string {
  const code =
    said?.by === 'alert' ? `alert ${said.code} (${alertName(said.code!)})` : (said?.by ?? 'no answer');
  return `${code}; ${asked} hellos, refused in ${forms.length} forms`;
}

function chunksOf(list: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

/** A hello of SSLv3 is longer by twice as many bytes. */
const SSL3_FILLERS = 64;
/** Of all endpoints that this process asks. */
const suiteLists = new SuiteLists();
