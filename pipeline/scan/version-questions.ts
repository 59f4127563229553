/**
 * The hellos of one version at one endpoint, and the books of what is accepted or lost. Which suites are asked for, and when a
 * refusal counts, is decided by those that use it (version-probe.ts, refusal-confirmation.ts).
 */
import { SSL3 } from '../tls/index.ts';
import type { HelloForm } from './hello-form.ts';
import type { AcceptedSuite, EndpointSession, Question, Reply } from './session.ts';
import { SuiteLists } from './suite-lists.ts';
import { type SearchResult, searchTolerance, takesNewerExtensions } from './tolerance-search.ts';
import type { VersionTally } from './version-tally.ts';

export type AcceptedReply = Extract<Reply, { kind: 'accepted' }>;
export type GoneReply = Extract<Reply, { kind: 'gone' }>;

export class VersionQuestions {
  readonly session: EndpointSession;
  readonly tally: VersionTally;
  readonly #extra: Pick<Question, 'named_groups' | 'key_shares'>;

  constructor(
    session: EndpointSession,
    tally: VersionTally,
    extra: Pick<Question, 'named_groups' | 'key_shares'>,
  ) {
    this.session = session;
    this.tally = tally;
    this.#extra = extra;
  }

  get isOver(): boolean {
    return this.session.stopped !== null;
  }

  /** Most suites of a hello. The signalling value of SSLv3 counts as one. */
  get suitesAHello(): number {
    const { suites_a_hello } = this.session.tolerance;
    return this.tally.version === SSL3 ? Math.max(1, suites_a_hello - 1) : suites_a_hello;
  }

  /** In the endpoint's form by default. */
  ask(suites: readonly number[], form?: HelloForm): Promise<Reply> {
    const question = { version: this.tally.version, cipher_suites: suites, ...this.#extra, form };
    return this.session.ask(question, this.#onHello);
  }

  /** Books what is accepted; of `suites` the others come back. */
  accept(suites: readonly number[], reply: AcceptedReply): readonly number[] {
    const { offered, acceptedSuites } = this.tally;
    const fresh = reply.cipher_suites.filter((one) => offered.includes(one) && !acceptedSuites.includes(one));
    if (fresh.length > 0) {
      const accepted = Object.assign(reply, { cipher_suites: fresh });
      this.tally.accept(accepted, this.session.evidence, reply.duration_ms);
    }
    return suiteLists.without(suites, reply.cipher_suites);
  }

  /** Those of `suites` that were not accepted in another hello. */
  notAccepted(suites: readonly number[]): readonly number[] {
    const { acceptedSuites } = this.tally;
    const isOpen = (suite: number): boolean => !acceptedSuites.includes(suite);
    return suites.every(isOpen) ? suites : suites.filter(isOpen);
  }

  /** Where TLS was never reached, or is no longer, no suite was asked about: they stay not_tested. */
  lose(suites: readonly number[], reply: GoneReply): void {
    const { error_kind, error_detail, duration_ms } = reply;
    if (!this.session.reachedTls || error_kind === 'no_starttls' || error_kind === 'throttled') return;
    const failed = { cipher_suites: suites, error_kind, error_detail, duration_ms, flight_bytes: null };
    this.tally.fail(failed, this.session.evidence);
  }

  /** Why hellos with `suites` are refused, found out with a suite that is accepted: by default any of the endpoint's. */
  async searchTolerance(suites: readonly number[], known = this.#accepted): Promise<SearchResult> {
    const { contradictions } = this.session;
    // A server that answers by chance teaches nothing by being asked more.
    if (!known || (contradictions.length > 0 && this.session.searches >= MAX_SEARCHES)) return 'unknown';
    this.session.searches++;
    return searchTolerance(this.session, known, suites, this.#onHello);
  }

  async takesNewerExtensions(): Promise<void> {
    if (this.#accepted) await takesNewerExtensions(this.session, this.#accepted, this.#onHello);
  }

  /** A suite of this version that was accepted in `form`. */
  known(cipher_suite: number, form: HelloForm): AcceptedSuite {
    return { cipher_suite, form, question: { version: this.tally.version, ...this.#extra } };
  }

  get #accepted(): AcceptedSuite | undefined {
    return this.session.acceptedFor(this.tally.version);
  }

  readonly #onHello = (): void => {
    this.tally.handshakes++;
  };
}

/** Of an endpoint that has contradicted itself. */
const MAX_SEARCHES = 8;
/** Of all endpoints that this process asks. */
const suiteLists = new SuiteLists();
