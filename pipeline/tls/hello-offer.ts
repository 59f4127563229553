/** One hello, as a value: one protocol version, the suites and groups that it offers. */
export interface HelloOffer {
  /** SSL2 … TLS1_3 of versions.ts: the one version offered. */
  version: number;
  cipher_suites: readonly number[];
  /** Signalling suite values (RFC 5746, RFC 7507), sent after the suites; SSLv2 aside. A server can't choose one. */
  signalling_suites?: readonly number[] | undefined;
  /** 32 bytes (SSLv2: a challenge of 16 to 32). The caller's randomness, so that a test can fix it. */
  random: Uint8Array;
  /** server_name (RFC 6066), TLS 1.0 and later; none where undefined. */
  server_name?: string | undefined;
  /** supported_groups, TLS 1.0 and later; the extension is left out where empty. */
  named_groups: readonly number[];
  /** signature_algorithms, TLS 1.2 and later; a full list by default (SHA-1, MD5 and DSA included). */
  signature_schemes?: readonly number[] | undefined;
  /** TLS 1.3 key shares; an empty list asks for a HelloRetryRequest (RFC 8446, 4.2.8). */
  key_shares?: readonly { named_group: number; key_exchange: Uint8Array }[] | undefined;
  /** Further extensions, and all that a hello of SSLv3 has; an empty one should not be the last of all. */
  extensions?: readonly { type: number; data: Uint8Array }[] | undefined;
  /** Numbers of extensions that the hello is to lack. Those that TLS 1.3 can't do without are not left out. */
  without_extensions?: ReadonlySet<number> | undefined;
  /**
   * Bytes of the hello with its record header, filled up by the padding extension (RFC 7685) where it is shorter by at least
   * five bytes; a longer one stays as it is. No padding where undefined, and below TLS 1.0.
   */
  padded_length?: number | undefined;
  /** Null alone where undefined. */
  compression_methods?: readonly number[] | undefined;
  /** ClientHello.legacy_version, where it is to differ from that of `version`. */
  hello_version?: number | undefined;
}
