/**
 * What a server that links OpenSSL 3.0 must answer, from its configuration alone: never from what a scan saw.
 * The suites that a cipher string stands for are asked of the library (`openssl ciphers -s`); the rest are rules:
 * key types, Diffie-Hellman parameters, groups. PSK and SRP need a client with a secret and are left out, as by `-s`.
 */
import { dhPrimes } from '../../pipeline/formats/datasets.ts';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3, TLS12_GROUPS } from '../../pipeline/tls/index.ts';
import { type DhParameters, type KeyKind, type KeyMaterial, openssl } from './openssl.ts';

export interface TlsConfiguration {
  /** Protocol versions that are switched on. */
  versions: readonly number[];
  /** OpenSSL cipher string for TLS 1.0 to 1.2, without a security level. */
  ciphers: string;
  security_level: number;
  /** TLS 1.3 suites; undefined for the library's own choice. */
  ciphersuites?: string;
  keys: readonly KeyMaterial[];
  /** Configured parameters, the library's choice, or none at all. */
  dh: DhParameters | 'auto' | null;
  /** Groups in OpenSSL's spelling. */
  groups: readonly GroupName[];
}

/** How a suite is answered; all null in TLS 1.3, where it stands apart. */
export interface SuiteAnswer {
  /** SHA-256 of each certificate; null for an anonymous suite. */
  chain: readonly string[] | null;
  prime_hex: string | null;
  named_group: number | null;
}

export interface Answers {
  /** By version number, then suite number. */
  suites: Record<number, Record<number, SuiteAnswer>>;
  /** TLS 1.3 groups, ascending. */
  tls13_groups: number[];
}

export type GroupName = keyof typeof GROUPS;

/** What the server is to answer to a hello that offers everything. */
export function expectedAnswers(configuration: TlsConfiguration): Answers {
  const suites: Answers['suites'] = {};
  for (const version of [TLS1_0, TLS1_1, TLS1_2]) {
    suites[version] = configuration.versions.includes(version) ? upTo12(configuration, version) : {};
  }
  const tls13_groups = tls13Groups(configuration);
  suites[TLS1_3] = tls13_groups.length > 0 ? tls13Suites(configuration) : {};
  return { suites, tls13_groups };
}

/** The configuration's cipher string with its security level, as servers take it that hand it to the library. */
export function cipherString({ ciphers, security_level }: TlsConfiguration): string {
  return `${ciphers}:@SECLEVEL=${security_level}`;
}

interface LibrarySuite {
  code: number;
  key_exchange: string;
  authentication: string;
  strength_bits: number;
}

function upTo12(configuration: TlsConfiguration, version: number): Record<number, SuiteAnswer> {
  const option = { [TLS1_0]: '-tls1', [TLS1_1]: '-tls1_1', [TLS1_2]: '-tls1_2' }[version]!;
  const known = librarySuites(option, cipherString(configuration));
  const answers = known.map((suite) => [suite.code, answer(configuration, suite)] as const);
  return Object.fromEntries(answers.filter((entry): entry is [number, SuiteAnswer] => entry[1] !== null));
}

/** Null where the server lacks what the suite needs. */
function answer(configuration: TlsConfiguration, suite: LibrarySuite): SuiteAnswer | null {
  const { key_exchange, authentication } = suite;
  const key = keyOf(configuration, authentication);
  if (key === undefined) return null;
  const chain = key?.sha256 ?? null;
  switch (key_exchange) {
    case 'RSA':
      return { chain, prime_hex: null, named_group: null };
    case 'DH': {
      const { dh } = configuration;
      if (dh === null) return null;
      const prime_hex = dh === 'auto' ? automaticPrime(configuration, suite, key) : dh.prime_hex;
      return { chain, prime_hex, named_group: null };
    }
    case 'ECDH': {
      const named_group = sharedCurve(configuration);
      return named_group === undefined ? null : { chain, prime_hex: null, named_group };
    }
    default:
      throw new Error(`openssl ciphers lists Kx=${key_exchange}, for which there is no rule here`);
  }
}

/** Null for anonymous suites, undefined where the server has no such key. */
function keyOf({ keys }: TlsConfiguration, authentication: string): KeyMaterial | null | undefined {
  if (authentication === 'None') return null;
  return keys.find((key) => key.kind === KEY_KIND[authentication]);
}

