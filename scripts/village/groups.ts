/** Named groups that villagers use: IANA code and OpenSSL's name (RFC 8422, RFC 7027, RFC 7919, RFC 8446). */

export interface VillageGroup {
  code: number;
  openssl_name: string;
  /** May stand in a TLS 1.3 key share. */
  tls13: boolean;
}

export const SECT571R1: VillageGroup = { code: 14, openssl_name: 'sect571r1', tls13: false };
export const P256: VillageGroup = { code: 23, openssl_name: 'P-256', tls13: true };
export const P384: VillageGroup = { code: 24, openssl_name: 'P-384', tls13: true };
export const P521: VillageGroup = { code: 25, openssl_name: 'P-521', tls13: true };
/** Code 27 is of TLS 1.2 and before; TLS 1.3 has a code of its own for the curve (RFC 8734). */
export const BRAINPOOL_P384: VillageGroup = { code: 27, openssl_name: 'brainpoolP384r1', tls13: false };
export const X25519: VillageGroup = { code: 29, openssl_name: 'X25519', tls13: true };
export const X448: VillageGroup = { code: 30, openssl_name: 'X448', tls13: true };
