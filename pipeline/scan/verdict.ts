/** What a server's answer to one hello means for the suites that were offered in it. Pure. */
import type { ErrorKind, Rejection } from '../formats/raw-record.ts';
import {
  CLOSE_NOTIFY,
  type HelloOffer,
  type ServerFlight,
  SSL2,
  type Ssl2ServerHello,
} from '../tls/index.ts';
import type { Answered, Failure } from './connection-outcome.ts';

export type Verdict =
  | {
      kind: 'accepted';
      cipher_suites: number[];
      flight: ServerFlight | Ssl2ServerHello;
      broken_by: string | null;
      /** What the server sent, where it was kept. */
      flight_bytes: Uint8Array | null;
    }
  | { kind: 'rejected'; by: Rejection['by']; code: number | null }
  /** Closed or reset without a byte of an answer: maybe how this server says no. */
  | { kind: 'ambiguous'; error_kind: ErrorKind; error_detail: string }
  /** No answer that says anything: asking again may help. */
  | { kind: 'failed'; error_kind: ErrorKind; error_detail: string; flight_bytes: Uint8Array | null }
  /** TLS can't be asked for any more: asking again doesn't help. */
  | { kind: 'gone'; error_kind: ErrorKind | 'no_starttls'; error_detail: string };

/** The meaning of `outcome` for the hello `offer`; `flight_bytes` is what the server sent, where it is kept. */
export function judge(
  offer: HelloOffer,
  outcome: Answered | Failure,
  flight_bytes: Uint8Array | null,
): Verdict {
  if (outcome.kind === 'failure') return judgeFailure(outcome, flight_bytes);
  return judgeAnswer(offer, outcome, flight_bytes);
}

function judgeFailure(failure: Failure, flight_bytes: Uint8Array | null): Verdict {
  const { error_kind, error_detail } = failure;
  if (error_kind === 'no_starttls' || FINAL.has(error_kind))
    return { kind: 'gone', error_kind, error_detail };
  const wordless = failure.stage === 'tls' && failure.answer_bytes === 0;
  const cut = error_kind === 'closed' || error_kind === 'reset';
  if (wordless && cut) return { kind: 'ambiguous', error_kind, error_detail };
  return { kind: 'failed', error_kind, error_detail, flight_bytes };
}

function judgeAnswer(
  offer: HelloOffer,
  { answer, broken_by }: Answered,
  flight_bytes: Uint8Array | null,
): Verdict {
  // RFC 5246, 7.2.1: an end without a word, however politely it is made.
  if (answer.kind === 'alert' && answer.description === CLOSE_NOTIFY) {
    return { kind: 'ambiguous', error_kind: 'closed', error_detail: 'close_notify' };
  }
  if (answer.kind === 'alert') return { kind: 'rejected', by: 'alert', code: answer.description };
  if (answer.kind === 'ssl2_error') return { kind: 'rejected', by: 'ssl2_error', code: answer.code };
  if (answer.version !== offer.version) return { kind: 'rejected', by: 'version', code: answer.version };
  const chosen = answer.kind === 'server_hello' ? [answer.cipher_suite] : [...new Set(answer.cipher_kinds)];
  const suites = chosen.filter((suite) => offer.cipher_suites.includes(suite));
  if (suites.length > 0)
    return { kind: 'accepted', cipher_suites: suites, flight: answer, broken_by, flight_bytes };
  if (offer.version === SSL2) return { kind: 'rejected', by: 'not_listed', code: null };
  const detail = `chose suite 0x${chosen[0]!.toString(16).padStart(4, '0')}, which was not offered`;
  return { kind: 'failed', error_kind: 'protocol_error', error_detail: detail, flight_bytes };
}

const FINAL: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'connection_refused',
  'unreachable',
  'temporary_failure',
  'throttled',
  'service_refused',
  'starttls_refused',
  'local_failure',
]);
