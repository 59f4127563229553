/**
 * Protocol versions as they stand on the wire. Records store these numbers.
 * SSLv2: draft-hickman-netscape-ssl-00; SSLv3: RFC 6101; TLS: RFC 2246, 4346, 5246, 8446.
 */
export const SSL2 = 0x0002;
export const SSL3 = 0x0300;
export const TLS1_0 = 0x0301;
export const TLS1_1 = 0x0302;
export const TLS1_2 = 0x0303;
export const TLS1_3 = 0x0304;

/** All versions, oldest first. */
export const VERSIONS: readonly number[] = [SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3];
