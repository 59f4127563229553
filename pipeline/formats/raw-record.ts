/**
 * The raw record: what a scan says of one endpoint, one JSON line. docs/raw-record.md explains each field;
 * raw-record.schema.json is the same shape for validators. Numbers are those of the wire; names join in later.
 */

/** Raised when a reader of the old shape would misread the new one. */
export const RAW_FORMAT_VERSION = 4;
/** From this format on lines are packed (packed-record.ts); before, each handshake stood for itself. */
export const PACKED_FORMAT_VERSION = 3;
/** From this format on a `rejected` suite is one whose refusal was confirmed; before, one answer was enough. */
export const CONFIRMED_FORMAT_VERSION = 4;

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
  | 'throttled'
  | 'service_refused'
  | 'starttls_refused'
  | 'protocol_error'
  | 'too_much_data'
  | 'name_not_resolved'
  | 'reserved_address'
  | 'excluded_address'
  | 'local_failure'
  | RefusalErrorKind;

/**
 * Why a refusal is not counted as a no (docs/raw-record.md, "When a no counts"). `refused_by_name`: unrecognized_name,
 * with the name and without. `form_intolerant`: a control in the form of the hello is not accepted. `inconsistent`: the
 * same question was accepted at another time. `transient_alert`: an alert that is not about suites or versions came, and
 * a refusal that is. `other_alert`: only such alerts came. `unconfirmed`: refused, and no accepted hello shows that the
 * server takes hellos of that form.
 */
export type RefusalErrorKind =
  | 'refused_by_name'
  | 'form_intolerant'
  | 'inconsistent'
  | 'transient_alert'
  | 'other_alert'
  | 'unconfirmed';

/** Why the rest of an endpoint's questions was not asked: an error that will stay, or a bound of the scan's own. */
export type StopReason =
  | ErrorKind
  | 'no_starttls'
  | 'handshake_budget'
  | 'time_budget'
  | 'byte_budget'
  | 'unresponsive';

export type MailProtocol = 'smtp' | 'pop3' | 'imap';
export type TlsMode = 'starttls' | 'implicit';
export type Strategy = 'exhaustive' | 'adaptive' | 'predictive';

/** The cleartext conversation before TLS. Absent parts are null: not said, or not asked. */
export interface Dialogue {
  /** Greeting, decoded as UTF-8 with replacement characters, at most 1,024 characters. */
  banner: string | null;
  /** First line of the reply to EHLO, without its code: the server's greeting by RFC 5321, 4.1.1.1. SMTP only. */
  ehlo_first_line: string | null;
  /** Lines of EHLO, CAPA or CAPABILITY before TLS, keywords as the server wrote them. */
  capabilities: string[] | null;
  starttls_offered: boolean | null;
  /** A middlebox wrote over STARTTLS (`XXXXXXXA` and the like); null where there was no list to look at. */
  starttls_masked: boolean | null;
  /** The reply to STARTTLS or STLS, whatever it says. */
  starttls_reply: string | null;
  starttls_accepted: boolean | null;
  /** SASL mechanisms named before TLS, upper case. */
  auth_mechanisms: string[] | null;
  /** Whether a plaintext password is accepted before TLS (AUTH PLAIN or LOGIN; USER; no LOGINDISABLED). */
  plaintext_auth_offered: boolean | null;
  /** IMAP's LOGINDISABLED; null for other protocols, or where no capabilities were told. */
  login_disabled: boolean | null;
}

/** What the server says of itself once TLS stands: from one handshake that was finished. */
export interface SecuredDialogue {
  /** Protocol version and suite of that handshake. */
  version: number;
  cipher_suite: number;
  /** With implicit TLS the greeting; null with STARTTLS, where none comes. */
  banner: string | null;
  capabilities: string[] | null;
  auth_mechanisms: string[] | null;
  /** Null for what was not told. */
  plaintext_auth_offered: boolean | null;
  login_disabled: boolean | null;
  /** Distinct numbers of TLS 1.3's EncryptedExtensions, in their order; null below, and where they can't be read. */
  extensions: number[] | null;
  /** Why the dialogue broke off inside TLS; null where it came to its end. */
  error_kind: ErrorKind | null;
  error_detail: string | null;
}

