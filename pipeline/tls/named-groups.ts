/**
 * TLS Supported Groups: the numbers that the codec and the scan name in code, with the RFC of each, and what to offer.
 * The whole registry with its names is `datasets/named_groups.csv`.
 */
export const SECP256R1 = 0x0017; // RFC 8422
export const SECP384R1 = 0x0018; // RFC 8422
export const SECP521R1 = 0x0019; // RFC 8422
export const X25519 = 0x001d; // RFC 8422
export const X448 = 0x001e; // RFC 8422
export const FFDHE2048 = 0x0100; // RFC 7919
export const FFDHE3072 = 0x0101; // RFC 7919
export const FFDHE4096 = 0x0102; // RFC 7919
export const FFDHE6144 = 0x0103; // RFC 7919
export const FFDHE8192 = 0x0104; // RFC 7919
export const X25519MLKEM768 = 0x11ec; // draft-ietf-tls-ecdhe-mlkem

/** Offered in TLS 1.3 unless the caller says otherwise, most likely first. */
export const TLS13_GROUPS: readonly number[] = [
  X25519,
  SECP256R1,
  X448,
  SECP521R1,
  SECP384R1,
  FFDHE2048,
  FFDHE3072,
  FFDHE4096,
  FFDHE6144,
  FFDHE8192,
];

/**
 * Offered in TLS 1.0 to 1.2: every curve of RFC 4492, 7027 and 8422, common ones first, so that an ECDHE suite is
 * never refused for want of a curve. No ffdhe group: a server that knows RFC 7919 would answer with one in place of
 * the prime that everyone else gets, and the prime is what the census wants to see.
 */
export const TLS12_GROUPS: readonly number[] = [
  ...[X25519, SECP256R1, X448, SECP521R1, SECP384R1],
  ...[0x001c, 0x001b, 0x001a], // brainpoolP512r1, P384r1, P256r1 (RFC 7027)
  ...[0x0016, 0x0015, 0x0014, 0x0013, 0x0012, 0x0011, 0x0010, 0x000f], // secp256k1 to secp160k1 (RFC 4492)
  ...[0x000e, 0x000d, 0x000c, 0x000b, 0x000a, 0x0009, 0x0008, 0x0007], // sect571r1 to sect233r1 (RFC 4492)
  ...[0x0006, 0x0005, 0x0004, 0x0003, 0x0002, 0x0001], // sect233k1 to sect163k1 (RFC 4492)
];
