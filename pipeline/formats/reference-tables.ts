/**
 * The reference data of `datasets/` as tables of an engine: numbers of the wire get their names from them. Each is one
 * statement of standard SQL with the values in it, so that every engine has the same ones and none has to find a file.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { sqlText } from '../base/sql-text.ts';
import { datasetsFolder } from './datasets.ts';

/** Name in SQL → file of `datasets/` and the columns that are not text. */
export const REFERENCE_TABLES: Record<string, { file: string; types: Record<string, string> }> = {
  known_cipher_suites: {
    file: 'cipher_suites.csv',
    types: {
      code: 'integer',
      encryption_bits: 'integer',
      export: 'boolean',
      min_version: 'smallint',
      max_version: 'smallint',
      study_2015: 'boolean',
    },
  },
  known_named_groups: { file: 'named_groups.csv', types: { code: 'integer', bits: 'integer' } },
  known_signature_schemes: { file: 'signature_schemes.csv', types: { code: 'integer' } },
  known_tls_versions: { file: 'tls_versions.csv', types: { code: 'smallint' } },
  known_alerts: { file: 'alerts.csv', types: { code: 'integer' } },
  known_dh_primes: {
    file: 'dh_primes.csv',
    types: { bits: 'integer', prime: 'boolean', safe_prime: 'boolean' },
  },
  known_object_identifiers: { file: 'object_identifiers.csv', types: {} },
};

/** A query that gives the rows of a reference table; an empty field is null. */
export function referenceQuery(name: string): string {
  const { file, types } = REFERENCE_TABLES[name]!;
  const [header, ...records]: string[][] = parse(readFileSync(join(datasetsFolder, file)));
  const columns = header!.map((column) => `cast(${column} as ${types[column] ?? 'varchar'}) as ${column}`);
  const rows = records.map(
    (fields) => `(${fields.map((field) => (field === '' ? 'null' : sqlText(field))).join(', ')})`,
  );
  return `select ${columns.join(', ')}\nfrom (values\n${rows.join(',\n')}\n) as fields (${header!.join(', ')})`;
}