/**
 * Suites of one version, counted by outcome: offered = accepted + rejected + errors + not_tested + inferred_accepted +
 * inferred_rejected. What is inferred was asked of no server: a prior says it (strategy `predictive`).
 */
export interface VersionCounts {
  version: number;
  offered: number;
  accepted: number;
  /** Confirmed refusals only; a refusal that is not confirmed is an error. */
  rejected: number;
  errors: number;
  not_tested: number;
  inferred_accepted: number;
  inferred_rejected: number;
  /** Handshakes made for its suites, repeats and controls included. */
  handshakes: number;
  /**
   * Whether a whole handshake was completed at this version: false where each one that was tried failed by the server's
   * doing; null where none was tried, OpenSSL has no suite of it, or it failed on our side.
   */
  handshake_completed: boolean | null;
}

/** The suites behind `inferred_accepted`. */
export interface InferredSuites {
  version: number;
  cipher_suites: number[];
  /** Least probability, by the prior, that one of the version's inferred outcomes is right: 0..1. */
  probability: number;
}

/**
 * Inferred outcomes of one endpoint that were asked after all. Checks are drawn by group, so that the few weak suites are
 * not missed: `weak` is RC4, DES, 3DES, export, NULL and anonymous suites, `other` the rest. `all`: drawn from both together
 * (records before format 4).
 */
export interface InferenceCheck {
  suite_group: 'weak' | 'other' | 'all';
  /** Outcomes of the group that the prior inferred, before any check. */
  inferred: number | null;
  checked: number;
  wrong: number;
  /**
   * Of `inferred`, those that were wrong, where a wrong check of the endpoint (in whatever group) had all of them asked;
   * null where its inference stands.
   */
  wrong_in_all: number | null;
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
  /** SHA-256 of the server's ephemeral public value: DH, ECDH point, or modulus of a temporary RSA key. */
  public_key_sha256: string | null;
  /** SHA-256 of an explicit curve's parameters as sent; null for named ones. */
  explicit_curve_sha256: string | null;
  /** First four bytes of the random: seconds since 1970 with old servers, anything with new ones. Not in SSLv2, TLS 1.3. */
  gmt_unix_time: number | null;
  /** session_id of ServerHello, hexadecimal, empty where none; null in SSLv2, and in TLS 1.3, where it is an echo. */
  session_id: string | null;
  /** compression_method of ServerHello: 0 none, 1 DEFLATE (RFC 3749); null in SSLv2. */
  compression_method: number | null;
  /** The bytes that the server sent, in the part's flights file; null where they are not kept. */
  flight_sha256: string | null;
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
  /** Counted as a no: docs/raw-record.md, "When a no counts". Suites of one that is not are among the errors. */
  confirmed: boolean;
  /** Forms of hello that got a refusal; null in records before format 4, which asked in one. */
  forms: number | null;
}

/** What a server may refuse in a hello. */
export const HELLO_FEATURES = [
  ...(['server_name', 'compression', 'extension', 'signature_schemes', 'named_groups'] as const),
  ...(['no_finite_field_groups', 'cipher_suites', 'hello_bytes'] as const),
] as const;

/** What a hello must not have at this endpoint: a control without it is accepted, with it refused each time. */
export interface RefusedFeature {
  /**
   * `server_name`: the extension; `no_finite_field_groups`: supported_groups without those of
   * RFC 7919, for DHE suites up to TLS 1.2; `compression`: another method than null; `extension`:
   * that of number `value`; `signature_schemes`, `named_groups`, `cipher_suites`: more than `value` of them (for `cipher_suites` those
   * after the first `value` may be ignored instead); `hello_bytes`: a record of `value` bytes.
   */
  feature: (typeof HELLO_FEATURES)[number];
  value: number | null;
  /** How it is refused; `timeout`: no answer at all. */
  by: 'alert' | 'version' | 'close' | 'reset' | 'timeout' | 'other';
  code: number | null;
}

