/**
 * The books of one version at one endpoint: every suite ends in exactly one of accepted, rejected, errors, not_tested.
 * What a server may choose the size of is cut here, so that a record stays small.
 */
import { ByteReader } from '../base/byte-reader.ts';
import { toHex } from '../base/hex.ts';
import { printable } from '../base/printable.ts';
import type {
  ErrorKind,
  HandshakeRecord,
  InferredSuites,
  Rejection,
  VersionCounts,
} from '../formats/raw-record.ts';
import { TLS1_3 } from '../tls/index.ts';
import type { Evidence } from './evidence.ts';
import type { Verdict } from './verdict.ts';

export type Accepted = Extract<Verdict, { kind: 'accepted' }>;

/** Most characters of a handshake's error_detail. */
export const DETAIL_LENGTH = 300;

export interface Unanswered {
  cipher_suites: readonly number[];
  error_kind: ErrorKind;
  error_detail: string;
  duration_ms: number;
  /** What the server sent all the same, where it was kept. */
  flight_bytes: Uint8Array | null;
}

export class VersionTally {
  readonly version: number;
  readonly offered: readonly number[];
  readonly handshakeRecords: HandshakeRecord[] = [];
  readonly acceptedSuites: number[] = [];
  handshakes = 0;
  /** Whether a whole handshake was completed; null where nothing tells. */
  handshakeCompleted: boolean | null = null;
  /** Handshakes that were tried to their end, and were not completed: false where the server broke them off. */
  readonly uncompleted: { cipher_suite: number; completed: false | null; is_silent: boolean }[] = [];
  #rejected = 0;
  #errors = 0;
  #inferred: InferredSuites | null = null;
  #inferredRejected = 0;
  #rejections: Rejection[] = [];

  constructor(version: number, offered: readonly number[]) {
    this.version = version;
    this.offered = offered;
  }

  accept(verdict: Accepted, evidence: Evidence, duration_ms: number): void {
    const first = acceptedHandshake(verdict, evidence, { version: this.version, duration_ms });
    this.acceptedSuites.push(...verdict.cipher_suites);
    this.handshakeRecords.push(first);
    for (const cipher_suite of verdict.cipher_suites.slice(1)) {
      this.handshakeRecords.push({ ...first, cipher_suite });
    }
  }

  /** Only a confirmed refusal is a no; suites of one that is not have to be booked by `fail` as well. */
  reject(
    count: number,
    said: Pick<Rejection, 'by' | 'code'>,
    how: Pick<Rejection, 'confirmed' | 'forms'>,
  ): void {
    if (count === 0) return;
    const known = this.#rejections.find((one) => isAlike(one, said, how));
    if (known) known.cipher_suites += count;
    // Mostly there is one. An array that one item is pushed to makes room for seventeen.
    else {
      const { by, code } = said;
      const rejection = { version: this.version, by, code, cipher_suites: count, ...how };
      this.#rejections = [...this.#rejections, rejection];
    }
    if (how.confirmed) this.#rejected += count;
  }

  /** What a prior says of suites that were not asked, all with at least this `probability`. Once a version. */
  infer(accepted: readonly number[], rejected: number, probability: number): void {
    if (accepted.length + rejected === 0) return;
    this.#inferred = { version: this.version, cipher_suites: [...accepted], probability };
    this.#inferredRejected = rejected;
  }

  fail(failed: Unanswered, evidence: Evidence): void {
    const { cipher_suites, error_kind, duration_ms } = failed;
    const error_detail = printable(failed.error_detail, DETAIL_LENGTH);
    this.#errors += cipher_suites.length;
    const cipher_suite = cipher_suites.length === 1 ? cipher_suites[0]! : null;
    const flight_sha256 = evidence.flight(failed.flight_bytes);
    const outcome = { outcome: 'error', error_kind, error_detail, flight_sha256, duration_ms } as const;
    this.handshakeRecords.push({ version: this.version, cipher_suite, ...NOTHING_SHOWN, ...outcome });
  }

  get rejections(): readonly Rejection[] {
    return this.#rejections;
  }

