/** The reference data in `datasets/` as values. Their columns, sources and licences: datasets/README.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import { SSL2, TLS1_2 } from '../tls/versions.ts';
import { csvRows } from './csv.ts';

export const datasetsFolder = join(packageRoot, 'datasets');

const LAST_STUDY_VERSION = TLS1_2;

/** A row of `datasets/cipher_suites.csv`. */
export interface CipherSuite {
  /** Two bytes (TLS) or three (SSLv2 cipher kinds) as a number. */
  code: number;
  /** IANA description, or SSLv2's own name (SSL_CK_…). */
  name: string;
  /** OpenSSL's name; empty where it has none. */
  openssl_name: string;
  key_exchange: string;
  authentication: string;
  encryption: string;
  /** Strength of the encryption key: 0 for NULL, 40 for export. */
  encryption_bits: number;
  mac: string;
  export: boolean;
  /** Lowest and highest protocol version on whose wire it can stand. */
  min_version: number;
  max_version: number;
  /** One of the 136 (and 7 SSLv2) that the study of 2015 offered. */
  study_2015: boolean;
  reference: string;
}

/** A row of `datasets/named_groups.csv`: IANA TLS Supported Groups. */
export interface NamedGroup {
  code: number;
  name: string;
  /** ecdh, ffdh, hybrid (ECDH with a KEM), kem or explicit. */
  kind: string;
  /** Field or prime size; of a hybrid, that of its classical part; 0 where there is none (kem, explicit). */
  bits: number;
  reference: string;
}

/** A row of `datasets/signature_schemes.csv`: IANA TLS SignatureScheme, and TLS 1.2's pairs. */
export interface SignatureScheme {
  code: number;
  name: string;
  /** RSA (PKCS #1), RSA-PSS, DSA, ECDSA, EdDSA, ML-DSA, GOST, SM2 or identity-based. */
  algorithm: string;
  /** MD5, SHA1 … SHA512, SM3; empty where the algorithm brings its own. */
  hash: string;
  reference: string;
}

/** A row of `datasets/tls_versions.csv`. */
export interface TlsVersion {
  /** As on the wire: 2, 768 to 772. */
  code: number;
  /** SSLv2, SSLv3, TLSv1.0, TLSv1.1, TLSv1.2, TLSv1.3. */
  name: string;
  reference: string;
}

/** A row of `datasets/dh_primes.csv`: a finite-field prime that many servers share. */
export interface DhPrime {
  /** SHA-256 of the prime's bytes, without leading zeros. */
  prime_sha256: string;
  bits: number;
  name: string;
  /** Who ships it. */
  software: string;
  generator_hex: string;
  prime: boolean;
  safe_prime: boolean;
  note: string;
  prime_hex: string;
}

/** A row of `datasets/published_2015.csv`: a number that the study of 2015 published. */
export interface PublishedValue {
  /** The table of ours that asks the same. */
  table_name: string;
  /** A port, `retrieval` (110, 143, 993 and 995 together), or empty for all ports. */
  port: string;
  item: string;
  /** As published: a number, a range, or a month. */
  value: string;
  unit: string;
  status: string;
  source: string;
}

/** A row of `datasets/object_identifiers.csv`. */
export interface ObjectIdentifier {
  /** Dotted decimal. */
  oid: string;
  name: string;
  /** key_algorithm, signature_algorithm, curve, attribute, extension, extended_key_usage or policy. */
  kind: string;
  reference: string;
}

/** A row of `datasets/mail_software.csv`: what a greeting says of the software behind it. */
export interface SoftwarePattern {
  /** Regular expression without flags; its first group, where it has one, is the version. */
  pattern: string;
  /** smtp, pop3, imap or any. */
  protocol: string;
  software: string;
  /** Who made it; empty where nobody in particular did. */
  vendor: string;
  note: string;
}

let suites: CipherSuite[] | undefined;
let groups: NamedGroup[] | undefined;
let schemes: SignatureScheme[] | undefined;
let versions: TlsVersion[] | undefined;
let primes: DhPrime[] | undefined;
let published: PublishedValue[] | undefined;
let identifiers: ObjectIdentifier[] | undefined;
let software: SoftwarePattern[] | undefined;