/** What hellos this endpoint takes, as far as the scan had to find out. */
export interface HelloTolerance {
  /** Most cipher suites of a hello that the server was shown to read to the last; null where nothing was accepted. */
  cipher_suites: number | null;
  /** Longest hello that was answered by a ServerHello, in bytes with its record header. */
  hello_bytes: number | null;
  refused: RefusedFeature[];
}

/** A refusal that stands against an acceptance of the same suites in the same form. */
export interface Contradiction {
  version: number;
  by: Rejection['by'];
  code: number | null;
  times: number;
}

/** Why the chain of TLS 1.3 is not known where TLS 1.3 is accepted. */
export type Tls13ChainError =
  | 'not_asked'
  | 'no_common_suite'
  | 'handshake_failed'
  | 'no_secret'
  | 'not_decrypted'
  | 'no_certificate';

/** Named groups of one version, asked about by elimination: those accepted in the server's order of choice. */
export interface GroupCounts {
  version: number;
  offered: number;
  accepted: number[];
  rejected: number;
  errors: number;
}

/** Signature schemes that the server signs with, asked about as groups are. */
export type SchemeCounts = GroupCounts;

/** Whose order decides which suite is chosen, of those that are accepted. Only where there are two or more. */
export interface SuitePreference {
  version: number;
  /** `server`: the same choice whatever the client's order; null: no answer that tells. */
  by: 'server' | 'client' | null;
}

/** What an endpoint does beside choosing suites. Null: not asked, or no answer that tells. docs/raw-record.md. */
export interface EndpointFacts {
  compression: boolean | null;
  secure_renegotiation: boolean | null;
  extended_master_secret: boolean | null;
  encrypt_then_mac: boolean | null;
  session_ticket: boolean | null;
  heartbeat: boolean | null;
  ocsp_stapling: boolean | null;
  session_id_resumption: boolean | null;
  session_ticket_resumption: boolean | null;
  psk_resumption: boolean | null;
  fallback_scsv: boolean | null;
  version_tolerant: boolean | null;
  long_hello_tolerant: boolean | null;
  dh_public_value_repeated: boolean | null;
  ecdh_public_value_repeated: boolean | null;
  explicit_curves: boolean | null;
  /** Null where the chain is known, or TLS 1.3 is not accepted. */
  tls13_chain_error: Tls13ChainError | null;
  suite_preferences: SuitePreference[];
  /** Chains shown for other names than the one of `host`: null is no server_name at all. */
  chains_by_name: { server_name: string | null; chain_id: string | null }[];
  /** TLS 1.3: chains of keys other than the one that the server shows where it may choose, and the scheme of each. */
  chains_by_scheme: { signature_scheme: number; chain_id: string | null }[];
  /** docs/fingerprint.md: SHA-256 over `answers`, and the answers that it is made of. */
  fingerprint: { sha256: string; answers: string } | null;
}

/** What the endpoint cost. */
export interface Effort {
  /** Connections begun. */
  connections: number;
  /** Hellos sent, those of probes included. */
  handshakes: number;
  /** Questions that were asked again because of a failure, a silence or throttling. */
  retries: number;
  /** Times that throttling was waited out, and for how long in all. */
  throttle_waits: number;
  throttle_waited_ms: number;
}

