/** Lists of suites as mail servers were and are configured, in the order of preference. */

/** OpenSSL 1.1.1 and later with an RSA key, TLS 1.2 and 1.3, forward secrecy only. */
export const MODERN_RSA: readonly number[] = [0x1302, 0x1303, 0x1301, 0xc030, 0xcca8, 0xc02f, 0x009f, 0x009e];

/** The same with an ECDSA key. */
export const MODERN_ECDSA: readonly number[] = [0x1302, 0x1303, 0x1301, 0xc02c, 0xcca9, 0xc02b];

/** OpenSSL 1.0.1 and later with an RSA key: TLS 1.0 to 1.2, ephemeral and static keys. */
export const OPENSSL_101: readonly number[] = [
  ...[0xc030, 0xc028, 0xc014, 0x009f, 0x006b, 0x0039, 0x009d, 0x003d, 0x0035, 0xc02f, 0xc027, 0xc013],
  ...[0x009e, 0x0067, 0x0033, 0x0045, 0x009c, 0x003c, 0x002f, 0x0041],
];

/** What Postfix adds for opportunistic TLS: suites without a certificate. */
export const ANONYMOUS: readonly number[] = [0xc019, 0x00a6, 0x003a, 0xc018, 0x0034];

/** Static RSA only, TLS 1.0 and later: stacks without ephemeral keys. */
export const STATIC_RSA: readonly number[] = [0x0035, 0x002f, 0x0084, 0x0041];

/** OpenSSL 0.9.8 with everything on: ephemeral, static and export keys, SSLv3 and later. */
export const OPENSSL_098: readonly number[] = [
  ...[0x0039, 0x0035, 0x0016, 0x000a, 0x0033, 0x002f, 0x0096, 0x0007, 0x0005, 0x0004, 0x0015, 0x0009],
  ...[0x0014, 0x0008, 0x0006, 0x0003],
];

/** The same with suites without a certificate, as Postfix sets it up. */
export const OPENSSL_098_ANONYMOUS: readonly number[] = [
  ...OPENSSL_098,
  ...[0x003a, 0x0034, 0x001b, 0x0018, 0x0019, 0x0017],
];

/** Static RSA of the last century. */
export const OLD_RSA: readonly number[] = [0x0005, 0x0004, 0x000a, 0x0009];

/** The seven SSLv2 cipher kinds, as OpenSSL 1.0.2 lists them (export kinds make DROWN cheap). */
export const SSL2_KINDS: readonly number[] = [
  0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x0700c0,
];

/** SSLv2 without the export kinds. */
export const SSL2_STRONG_KINDS: readonly number[] = [0x010080, 0x0700c0];
