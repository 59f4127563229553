/** The recorded scan of the village as a lake, and copies of it for tests that do it harm. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { openDatabase, sqlPathList } from '../../pipeline/base/duckdb.ts';
import { packageRoot } from '../../pipeline/base/package-root.ts';
import { readManifest } from '../../pipeline/formats/lake-manifest.ts';
import { type EnrichmentFiles, ingest } from '../../pipeline/ingest/index.ts';

export const villageSample = join(packageRoot, 'datasets/samples/village');

/** Ingests the sample into a new lake below `folder`, and gives the lake's folder and the scan's name. */
export async function sampleLake(
  folder: string,
  enrichment: EnrichmentFiles = {},
): Promise<{ lake: string; scan_id: string }> {
  const lake = join(folder, 'sample-lake');
  const [summary] = await ingest({ from: 'native', inputs: [villageSample], lake, ...enrichment });
  return { lake, scan_id: summary!.scan_id };
}

export function copyOfLake(lake: string, name: string): string {
  const copy = join(lake, '..', name);
  cpSync(lake, copy, { recursive: true });
  return copy;
}

/** Runs SQL in which `FILES(table)` stands for the rows of a lake's table, with scan_id and port from the paths. */
export async function askLake(lake: string, sql: string): Promise<Record<string, unknown>[]> {
  const { files } = readManifest(lake);
  const query = sql.replace(/FILES\((\w+)\)/g, (_, table) => {
    const paths = files.filter((file) => file.table === table).map(({ path }) => join(lake, path));
    return `read_parquet(${sqlPathList(paths)}, hive_partitioning = true)`;
  });
  return withEngine(async (connection) => (await connection.runAndReadAll(query)).getRowObjectsJS());
}

export async function withEngine<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const database = await openDatabase();
  try {
    return await work(await database.connect());
  } finally {
    database.close();
  }
}
