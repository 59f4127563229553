/** An endpoint of which nothing is known yet but where it is: what each adapter fills in from its format. */
import { isIP } from 'node:net';
import { noFacts } from '../../formats/no-facts.ts';
import { type MailPort, mailPort } from '../../formats/ports.ts';
import type { MailProtocol, TlsMode } from '../../formats/raw-record.ts';
import type { ForeignEndpoint, ForeignHandshake, ForeignVersionCounts } from './adapter.ts';

/** Where an endpoint is. `ip` null: not known. */
export interface Place {
  target: string;
  ip: string | null;
  connect_port: number;
}

/** What runs there, of which a file may say a part. */
export interface Service {
  protocol: MailProtocol | null;
  tls_mode: TlsMode | null;
}

/**
 * Null where the port is none of the mail ports and the operator (`nominal`) does not say which one it stands for. What the
 * file says of the service goes before what the port stands for.
 */
export function unknownEndpoint(place: Place, said: Service, nominal: number | null): ForeignEndpoint | null {
  const service = serviceOf(place.connect_port, nominal);
  if (!service) return null;
  const isAddress = isIP(place.target) !== 0;
  return {
    target: place.target,
    host: isAddress ? null : place.target,
    ip: isAddress ? place.target : place.ip !== null && isIP(place.ip) !== 0 ? place.ip : null,
    port: service.port,
    connect_port: place.connect_port,
    protocol: said.protocol ?? service.protocol,
    tls_mode: said.tls_mode ?? service.tls_mode,
    ...structuredClone(NOTHING_KNOWN),
  };
}

/** What to tell the operator where `unknownEndpoint` gives null. */
export function noMailPort(port: number): string {
  return `port ${port} is no mail port: --port says which one it stands for`;
}

/** A version that was asked about, with nothing known of its suites. */
export function unknownCounts(version: number): ForeignVersionCounts {
  return { version, ...UNKNOWN_COUNTS };
}

/** An accepted handshake, with nothing known but its version and suite. */
export function acceptedHandshake(version: number, cipher_suite: number | null): ForeignHandshake {
  return { version, cipher_suite, outcome: 'accepted', ...UNKNOWN_FLIGHT };
}

/** A question without an answer. `suite` null: about the version as a whole. */
export function failedHandshake(
  version: number,
  suite: number | null,
  { error_kind, error_detail }: Pick<ForeignHandshake, 'error_kind' | 'error_detail'>,
): ForeignHandshake {
  return { version, cipher_suite: suite, outcome: 'error', ...UNKNOWN_FLIGHT, error_kind, error_detail };
}

function serviceOf(port: number, nominal: number | null): MailPort | undefined {
  return mailPort(port) ?? (nominal === null ? undefined : mailPort(nominal));
}

const UNKNOWN_COUNTS = {
  offered: null,
  accepted: null,
  rejected: null,
  errors: null,
  not_tested: null,
  inferred_accepted: 0,
  inferred_rejected: 0,
  handshakes: null,
  handshake_completed: null,
};

const UNKNOWN_FLIGHT = {
  error_kind: null,
  error_detail: null,
  flight_complete: null,
  hello_retry_request: null,
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
  extensions: null,
  duration_ms: null,
};

const NOTHING_KNOWN = {
  started_at: null,
  duration_ms: null,
  outcome: 'error' as ForeignEndpoint['outcome'],
  error_kind: null,
  error_detail: null,
  stop_reason: null,
  stop_detail: null,
  dialogue: {
    banner: null,
    ehlo_first_line: null,
    capabilities: null,
    starttls_offered: null,
    starttls_masked: null,
    starttls_reply: null,
    starttls_accepted: null,
    auth_mechanisms: null,
    plaintext_auth_offered: null,
    login_disabled: null,
  } as ForeignEndpoint['dialogue'],
  secured_dialogue: null,
  versions: [],
  handshakes: [],
  rejections: [],
  inferred_suites: [],
  hello_tolerance: null,
  contradictions: [],
  inference_checks: [],
  groups: [],
  signature_schemes: [],
  facts: noFacts(),
  effort: {
    connections: null,
    handshakes: null,
    retries: null,
    throttle_waits: null,
    throttle_waited_ms: null,
  },
  chains: [],
};
