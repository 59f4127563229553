/**
 * One version at one endpoint: which of its suites are accepted. Exhaustive asks for one suite a handshake; adaptive
 * offers all that is left, notes the pick, takes it out and ends at a refusal: accepted plus one handshakes.
 * An answer counts for the suites that were in its hello; silence.ts says what silence is.
 */
import type { EndpointSession, Question, Reply } from './session.ts';
import { askingFor, heard, isBroken } from './silence.ts';
import { shortHello } from './standard-hello.ts';
import { SuiteLists } from './suite-lists.ts';
import type { Unanswered, VersionTally } from './version-tally.ts';

type BrokenReply = Extract<Reply, { kind: 'failed' | 'ambiguous' }>;

/** Some servers can't read a long hello, and say so in various ways: they are asked again with so many suites. */
export const CHUNK = 64;
/** With the extensions of a short hello so many stay below 256 bytes, if the host's name has at most 60. */
const SHORT_CHUNK = 32;

export class VersionProbe {
  readonly tally: VersionTally;
  readonly #session: EndpointSession;
  #extra: Omit<Question, 'version' | 'cipher_suites'>;
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

  async exhaustive(): Promise<void> {
    for (const suite of this.tally.offered) {
      if (this.#isOver()) return;
      await this.#eliminate([suite]);
      if (this.#deadInARow >= 2 && !this.tally.answered) {
        this.#session.skip(
          'unresponsive',
          `0x${this.tally.version.toString(16)}: two suites without an answer`,
        );
        return;
      }
    }
  }

  /** Asks about `offered`, all of the version's suites unless something else is known of the rest. */
  async adaptive(offered: readonly number[] = this.tally.offered): Promise<void> {
    if (offered.length <= CHUNK) return this.#eliminate(offered);
    const first = await this.#ask(offered);
    const { readsLongHellos } = this.#session;
    // Nothing is awaited here: what `first` holds of the server's flight would be kept for as long.
    if (this.#isOver()) return this.#eliminate(offered, first);
    if (first.kind === 'failed' || (first.kind === 'ambiguous' && !readsLongHellos)) {
      return this.#inChunks(chunksOf(offered, CHUNK), first);
    }
    if (first.kind !== 'rejected' || readsLongHellos) return this.#eliminate(offered, first);
    this.tally.doubtful.push({ cipher_suites: offered, reply: first });
  }

  /** Something waits to be settled. */
  get isOpen(): boolean {
    return this.tally.doubtful.length + this.tally.pending.length > 0;
  }

  /**
   * What waited for a control, or for a sign that this server reads long hellos; at the `end` of the endpoint none will
   * come. A long hello that was refused or met with silence, at a server of which no such sign came, is asked in chunks.
   */
  async settle(end: boolean): Promise<void> {
    const { readsLongHellos, stopped } = this.#session;
    if (!end && !readsLongHellos) return;
    for (const { cipher_suites, reply } of this.tally.doubtful.splice(0)) {
      if (readsLongHellos) this.#conclude(cipher_suites, reply);
      else if (!stopped) await this.#inAllChunks(cipher_suites);
    }
    for (const pending of this.tally.pending.splice(0).reverse()) await this.#settleSilence(pending);
  }

  /** `reply` was the endpoint's last, to a hello of somebody else's with `suites`: it is booked as if asked here. */
  async bookLast(suites: readonly number[], reply: Reply): Promise<void> {
    this.#conclude(suites, reply);
    await this.settle(true);
  }

  async #settleSilence(pending: Unanswered): Promise<void> {
    const { hasAccepted, stopped, readsLongHellos } = this.#session;
    if (stopped?.reason === 'throttled') return;
    if (!hasAccepted || stopped) this.tally.fail(pending, this.#session.evidence);
    else if (readsLongHellos) await this.#eliminate(pending.cipher_suites);
    else await this.#inAllChunks(pending.cipher_suites);
  }

  async #inAllChunks(suites: readonly number[]): Promise<void> {
    const before = this.tally.acceptedSuites.length;
    for (const chunk of chunksOf(suites, CHUNK)) await this.#eliminate(chunk);
    if (suites.length > CHUNK && this.tally.acceptedSuites.length > before) this.tally.split = true;
  }

