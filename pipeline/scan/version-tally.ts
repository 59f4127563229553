/** The books of one version at one endpoint: every suite ends in exactly one of accepted, rejected, errors, not_tested. */
import type { ErrorKind, HandshakeRecord, Rejection, VersionCounts } from '../formats/raw-record.ts';
import type { Evidence } from './evidence.ts';
import type { Verdict } from './verdict.ts';

export type Accepted = Extract<Verdict, { kind: 'accepted' }>;

/** Suites whose hello was closed without a word, until a control tells what that means. */
export interface Pending {
  cipher_suites: readonly number[];
  error_kind: ErrorKind;
  error_detail: string;
  duration_ms: number;
}

export class VersionTally {
  readonly version: number;
  readonly offered: readonly number[];
  readonly handshakeRecords: HandshakeRecord[] = [];
  readonly acceptedSuites: number[] = [];
  handshakes = 0;
  pending: Pending[] = [];
  #rejected = 0;
  #errors = 0;
  readonly #rejections = new Map<string, Rejection>();

  constructor(version: number, offered: readonly number[]) {
    this.version = version;
    this.offered = offered;
  }

  accept(verdict: Accepted, evidence: Evidence, duration_ms: number): void {
    const facts = handshakeFacts(verdict, evidence);
    for (const cipher_suite of verdict.cipher_suites) {
      this.acceptedSuites.push(cipher_suite);
      this.handshakeRecords.push({ version: this.version, cipher_suite, ...facts, duration_ms });
    }
  }

  reject(count: number, by: Rejection['by'], code: number | null): void {
    if (count === 0) return;
    const key = `${by} ${code}`;
    const known = this.#rejections.get(key)?.cipher_suites ?? 0;
    this.#rejections.set(key, { version: this.version, by, code, cipher_suites: known + count });
    this.#rejected += count;
  }

  fail(failed: Pending): void {
    const { cipher_suites, error_kind, error_detail, duration_ms } = failed;
    this.#errors += cipher_suites.length;
    const cipher_suite = cipher_suites.length === 1 ? cipher_suites[0]! : null;
    const outcome = { outcome: 'error', error_kind, error_detail, duration_ms } as const;
    this.handshakeRecords.push({ version: this.version, cipher_suite, ...NOTHING_SHOWN, ...outcome });
  }

  /** The control tells: it was accepted, so that silence meant no; or not, and nothing is known. */
  settle(controlAccepted: boolean): void {
    for (const pending of this.pending) {
      if (controlAccepted) this.reject(pending.cipher_suites.length, 'close', null);
      else this.fail(pending);
    }
    this.pending = [];
  }

  /** Whether the server has said anything about this version. */
  get answered(): boolean {
    return this.acceptedSuites.length + this.#rejected > 0;
  }

  get rejections(): Rejection[] {
    return [...this.#rejections.values()];
  }

  counts(): VersionCounts {
    const { version, handshakes } = this;
    const [offered, accepted] = [this.offered.length, this.acceptedSuites.length];
    const not_tested = offered - accepted - this.#rejected - this.#errors;
    return {
      version,
      offered,
      accepted,
      rejected: this.#rejected,
      errors: this.#errors,
      not_tested,
      handshakes,
    };
  }
}

type Facts = Omit<HandshakeRecord, 'version' | 'cipher_suite' | 'duration_ms'>;

function handshakeFacts(verdict: Accepted, evidence: Evidence): Facts {
  const { flight } = verdict;
  const shown = {
    ...NOTHING_SHOWN,
    ...evidence.keyFacts(flight),
    outcome: 'accepted',
    error_kind: null,
  } as const;
  if (flight.kind === 'ssl2_server_hello') {
    const certificates = flight.certificate.length > 0 ? [flight.certificate] : [];
    return { ...shown, flight_complete: true, error_detail: null, chain_id: evidence.chain(certificates) };
  }
  return {
    ...shown,
    flight_complete: flight.complete,
    error_detail: verdict.broken_by,
    hello_retry_request: flight.hello_retry_request,
    chain_id: evidence.chain(flight.certificates),
    signature_scheme: flight.signature_scheme,
    extensions: flight.extensions.map((extension) => extension.type),
  };
}

const NOTHING_SHOWN = {
  flight_complete: null,
  hello_retry_request: false,
  chain_id: null,
  dh_group_id: null,
  named_group: null,
  key_bits: null,
  signature_scheme: null,
  public_key_sha256: null,
  extensions: [],
};