  /** Whether the server has said anything about this version. */
  get answered(): boolean {
    return this.acceptedSuites.length + this.#rejections.length > 0;
  }

  /** Some suites are accepted, others refused by an alert. */
  get refusesInWords(): boolean {
    return this.acceptedSuites.length > 0 && this.#rejections.some(({ by }) => by === 'alert');
  }

  get inferred(): InferredSuites[] {
    return this.#inferred ? [this.#inferred] : [];
  }

  counts(): VersionCounts {
    const counts = {
      accepted: this.acceptedSuites.length,
      rejected: this.#rejected,
      errors: this.#errors,
      inferred_accepted: this.#inferred?.cipher_suites.length ?? 0,
      inferred_rejected: this.#inferredRejected,
    };
    const known = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const [offered, not_tested] = [this.offered.length, this.offered.length - known];
    const { version, handshakes } = this;
    return {
      version,
      offered,
      ...counts,
      not_tested,
      handshakes,
      handshake_completed: this.handshakeCompleted,
    };
  }
}

function isAlike(
  one: Rejection,
  { by, code }: Pick<Rejection, 'by' | 'code'>,
  { confirmed, forms }: Pick<Rejection, 'confirmed' | 'forms'>,
): boolean {
  return one.by === by && one.code === code && one.confirmed === confirmed && one.forms === forms;
}

/** What an accepted hello's flight shows, as far as `evidence` takes it, as the record of the first suite that it accepts. */
export function acceptedHandshake(
  { cipher_suites, flight, broken_by, flight_bytes }: Omit<Accepted, 'kind'>,
  evidence: Evidence,
  { version, duration_ms }: Pick<HandshakeRecord, 'version' | 'duration_ms'>,
): HandshakeRecord {
  const losses = broken_by === null ? [] : [broken_by];
  const onLoss = (what: string) => losses.push(what);
  const keys = evidence.keyFacts(flight, onLoss);
  const tls = flight.kind === 'server_hello' ? flight : null;
  // In TLS 1.3 the random has no time in it, and the session id is the client's own.
  const clear = tls && tls.version < TLS1_3 ? tls : null;
  // One literal, so that all records have one shape: a scan holds hundreds of thousands of them.
  return {
    version,
    cipher_suite: cipher_suites[0]!,
    outcome: 'accepted',
    error_kind: null,
    flight_complete: tls ? tls.complete : true,
    hello_retry_request: tls?.hello_retry_request ?? false,
    chain_id: evidence.chain(certificatesOf(flight), onLoss),
    dh_group_id: keys.dh_group_id,
    named_group: keys.named_group,
    key_bits: keys.key_bits,
    signature_scheme: tls?.signature_scheme ?? null,
    public_key_sha256: keys.public_key_sha256,
    explicit_curve_sha256: keys.explicit_curve_sha256,
    gmt_unix_time: clear && new ByteReader(clear.random).u32('gmt_unix_time'),
    session_id: clear && toHex(clear.session_id),
    compression_method: tls?.compression_method ?? null,
    flight_sha256: evidence.flight(flight_bytes, onLoss),
    extensions: tls ? evidence.extensionTypes(tls.extensions) : NO_EXTENSIONS,
    error_detail: losses.length === 0 ? null : printable(losses.join('; '), DETAIL_LENGTH),
    duration_ms,
  };
}

function certificatesOf(flight: Accepted['flight']): readonly Uint8Array[] {
  if (flight.kind === 'server_hello') return flight.certificates;
  return flight.certificate.length > 0 ? [flight.certificate] : [];
}

const NO_EXTENSIONS: number[] = [];

const NOTHING_SHOWN = {
  flight_complete: null,
  hello_retry_request: false,
  chain_id: null,
  dh_group_id: null,
  named_group: null,
  key_bits: null,
  signature_scheme: null,
  public_key_sha256: null,
  explicit_curve_sha256: null,
  gmt_unix_time: null,
  session_id: null,
  compression_method: null,
  flight_sha256: null,
  extensions: NO_EXTENSIONS,
};
