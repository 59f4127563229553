/**
 * What one hello learnt from a server: the values that the wire codec gives, before anyone judges them.
 * Pure data; `flight-reader.ts` makes it from bytes.
 */

/** How a suite exchanges keys, as `datasets/cipher_suites.csv` says it. */
export interface SuiteKeyExchange {
  /** RSA, DH, DHE, DH_anon, ECDH, ECDHE, ECDH_anon, PSK, DHE_PSK, RSA_PSK, ECDHE_PSK, SRP, KRB5, …, TLS13. */
  key_exchange: string;
  /** RSA, DSS, ECDSA, anon, PSK, SRP, … */
  authentication: string;
  /** Export grade: a key longer than 512 (or 1024) bits is replaced by a temporary one. */
  export: boolean;
}

/** The ephemeral key that a server sent. Integers are big-endian bytes as sent. */
export type EphemeralKey =
  | { kind: 'dh'; prime: Uint8Array; generator: Uint8Array; public_value: Uint8Array }
  | { kind: 'named_group'; named_group: number; point: Uint8Array }
  | { kind: 'explicit_prime'; prime: Uint8Array; curve: Uint8Array; point: Uint8Array }
  | { kind: 'explicit_char2'; field_bits: number; curve: Uint8Array; point: Uint8Array }
  | { kind: 'rsa'; modulus: Uint8Array; exponent: Uint8Array };

export interface ServerFlight {
  kind: 'server_hello';
  /** Version chosen; in TLS 1.3 that of supported_versions. */
  version: number;
  cipher_suite: number;
  hello_retry_request: boolean;
  random: Uint8Array;
  session_id: Uint8Array;
  compression_method: number;
  extensions: { type: number; data: Uint8Array }[];
  /** TLS 1.3: group of key_share or of HelloRetryRequest. */
  selected_group: number | null;
  /** DER, leaf first as sent; empty where none was sent (anonymous) or it is encrypted (TLS 1.3). */
  certificates: Uint8Array[];
  /** DER of the OCSPResponse that was stapled (RFC 6066, 8); null where there was none, and in TLS 1.3. */
  ocsp_response: Uint8Array | null;
  ephemeral_key: EphemeralKey | null;
  /** TLS 1.2: SignatureAndHashAlgorithm of ServerKeyExchange. */
  signature_scheme: number | null;
  /** ServerHelloDone was read; null in TLS 1.3. */
  complete: boolean | null;
  /** Where the flight broke off after ServerHello, what was found (an alert, an undecodable message). */
  broken_by: string | null;
}

export interface Ssl2ServerHello {
  kind: 'ssl2_server_hello';
  version: number;
  /** 24-bit cipher kinds that the server shares with the client. */
  cipher_kinds: number[];
  certificate: Uint8Array;
  connection_id: Uint8Array;
}

/** Everything that a server can say to a hello. */
export type ServerAnswer =
  | ServerFlight
  | Ssl2ServerHello
  | { kind: 'alert'; level: number; description: number }
  | { kind: 'ssl2_error'; code: number };