  /** After `first`, a broken answer to all of `chunks` together: one after the other, if that goes better. */
  async #inChunks(chunks: number[][], first: BrokenReply): Promise<void> {
    const [chunk, ...rest] = chunks as [number[], ...number[][]];
    const second = await this.#ask(chunk);
    if (isBroken(second) && isSilence(second) && (await this.#inShortHellos(chunks.flat()))) return;
    if (isBroken(second) || second.kind === 'gone') {
      this.#conclude(rest.flat(), first);
      this.#conclude(chunk, second);
    } else await this.#eliminateAll(chunk, second, rest);
  }

  /** For servers that choke past 255 bytes: a few suites and few extensions. False where that goes no better. */
  async #inShortHellos(suites: readonly number[]): Promise<boolean> {
    if (this.#session.readsLongHellos || this.#isOver()) return false;
    const [chunk, ...rest] = chunksOf(suites, SHORT_CHUNK) as [number[], ...number[][]];
    this.#extra = shortHello(this.tally.version, this.#extra);
    const reply = await this.#ask(chunk);
    if (isBroken(reply) || reply.kind === 'gone') return false;
    await this.#eliminateAll(chunk, reply, rest);
    return true;
  }

  async #eliminateAll(chunk: number[], reply: Reply, rest: readonly number[][]): Promise<void> {
    this.tally.split = true;
    await this.#eliminate(chunk, reply);
    for (const more of rest) await this.#eliminate(more);
  }

  /** `reply` is let go once it is booked, as all later ones are: a scan waits in thousands of these loops at a time. */
  async #eliminate(left: readonly number[], reply?: Reply): Promise<void> {
    while (left.length > 0 && !(this.#isOver() && !reply)) {
      reply ??= await this.#ask(left);
      if (isBroken(reply)) reply = await this.#heard(left, reply);
      left = this.#conclude(left, reply);
      reply = undefined;
    }
  }

  #heard(suites: readonly number[], first: Reply): Promise<Reply> {
    return heard(
      first,
      askingFor(this.#session, this.tally, () => this.#ask(suites)),
    );
  }

  /** Books what `reply` says of `suites`, and returns those that it says nothing of. */
  #conclude(suites: readonly number[], reply: Reply): readonly number[] {
    this.#deadInARow = reply.kind === 'failed' ? this.#deadInARow + 1 : 0;
    switch (reply.kind) {
      case 'accepted':
        return this.#accept(suites, reply);
      case 'rejected':
        this.#refuse(suites, reply);
        return [];
      case 'ambiguous':
        this.tally.pending.push(unanswered(suites, reply));
        return [];
      case 'failed':
        this.tally.fail(unanswered(suites, reply), this.#session.evidence);
        return [];
      case 'gone':
        return this.#lose(suites, reply);
    }
  }

  #refuse(suites: readonly number[], { by, code }: Extract<Reply, { kind: 'rejected' }>): void {
    if (by === 'close' || by === 'reset') this.#session.silentRefusals++;
    this.tally.reject(suites.length, by, code);
    this.#session.refusesInWords ||= this.tally.refusesInWords;
  }

  #accept(suites: readonly number[], reply: Extract<Reply, { kind: 'accepted' }>): readonly number[] {
    this.tally.accept(reply, this.#session.evidence, reply.duration_ms);
    this.#session.refusesInWords ||= this.tally.refusesInWords;
    const left = suiteLists.without(suites, reply.cipher_suites);
    if (reply.flight.kind === 'server_hello') return left;
    // SSLv2's SERVER-HELLO lists all kinds that both sides have: what is missing in it is refused.
    this.tally.reject(left.length, 'not_listed', null);
    return [];
  }

  /** Where TLS was never reached, or is no longer, no suite was asked about: they stay not_tested. */
  #lose(suites: readonly number[], reply: Extract<Reply, { kind: 'gone' }>): readonly number[] {
    const { error_kind, error_detail, duration_ms } = reply;
    if (this.#session.reachedTls && error_kind !== 'no_starttls' && error_kind !== 'throttled') {
      const failed = { cipher_suites: suites, error_kind, error_detail, duration_ms, flight_bytes: null };
      this.tally.fail(failed, this.#session.evidence);
    }
    return [];
  }

  #ask(suites: readonly number[]): Promise<Reply> {
    const question = { version: this.tally.version, cipher_suites: suites, ...this.#extra };
    return this.#session.ask(question, () => this.tally.handshakes++);
  }

  #isOver(): boolean {
    return this.#session.stopped !== null;
  }
}

/** Nothing came: the hello may be what it can't read. */
function isSilence({ kind, error_kind }: BrokenReply): boolean {
  return kind === 'ambiguous' || error_kind === 'read_timeout';
}

function unanswered(cipher_suites: readonly number[], reply: BrokenReply): Unanswered {
  const { error_kind, error_detail, duration_ms } = reply;
  const flight_bytes = reply.kind === 'failed' ? reply.flight_bytes : null;
  return { cipher_suites, error_kind, error_detail, duration_ms, flight_bytes };
}

function chunksOf(list: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

/** Of all endpoints that this process asks. */
const suiteLists = new SuiteLists();