export function cipherSuites(): CipherSuite[] {
  suites ??= readCsv('cipher_suites.csv').map((row) => ({
    code: Number(row['code']),
    name: row['name']!,
    openssl_name: row['openssl_name']!,
    key_exchange: row['key_exchange']!,
    authentication: row['authentication']!,
    encryption: row['encryption']!,
    encryption_bits: Number(row['encryption_bits']),
    mac: row['mac']!,
    export: row['export'] === 'true',
    min_version: Number(row['min_version']),
    max_version: Number(row['max_version']),
    study_2015: row['study_2015'] === 'true',
    reference: row['reference']!,
  }));
  return suites;
}

export function namedGroups(): NamedGroup[] {
  groups ??= readCsv('named_groups.csv').map((row) => ({
    code: Number(row['code']),
    name: row['name']!,
    kind: row['kind']!,
    bits: Number(row['bits']),
    reference: row['reference']!,
  }));
  return groups;
}

export function signatureSchemes(): SignatureScheme[] {
  schemes ??= readCsv('signature_schemes.csv').map((row) => ({
    code: Number(row['code']),
    name: row['name']!,
    algorithm: row['algorithm']!,
    hash: row['hash']!,
    reference: row['reference']!,
  }));
  return schemes;
}

/** The suites that can stand on the wire of `version`, ordered by code. */
export function suitesOfVersion(version: number): CipherSuite[] {
  return cipherSuites().filter((suite) => suite.min_version <= version && version <= suite.max_version);
}

/**
 * What the study of 2015 offered at `version`, ordered by code: 7 cipher kinds at SSLv2, the same 136 suites at each
 * of SSLv3 to TLS 1.2 (also those that need a later version), none at TLS 1.3.
 */
export function studySuites(version: number): CipherSuite[] {
  if (version > LAST_STUDY_VERSION) return [];
  const ssl2 = version === SSL2;
  return cipherSuites().filter((suite) => suite.study_2015 && (suite.max_version === SSL2) === ssl2);
}

/** The suite that OpenSSL calls `name` at `version`: SSLv2 and later versions share names, such as RC4-MD5. */
export function suiteByOpensslName(version: number, name: string): CipherSuite | undefined {
  const ssl2 = version === SSL2;
  return cipherSuites().find((suite) => suite.openssl_name === name && (suite.max_version === SSL2) === ssl2);
}

export function tlsVersions(): TlsVersion[] {
  versions ??= readCsv('tls_versions.csv').map((row) => ({
    code: Number(row['code']),
    name: row['name']!,
    reference: row['reference']!,
  }));
  return versions;
}

export function dhPrimes(): DhPrime[] {
  primes ??= readCsv('dh_primes.csv').map((row) => ({
    prime_sha256: row['prime_sha256']!,
    bits: Number(row['bits']),
    name: row['name']!,
    software: row['software']!,
    generator_hex: row['generator_hex']!,
    prime: row['prime'] === 'true',
    safe_prime: row['safe_prime'] === 'true',
    note: row['note']!,
    prime_hex: row['prime_hex']!,
  }));
  return primes;
}

export function publishedValues(): PublishedValue[] {
  published ??= readCsv('published_2015.csv').map((row) => ({
    table_name: row['table_name']!,
    port: row['port']!,
    item: row['item']!,
    value: row['value']!,
    unit: row['unit']!,
    status: row['status']!,
    source: row['source']!,
  }));
  return published;
}

export function objectIdentifiers(): ObjectIdentifier[] {
  identifiers ??= readCsv('object_identifiers.csv').map((row) => ({
    oid: row['oid']!,
    name: row['name']!,
    kind: row['kind']!,
    reference: row['reference']!,
  }));
  return identifiers;
}

/** In the order of trying: the first that matches tells. */
export function softwarePatterns(): SoftwarePattern[] {
  software ??= readCsv('mail_software.csv').map((row) => ({
    pattern: row['pattern']!,
    protocol: row['protocol']!,
    software: row['software']!,
    vendor: row['vendor']!,
    note: row['note']!,
  }));
  return software;
}

function readCsv(file: string): Record<string, string>[] {
  return csvRows(readFileSync(join(datasetsFolder, file), 'utf8'));
}
