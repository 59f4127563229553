/**
 * The raw record: what a scan says of one endpoint, one JSON line. docs/raw-record.md explains each field;
 * raw-record.schema.json is the same shape for validators. Numbers are those of the wire; names join in later.
 */

/** Raised when a reader of the old shape would misread the new one. */
export const RAW_FORMAT_VERSION = 1;

/**
 * What became of an endpoint as a whole. `tls`: accepted at least one handshake. `tls_rejected`: answered in TLS,
 * but accepted nothing that was offered (a TLS endpoint all the same). `no_starttls`: answered in cleartext and
 * does not offer STARTTLS. `error`: no TLS question got an answer.
 */
export type EndpointOutcome = 'tls' | 'tls_rejected' | 'no_starttls' | 'error';

/** Why a question has no answer. Never a no. */
export type ErrorKind =
  | 'connection_refused'
  | 'unreachable'
  | 'connect_timeout'
  | 'banner_timeout'
  | 'read_timeout'
  | 'reset'
  | 'closed'
  | 'temporary_failure'
  | 'service_refused'
  | 'starttls_refused'
  | 'protocol_error'
  | 'too_much_data'
  | 'name_not_resolved'
  | 'reserved_address'
  | 'local_failure';

export type MailProtocol = 'smtp' | 'pop3' | 'imap';
export type TlsMode = 'starttls' | 'implicit';
export type Strategy = 'exhaustive' | 'adaptive';

/** The cleartext conversation before TLS. Absent parts are null: not said, or not asked. */
export interface Dialogue {
  /** Greeting, decoded as UTF-8 with replacement characters, at most 1,024 characters. */
  banner: string | null;
  /** Lines of EHLO, CAPA or CAPABILITY before TLS, keywords as the server wrote them. */
  capabilities: string[] | null;
  starttls_offered: boolean | null;
  /** The reply to STARTTLS or STLS, whatever it says. */
  starttls_reply: string | null;
  starttls_accepted: boolean | null;
  /** SASL mechanisms named before TLS, upper case. */
  auth_mechanisms: string[] | null;
  /** Whether a plaintext password is accepted before TLS (AUTH PLAIN or LOGIN; USER; no LOGINDISABLED). */
  plaintext_auth_offered: boolean | null;
}

/** Suites of one version, counted by outcome: offered = accepted + rejected + errors + not_tested. */
export interface VersionCounts {
  version: number;
  offered: number;
  accepted: number;
  rejected: number;
  errors: number;
  not_tested: number;
  /** Handshakes made for it, repeats and controls included. */
  handshakes: number;
}

/** One accepted or failed handshake. Rejections are counted in `rejections`. */
export interface HandshakeRecord {
  /** Version that was offered. */
  version: number;
  /** Suite the server chose (a 24-bit cipher kind for SSLv2); the only one offered, on an error; else null. */
  cipher_suite: number | null;
  outcome: 'accepted' | 'error';
  error_kind: ErrorKind | null;
  /** For people: what was expected and found, at which byte; what of an accepted flight is missing here. */
  error_detail: string | null;
  /** Whether the server's whole flight was read, up to ServerHelloDone. In TLS 1.3 it is encrypted: null. */
  flight_complete: boolean | null;
  /** TLS 1.3: the answer was a HelloRetryRequest. */
  hello_retry_request: boolean;
  chain_id: string | null;
  dh_group_id: string | null;
  named_group: number | null;
  /** Size of the ephemeral key: DH prime, curve field or temporary RSA modulus. */
  key_bits: number | null;
  /** SignatureAndHashAlgorithm of ServerKeyExchange (TLS 1.2). */
  signature_scheme: number | null;
  /** SHA-256 of the server's ephemeral public value. */
  public_key_sha256: string | null;
  /** Distinct extension numbers in ServerHello, in its order, at most 64. */
  extensions: number[];
  /** From connect to the end of the flight. */
  duration_ms: number;
}

/** Suites that were refused, by what refused them. */
export interface Rejection {
  version: number;
  /**
   * `close`, `reset`: ended so without a word, while a control right after it was accepted. `not_listed`: an SSLv2 SERVER-HELLO
   * came, without these kinds in its list.
   */
  by: 'alert' | 'version' | 'close' | 'reset' | 'ssl2_error' | 'not_listed';
  /** Alert description (`alert`), version chosen instead (`version`) or error code (`ssl2_error`); else null. */
  code: number | null;
  cipher_suites: number;
}

/** Named groups asked about by elimination. */
export interface GroupCounts {
  version: number;
  offered: number;
  accepted: number[];
  rejected: number;
  errors: number;
}

export interface EndpointRecord {
  format_version: number;
  scan_id: string;
  /** Place of the endpoint in the order of targets, from 0: the same for the same input. */
  endpoint_id: number;
  /** The target as the operator wrote it. */
  target: string;
  host: string | null;
  ip: string | null;
  /** Nominal port: which service it stands for. */
  port: number;
  /** Port that was connected to. */
  connect_port: number;
  protocol: MailProtocol;
  tls_mode: TlsMode;
  started_at: string;
  duration_ms: number;
  outcome: EndpointOutcome;
  error_kind: ErrorKind | null;
  error_detail: string | null;
  dialogue: Dialogue;
  versions: VersionCounts[];
  handshakes: HandshakeRecord[];
  rejections: Rejection[];
  groups: GroupCounts[];
  /** Distinct chains seen, each as certificate hashes in the order sent. */
  chains: { chain_id: string; certificates: string[] }[];
}

/** A certificate, once a part file. */
export interface CertificateRecord {
  /** SHA-256 of the DER, hexadecimal. */
  sha256: string;
  /** DER, base64. */
  der: string;
}

/** A finite-field Diffie-Hellman group, once a part file. */
export interface DhGroupRecord {
  /** SHA-256 of "p_hex:g_hex". */
  dh_group_id: string;
  /** SHA-256 of the prime's bytes without leading zeros. */
  prime_sha256: string;
  bits: number;
  /** Without leading zeros, lower case. */
  prime_hex: string;
  generator_hex: string;
}

/** `scan.json`, beside the part files; written after each part and last, so that `finished_at` means whole. */
export interface ScanFile {
  format_version: number;
  scan_id: string;
  tool: string;
  tool_version: string;
  started_at: string;
  finished_at: string | null;
  strategy: Strategy;
  synthetic: boolean;
  ports: number[];
  /** Suites offered, per version number. */
  cipher_suites: Record<string, number[]>;
  named_groups: number[];
  counts: { endpoints: number; handshakes: number; outcomes: Record<EndpointOutcome, number> };
  parts: { endpoints: string; certificates: string; dh_groups: string; records: number }[];
}
