/**
 * IANA's registry, OpenSSL's headers and the study's position table → `datasets/cipher_suites.csv`.
 * Left out: signalling values (they are no suites), reserved and unassigned codes.
 */
import type { CipherSuite } from '../../pipeline/formats/datasets.ts';
import { fromCsv, toCsv } from './csv.ts';
import { opensslNames } from './openssl-headers.ts';
import { FORMER_OPENSSL_NAMES, PRIVATE_SUITES } from './private-suites.ts';
import { suiteTraits } from './suite-name.ts';

export const CIPHER_SUITE_COLUMNS = [
  'code',
  'name',
  'openssl_name',
  'key_exchange',
  'authentication',
  'encryption',
  'encryption_bits',
  'mac',
  'export',
  'min_version',
  'max_version',
  'study_2015',
  'reference',
] as const satisfies readonly (keyof CipherSuite)[];

interface Entry {
  code: number;
  name: string;
  openssl_names: string[];
  reference: string;
}

/** The CSV. `iana` is tls-parameters-4.csv, `headers` ssl3.h and tls1.h, `positions` the study's positions.csv. */
export function makeCipherSuites(iana: string, headers: string, positions: string): string {
  const study = studyNames(positions);
  const entries = [...ianaEntries(iana, opensslNames(headers)), ...privateEntries()];
  const suites = entries.map((entry) => toSuite(entry, study)).sort((a, b) => a.code - b.code);
  const found = suites.filter((suite) => suite.study_2015).length;
  const wanted = study.ssl2.size + study.later.size;
  if (found !== wanted) throw new Error(`${found} of the study's ${wanted} suites found`);
  return toCsv(CIPHER_SUITE_COLUMNS, suites);
}

function ianaEntries(iana: string, openssl: Map<number, string[]>): Entry[] {
  return fromCsv(iana).flatMap((row) => {
    const [, high, low] = /^0x([0-9a-f]{2}),0x([0-9a-f]{2})$/i.exec(row['Value'] ?? '') ?? [];
    const name = row['Description'] ?? '';
    if (!high || !low || !name.startsWith('TLS_') || name.endsWith('_SCSV')) return [];
    const code = Number.parseInt(high + low, 16);
    const former = FORMER_OPENSSL_NAMES.get(code);
    const openssl_names = openssl.get(code) ?? (former === undefined ? [] : [former]);
    return { code, name, openssl_names, reference: references(row['Reference'] ?? '') };
  });
}

function privateEntries(): Entry[] {
  return PRIVATE_SUITES.map(([code, name, openssl_name, reference]) => ({
    code,
    name,
    openssl_names: openssl_name === '' ? [] : [openssl_name],
    reference,
  }));
}

function toSuite(entry: Entry, study: StudyNames): CipherSuite {
  const traits = suiteTraits(entry.name);
  const offered = traits.max_version === 2 ? study.ssl2 : study.later;
  const studyName = entry.openssl_names.find((name) => offered.has(name));
  return {
    code: entry.code,
    name: entry.name,
    openssl_name: studyName ?? entry.openssl_names[0] ?? '',
    ...traits,
    study_2015: studyName !== undefined,
    reference: entry.reference,
  };
}

interface StudyNames {
  ssl2: Set<string>;
  later: Set<string>;
}

function studyNames(positions: string): StudyNames {
  const names: StudyNames = { ssl2: new Set(), later: new Set() };
  for (const row of fromCsv(positions)) {
    names[row['version'] === 'SSLv2' ? 'ssl2' : 'later'].add(row['openssl_name'] ?? '');
  }
  return names;
}

/** `[RFC5246][RFC6347]` → `RFC5246 RFC6347`. */
export function references(cell: string): string {
  return [...cell.matchAll(/\[([^\]]+)\]/g)].map((match) => match[1]!.replaceAll(' ', '-')).join(' ');
}
