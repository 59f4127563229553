/** The reference data in `datasets/` as values. Their columns, sources and licences: datasets/README.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { packageRoot } from '../base/package-root.ts';

export const datasetsFolder = join(packageRoot, 'datasets');

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
  /** ecdh, ffdh, hybrid or explicit. */
  kind: string;
  /** Field or prime size. */
  bits: number;
  reference: string;
}

let suites: CipherSuite[] | undefined;
let groups: NamedGroup[] | undefined;

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

function readCsv(file: string): Record<string, string>[] {
  return parse(readFileSync(join(datasetsFolder, file)), { columns: true });
}
