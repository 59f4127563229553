/**
 * A lake as views of the engine, one a table, over just the files that the manifest names. A table without files
 * is a view without rows, so that every module runs on every lake.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlText, sqlTextList } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { type LakeManifest, readManifest } from '../formats/lake-manifest.ts';
import { LAKE_TABLES, type LakeTable } from '../formats/lake-tables.ts';

const PARTITION_TYPES = { scan_id: 'varchar', port: 'smallint' } as const;

/** Makes the views, over the named scans or over all. UsageError for no lake, an empty one, or an unknown scan. */
export async function createLakeViews(
  connection: DuckDBConnection,
  lake: string,
  scans: readonly string[] | undefined,
): Promise<void> {
  const manifest = readManifest(lake);
  const chosen = chooseScans(lake, manifest, scans);
  for (const table of LAKE_TABLES) {
    const files = manifest.files
      .filter((file) => file.table === table.name && chosen.has(file.scan_id))
      .map((file) => lakeFile(lake, file.path));
    await connection.run(
      `create view ${table.name} as ${files.length > 0 ? overFiles(table, files) : empty(table)}`,
    );
  }
}

function chooseScans(
  lake: string,
  manifest: LakeManifest,
  wanted: readonly string[] | undefined,
): Set<string> {
  const present = [...new Set(manifest.files.map((file) => file.scan_id))].sort();
  if (present.length === 0) {
    throw new UsageError(`${lake} is an empty lake; fill it with: census ingest RAW --lake ${lake}`);
  }
  const unknown = wanted?.find((scan) => !present.includes(scan));
  if (unknown !== undefined) {
    throw new UsageError(`${lake} has no scan ${JSON.stringify(unknown)}; it has: ${present.join(', ')}`);
  }
  return new Set(wanted ?? present);
}

function lakeFile(lake: string, path: string): string {
  const file = join(lake, path);
  if (!existsSync(file)) {
    throw new UsageError(`${file} is missing although the lake's manifest names it; ingest that scan again`);
  }
  return file;
}

function overFiles(table: LakeTable, files: readonly string[]): string {
  const partitions = table.partitioned_by.map((name) => `${name}: ${PARTITION_TYPES[name]}`).join(', ');
  const columns = [...table.partitioned_by, ...table.columns.map(({ name }) => name)].join(', ');
  return `select ${columns} from read_parquet(${sqlTextList(files)}, hive_partitioning = true,
    hive_types = {${partitions}})`;
}

function empty(table: LakeTable): string {
  const partitions = table.partitioned_by.map((name) => ({ name, type: PARTITION_TYPES[name] }));
  const columns = [...partitions, ...table.columns].map(
    ({ name, type }) => `cast(null as ${type}) as ${name}`,
  );
  return `select ${columns.join(', ')} where ${sqlText('rows')} = ${sqlText('none')}`;
}
