/** The reference data of `datasets/` as tables of DuckDB. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { REFERENCE_TABLES, referenceQuery } from '../../formats/reference-tables.ts';

/** Loads them all. */
export async function loadReferenceTables(connection: DuckDBConnection): Promise<void> {
  for (const name of Object.keys(REFERENCE_TABLES)) {
    await connection.run(`create table ${name} as ${referenceQuery(name)}`);
  }
}
