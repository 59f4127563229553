/**
 * One version at one endpoint: which of its suites are accepted. Exhaustive asks for one suite a handshake; adaptive
 * offers all that is left, notes the pick, takes it out and ends at a refusal: accepted plus one handshakes.
 * An answer counts for the suites that were in its hello, silence for none of them: unless it comes again with a
 * control right after it that is accepted.
 */
import type { EndpointSession, Question, Reply } from './session.ts';
import { shortHello } from './standard-hello.ts';
import type { Pending, Unanswered, VersionTally } from './version-tally.ts';

type BrokenReply = Extract<Reply, { kind: 'failed' | 'ambiguous' }>;

/** Some servers can't read a long hello: after a broken first answer it is asked again with so many suites. */
export const CHUNK = 64;
/** With the extensions of a short hello so many stay below 256 bytes, if the host's name has at most 60. */
const SHORT_CHUNK = 32;

export class VersionProbe {
  readonly tally: VersionTally;
  readonly #session: EndpointSession;
  #extra: Omit<Question, 'version' | 'cipher_suites'>;
  #over = false;
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
      const suites = [suite];
      this.#conclude(suites, await this.#askTwice(suites));
      if (this.#deadInARow >= 2) this.#over = true;
    }
  }

  /** Asks about `offered`, all of the version's suites unless something else is known of the rest. */
  async adaptive(offered: readonly number[] = this.tally.offered): Promise<void> {
    if (offered.length <= CHUNK) return this.#eliminate(offered);
    const first = await this.#ask(offered);
    if (!isBroken(first) || this.#isOver()) await this.#eliminate(offered, first);
    else await this.#inChunks(chunksOf(offered, CHUNK), first);
  }

  /**
   * Silences mean no where the last of them, or one more of its hello, is followed right away by a control that is
   * accepted; else nothing is known. A hello that is answered now is booked by its answer.
   */
  async settle(): Promise<void> {
    while (this.tally.pending.length > 0) {
      const last = this.tally.pending.at(-1)!;
      const stale = last.hello !== this.#session.hellos;
      const reply = stale && this.#canControl() ? await this.#repeat(last) : undefined;
      if (reply?.kind === 'accepted' || reply?.kind === 'rejected') {
        this.tally.pending.pop();
        await this.#eliminate(last.cipher_suites, reply);
      } else {
        await this.#settleBy(!reply || reply.kind === 'ambiguous' ? await this.#control() : undefined);
      }
    }
  }

  /** A control that gets no word either is throttling: it is waited out, and then all is asked again. */
  async #settleBy(control: Reply | undefined): Promise<void> {
    if (control?.kind === 'ambiguous') {
      if (!(await this.#session.waitOut(`${control.error_kind} after the hello`))) this.tally.pending = [];
    } else if (this.#session.stopped?.reason === 'throttled') this.tally.pending = [];
    else this.tally.settle(control?.kind === 'accepted', this.#session.evidence);
  }

  #control(): Promise<Reply | undefined> {
    return this.#session.controlReply(() => this.tally.handshakes++);
  }

  /** The hello of a silence once more; where nothing answers it is the one that counts. */
  async #repeat(pending: Pending): Promise<Reply> {
    const reply = await this.#ask(pending.cipher_suites);
    if (isBroken(reply)) {
      const { cipher_suites } = pending;
      this.tally.pending.splice(-1, 1, { ...unanswered(cipher_suites, reply), hello: reply.hello });
    }
    return reply;
  }

  #canControl(): boolean {
    return this.#session.hasAccepted && this.#session.stopped === null;
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

  async #eliminate(suites: readonly number[], first?: Reply): Promise<void> {
    let left = suites;
    let reply = first;
    while (left.length > 0 && !(this.#isOver() && !reply)) {
      reply ??= await this.#askTwice(left);
      left = this.#conclude(left, reply);
      reply = undefined;
    }
  }

  /** Books what `reply` says of `suites`, and returns those that it says nothing of. */
  #conclude(suites: readonly number[], reply: Reply): readonly number[] {
    this.#deadInARow = reply.kind === 'failed' ? this.#deadInARow + 1 : 0;
    switch (reply.kind) {
      case 'accepted':
        return this.#accept(suites, reply);
      case 'rejected':
        this.tally.reject(suites.length, reply.by, reply.code);
        return [];
      case 'ambiguous':
        this.tally.pending.push({ ...unanswered(suites, reply), hello: reply.hello });
        return [];
      case 'failed':
        this.tally.fail(unanswered(suites, reply), this.#session.evidence);
        return [];
      case 'gone':
        return this.#lose(suites, reply);
    }
  }

  #accept(suites: readonly number[], reply: Extract<Reply, { kind: 'accepted' }>): readonly number[] {
    this.tally.accept(reply, this.#session.evidence, reply.duration_ms);
    const left = without(suites, reply.cipher_suites);
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

  async #askTwice(suites: readonly number[]): Promise<Reply> {
    const reply = await this.#ask(suites);
    if (!isBroken(reply) || this.#isOver()) return reply;
    this.#session.effort.retries++;
    return this.#ask(suites);
  }

  #ask(suites: readonly number[]): Promise<Reply> {
    const question = { version: this.tally.version, cipher_suites: suites, ...this.#extra };
    return this.#session.ask(question, () => this.tally.handshakes++);
  }

  #isOver(): boolean {
    return this.#over || this.#session.stopped !== null;
  }
}

function isBroken(reply: Reply): reply is BrokenReply {
  return reply.kind === 'failed' || reply.kind === 'ambiguous';
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

/** A list of exact size: each endpoint in flight holds one, and filter() leaves room for half as much again. */
function without(suites: readonly number[], taken: readonly number[]): readonly number[] {
  const [first, ...more] = taken;
  const left = suites.toSpliced(suites.indexOf(first!), 1);
  return more.length === 0 ? left : left.filter((suite) => !more.includes(suite));
}

function chunksOf(list: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