export interface EndpointRecord {
  format_version: number;
  scan_id: string;
  /** From the place of its target, address and port: unique, with gaps, the same for the same targets. */
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
  /** Why what is not_tested was not asked; null where everything was. */
  stop_reason: StopReason | null;
  stop_detail: string | null;
  dialogue: Dialogue;
  secured_dialogue: SecuredDialogue | null;
  versions: VersionCounts[];
  /** In the order of the server's choice, where it was let choose. */
  handshakes: HandshakeRecord[];
  rejections: Rejection[];
  /** Null where nothing was asked in TLS. */
  hello_tolerance: HelloTolerance | null;
  /** The same question was answered in two ways: empty where the endpoint is consistent. */
  contradictions: Contradiction[];
  inferred_suites: InferredSuites[];
  /** Inferred outcomes that were asked after all; empty but for `predictive`. */
  inference_checks: InferenceCheck[];
  groups: GroupCounts[];
  signature_schemes: SchemeCounts[];
  facts: EndpointFacts;
  effort: Effort;
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

/** What a server sent to one hello, once a part file. */
export interface FlightRecord {
  /** Of the bytes, hexadecimal. */
  sha256: string;
  /** Base64. */
  bytes: string;
}

/** What the checks of a scan say of its inference: docs/strategies.md, "Measured error". */
export interface ScanInference {
  /** Sums over the endpoints' `inference_checks`. */
  groups: { suite_group: InferenceCheck['suite_group']; inferred: number; checked: number; wrong: number }[];
  /** Endpoints with a check that was answered, and those where one was wrong. */
  endpoints: { checked: number; wrong: number };
  /** Inferred outcomes that stand: nothing that was checked at their endpoint was wrong. */
  standing: number;
  /**
   * Wrong ones that stand, as estimated, and the variance of that; the least that were wrong at an endpoint that was found;
   * the most that one endpoint can stand for.
   */
  missed: { sum: number; variance: number; least: number; most: number };
  /** Share of what stands that is wrong, as estimated, with a 95 % interval; null where nothing stands. */
  estimated_error: number | null;
  low: number | null;
  high: number | null;
  /** Checks showed more than `prior.max_error`: from then on endpoints were asked as `adaptive` asks. */
  stopped: boolean;
}

/** `scan.json`, beside the part files; written after each part and last, so that `finished_at` means whole. */
export interface ScanFile {
  format_version: number;
  scan_id: string;
  tool: string;
  tool_version: string;
  started_at: string;
  finished_at: string | null;
  /** Program that read the kept flights of another scan anew and wrote this; null for a scan. */
  reread_by: { tool_version: string } | null;
  strategy: Strategy;
  /** With strategy `predictive`: SHA-256 of the prior's file, and how certain an inference has to be. */
  prior: { sha256: string; confidence: number; check_share: number; max_error: number } | null;
  /** With strategy `predictive`, what checks say of the inference; null else, and in records before format 4. */
  inference: ScanInference | null;
  synthetic: boolean;
  /** What makes the order of targets, hexadecimal: the same seed and targets give the same order. */
  seed: string;
  /** Which of how many parts of the targets, counted from 1. */
  shard: { index: number; of: number };
  /** SHA-256 over the targets as understood. Exclusions don't count: they may grow when a scan is resumed. */
  targets_sha256: string;
  /** Whom to write to about this scan, as the operator gave it. */
  contact: string | null;
  helo: string;
  ports: number[];
  /** Suites offered, per version number. */
  cipher_suites: Record<string, number[]>;
  named_groups: number[];
  /** Names of the probes that were asked beside the suites. */
  probes: string[];
  /** Addresses left out: by the operator's exclusions, and reserved ones inside of larger blocks. */
  excluded: { by_operator: number; reserved: number };
  counts: { endpoints: number; handshakes: number; outcomes: Record<EndpointOutcome, number> };
  parts: {
    endpoints: string;
    certificates: string;
    dh_groups: string;
    /** Null where flights are not kept. */
    flights: string | null;
    records: number;
    /** Of each of these files, hexadecimal; scans of program versions up to 0.1.0 lack it. */
    sha256?: { endpoints: string; certificates: string; dh_groups: string; flights: string | null };
  }[];
}
