/**
 * Which handshakes the OpenSSL inside Node can finish: TLS 1.0 to 1.3, suites that it was built with, no PSK and no SRP,
 * for which a client needs a secret. SSLv2, SSLv3, export, RC4 and single DES suites are not in it.
 */
import { createSecureContext, type SecureVersion } from 'node:tls';
import type { HandshakeRecord } from '../../formats/raw-record.ts';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../tls/index.ts';
import { suiteOf } from '../offer-lists.ts';

/** A version and a suite, as numbers and as node:tls calls them. */
export interface OpensslSuite {
  version: number;
  cipher_suite: number;
  version_name: SecureVersion;
  /** For the option `ciphers`. */
  ciphers: string;
}

/** Of `accepted` the first that OpenSSL can finish, at `version`; undefined where there is none. */
export function finishable(
  version: number,
  accepted: readonly Pick<HandshakeRecord, 'cipher_suite' | 'dh_group_id' | 'key_bits'>[],
): OpensslSuite | undefined {
  const version_name = VERSION_NAMES.get(version);
  if (version_name === undefined) return undefined;
  for (const { cipher_suite, dh_group_id, key_bits } of accepted) {
    const tooSmall = dh_group_id !== null && (key_bits ?? 0) < LEAST_DH_BITS;
    const ciphers = cipher_suite === null || tooSmall ? undefined : cipherString(version, cipher_suite);
    if (ciphers !== undefined) return { version, cipher_suite: cipher_suite!, version_name, ciphers };
  }
  return undefined;
}

/** SSL_CTX_set_security_level(3), level 0: "Everything is permitted", but for what Logjam breaks (ssl_cert.c). */
const LEAST_DH_BITS = 1024;

const known = new Map<string, string | undefined>();

function cipherString(version: number, cipherSuite: number): string | undefined {
  const key = `${version} ${cipherSuite}`;
  if (!known.has(key)) known.set(key, tryString(version, cipherSuite));
  return known.get(key);
}

function tryString(version: number, cipherSuite: number): string | undefined {
  const suite = suiteOf(cipherSuite);
  if (!suite || /PSK|SRP/.test(suite.key_exchange)) return undefined;
  // OpenSSL wants a suite below TLS 1.3 named in any case.
  const names = version === TLS1_3 ? `${suite.name}:AES128-SHA` : suite.openssl_name;
  if (names === '') return undefined;
  const ciphers = `${names}:@SECLEVEL=0`;
  try {
    createSecureContext({ ciphers });
    return version !== TLS1_3 || TLS13_NAMES.has(suite.name) ? ciphers : undefined;
  } catch {
    return undefined;
  }
}

const VERSION_NAMES: ReadonlyMap<number, SecureVersion> = new Map([
  [TLS1_0, 'TLSv1'],
  [TLS1_1, 'TLSv1.1'],
  [TLS1_2, 'TLSv1.2'],
  [TLS1_3, 'TLSv1.3'],
]);

/** OpenSSL passes over names of TLS 1.3 suites that it doesn't know. */
const TLS13_NAMES: ReadonlySet<string> = new Set([
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_CCM_SHA256',
  'TLS_AES_128_CCM_8_SHA256',
]);