/** Without SSL_OP_CIPHER_SERVER_PREFERENCE the client's order decides (SSL_CTX_set1_groups(3)). */
function sharedCurve({ groups }: TlsConfiguration): number | undefined {
  const codes: number[] = groups.map((group) => GROUPS[group]);
  return TLS12_GROUPS.find((group) => codes.includes(group));
}

/**
 * SSL_CTX_set_dh_auto(3): "the server will choose DH parameters with a key size that corresponds to the key in the
 * certificate", or to the suite where there is none, and never below the security level. Primes of RFC 2409 and 3526.
 */
function automaticPrime(
  { security_level }: TlsConfiguration,
  suite: LibrarySuite,
  key: KeyMaterial | null,
): string {
  const bySuite = suite.strength_bits === 256 ? 128 : 80;
  const wanted = key ? SECURITY_BITS[key.key_bits]! : bySuite;
  const least = LEVEL_BITS[security_level]!;
  const name = AUTOMATIC_PRIMES.find(([bits]) => Math.max(wanted, least) >= bits)![1];
  return dhPrimes().find((prime) => prime.name === name)!.prime_hex;
}

/** RFC 8446, 4.2.7 has none of the other curves, nor has OpenSSL 3.0 in TLS 1.3. */
function tls13Groups({ versions, groups, keys }: TlsConfiguration): number[] {
  const signs = keys.some((key) => key.kind !== 'dsa');
  if (!versions.includes(TLS1_3) || !signs) return [];
  const codes: number[] = groups.map((group) => GROUPS[group]);
  return codes.filter((code) => TLS13_ONLY.has(code)).sort((left, right) => left - right);
}

function tls13Suites({ ciphersuites, security_level }: TlsConfiguration): Record<number, SuiteAnswer> {
  const chosen = ciphersuites === undefined ? [] : ['-ciphersuites', ciphersuites];
  const known = librarySuites('-tls1_3', ...chosen, `DEFAULT:@SECLEVEL=${security_level}`);
  return Object.fromEntries(known.map(({ code }) => [code, IN_TLS1_3]));
}

/** `0xC0,0x0A - ECDHE-ECDSA-AES256-SHA TLSv1 Kx=ECDH Au=ECDSA Enc=AES(256) Mac=SHA1`, a suite a line. */
function librarySuites(...args: string[]): LibrarySuite[] {
  const lines = openssl('ciphers', '-V', '-s', ...args).split('\n');
  return lines.filter((line) => line.trim() !== '').map(readLine);
}

function readLine(line: string): LibrarySuite {
  const match = /0x(..),0x(..) - .* Kx=(\S+) +Au=(\S+) +Enc=([^ (]+)(?:\((\d+)\))?/.exec(line);
  if (!match) throw new Error(`openssl ciphers -V said: ${line}`);
  const [, high, low, key_exchange, authentication, , bits] = match;
  const code = Number.parseInt(`${high}${low}`, 16);
  return {
    code,
    key_exchange: key_exchange!,
    authentication: authentication!,
    strength_bits: Number(bits ?? 0),
  };
}

const IN_TLS1_3: SuiteAnswer = { chain: null, prime_hex: null, named_group: null };

/** Names that OpenSSL, Postfix and Dovecot take, and their numbers (IANA TLS Supported Groups). */
export const GROUPS = {
  X25519: 29,
  X448: 30,
  'P-256': 23,
  'P-384': 24,
  'P-521': 25,
  prime256v1: 23,
  secp384r1: 24,
  secp521r1: 25,
  brainpoolP384r1: 27,
  secp192k1: 18,
  ffdhe2048: 256,
  ffdhe3072: 257,
} as const;

const TLS13_ONLY: ReadonlySet<number> = new Set([29, 30, 23, 24, 25, 256, 257]);
const KEY_KIND: Record<string, KeyKind> = { RSA: 'rsa', ECDSA: 'ecdsa', DSS: 'dsa' };

/** NIST SP 800-57 part 1, table 2: strength of RSA and DSA moduli. */
const SECURITY_BITS: Record<number, number> = { 1024: 80, 2048: 112, 3072: 128 };

/** SSL_CTX_set_security_level(3): levels 0 to 5. */
const LEVEL_BITS = [0, 80, 112, 128, 192, 256];

const AUTOMATIC_PRIMES: readonly (readonly [number, string])[] = [
  [192, '8192-bit MODP from RFC 3526'],
  [152, '4096-bit MODP from RFC 3526'],
  [128, '3072-bit MODP from RFC 3526'],
  [112, '2048-bit MODP from RFC 3526'],
  [0, 'Oakley 2 from RFC 2409, 1024-bit'],
];
