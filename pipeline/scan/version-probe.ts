/**
 * One version at one endpoint: which of its suites are accepted. Exhaustive asks for one suite a handshake; adaptive
 * offers all that is left, notes the pick, takes it out and ends at a refusal: accepted plus one handshakes.
 * An answer counts for the suites that were in its hello, silence for none of them.
 */
import type { EndpointSession, Question, Reply } from './session.ts';
import type { VersionTally } from './version-tally.ts';

/** Some servers can't read a long hello: after a broken first answer it is asked again with so many suites. */
export const CHUNK = 64;

export class VersionProbe {
  readonly tally: VersionTally;
  readonly #session: EndpointSession;
  readonly #extra: Pick<Question, 'named_groups' | 'key_shares'>;
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

  async adaptive(): Promise<void> {
    const { offered } = this.tally;
    if (offered.length <= CHUNK) return this.#eliminate(offered);
    const first = await this.#ask(offered);
    if (!isBroken(first)) return this.#eliminate(offered, first);
    const chunks = chunksOf(offered, CHUNK);
    const second = this.#isOver() ? first : await this.#ask(chunks[0]!);
    if (isBroken(second) || second.kind === 'gone') this.#conclude(offered, second);
    else {
      await this.#eliminate(chunks[0]!, second);
      for (const chunk of chunks.slice(1)) await this.#eliminate(chunk);
    }
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
    const { duration_ms } = reply;
    this.#deadInARow = reply.kind === 'failed' ? this.#deadInARow + 1 : 0;
    switch (reply.kind) {
      case 'accepted':
        return this.#accept(suites, reply);
      case 'rejected':
        this.tally.reject(suites.length, reply.by, reply.code);
        return [];
      case 'ambiguous':
        this.tally.pending.push({ cipher_suites: suites, ...why(reply), duration_ms });
        return [];
      case 'failed':
        this.tally.fail({ cipher_suites: suites, ...why(reply), duration_ms });
        return [];
      case 'gone':
        return this.#lose(suites, reply);
    }
  }

  #accept(suites: readonly number[], reply: Extract<Reply, { kind: 'accepted' }>): readonly number[] {
    this.tally.accept(reply, this.#session.evidence, reply.duration_ms);
    const left = suites.filter((suite) => !reply.cipher_suites.includes(suite));
    if (reply.flight.kind === 'server_hello') return left;
    // SSLv2's SERVER-HELLO lists all kinds that both sides have: what is missing in it is refused.
    this.tally.reject(left.length, 'not_listed', null);
    return [];
  }

  /** Where TLS was never reached no suite was asked about: they stay not_tested. */
  #lose(suites: readonly number[], reply: Extract<Reply, { kind: 'gone' }>): readonly number[] {
    const { error_kind, error_detail, duration_ms } = reply;
    if (this.#session.reachedTls && error_kind !== 'no_starttls') {
      this.tally.fail({ cipher_suites: suites, error_kind, error_detail, duration_ms });
    }
    return [];
  }

  async #askTwice(suites: readonly number[]): Promise<Reply> {
    const reply = await this.#ask(suites);
    return isBroken(reply) && !this.#isOver() ? this.#ask(suites) : reply;
  }

  #ask(suites: readonly number[]): Promise<Reply> {
    const question = { version: this.tally.version, cipher_suites: suites, ...this.#extra };
    return this.#session.ask(question, () => this.tally.handshakes++);
  }

  #isOver(): boolean {
    return this.#over || this.#session.stopped !== null;
  }
}

function isBroken(reply: Reply): boolean {
  return reply.kind === 'failed' || reply.kind === 'ambiguous';
}

function why<K>(reply: { error_kind: K; error_detail: string }): { error_kind: K; error_detail: string } {
  return { error_kind: reply.error_kind, error_detail: reply.error_detail };
}

function chunksOf(list: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
