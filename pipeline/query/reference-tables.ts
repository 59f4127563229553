/** The reference data of `datasets/` as tables of the engine: numbers of the wire get their names from them. */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlText } from '../base/duckdb.ts';
import { datasetsFolder } from '../formats/datasets.ts';

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
  known_dh_primes: {
    file: 'dh_primes.csv',
    types: { bits: 'integer', prime: 'boolean', safe_prime: 'boolean' },
  },
  known_object_identifiers: { file: 'object_identifiers.csv', types: {} },
};

/** Loads them all. */
export async function loadReferenceTables(connection: DuckDBConnection): Promise<void> {
  for (const [name, { file, types }] of Object.entries(REFERENCE_TABLES)) {
    const casts = Object.entries(types).map(([column, type]) => `cast(${column} as ${type}) as ${column}`);
    const replaced = casts.length > 0 ? `replace (${casts.join(', ')})` : '';
    await connection.run(
      `create table ${name} as select * ${replaced}
       from read_csv(${sqlText(join(datasetsFolder, file))}, header = true, all_varchar = true, quote = '"')`,
    );
  }
}
