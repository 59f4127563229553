/**
 * A lake as views of the engine, one a table, over just the files that the manifest names. Scan and port of a row
 * are what the manifest says of its file: names of folders are not read, for the lake may lie below one that looks
 * like a partition. A table without files is a view without rows, so that every module runs on every lake.
 */
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlPathList, sqlText } from '../../base/duckdb.ts';
import type { LakeFile } from '../../formats/lake-manifest.ts';
import { LAKE_TABLES, type LakeTable } from '../../formats/lake-tables.ts';
import { lakeFiles } from './lake-files.ts';

const PARTITION_TYPES = { scan_id: 'varchar', port: 'smallint' } as const;

/** Makes the views, over the named scans or over all. UsageError for no lake, an empty one, or an unknown scan. */
export async function createLakeViews(
  connection: DuckDBConnection,
  lake: string,
  scans: readonly string[] | undefined,
): Promise<void> {
  const files = lakeFiles(lake, scans);
  for (const table of LAKE_TABLES) {
    const parts = [...partitions(files.filter((file) => file.table === table.name)).values()];
    const selects = parts.length > 0 ? parts.map((part) => overPartition(lake, table, part)) : [empty(table)];
    await connection.run(`create view ${table.name} as ${selects.join('\nunion all\n')}`);
  }
}

/** Paths of the files behind the views. */
export function lakeViewPaths(lake: string, scans: readonly string[] | undefined): string[] {
  return lakeFiles(lake, scans).map(({ path }) => join(lake, path));
}

/** Files by scan and port, each with at least one. */
function partitions(files: readonly LakeFile[]): Map<string, [LakeFile, ...LakeFile[]]> {
  const parts = new Map<string, [LakeFile, ...LakeFile[]]>();
  for (const file of files) {
    const key = `${file.scan_id}/${file.port}`;
    const part = parts.get(key);
    if (part) part.push(file);
    else parts.set(key, [file]);
  }
  return parts;
}

function overPartition(lake: string, table: LakeTable, files: readonly [LakeFile, ...LakeFile[]]): string {
  const partition = table.partitioned_by.map(
    (name) => `cast(${sqlText(String(files[0][name]))} as ${PARTITION_TYPES[name]}) as ${name}`,
  );
  const columns = [...partition, ...table.columns.map(({ name }) => name)].join(', ');
  const paths = sqlPathList(files.map((file) => join(lake, file.path)));
  return `select ${columns} from read_parquet(${paths}, hive_partitioning = false)`;
}

function empty(table: LakeTable): string {
  const partition = table.partitioned_by.map((name) => ({ name, type: PARTITION_TYPES[name] }));
  const columns = [...partition, ...table.columns].map(
    ({ name, type }) => `cast(null as ${type}) as ${name}`,
  );
  return `select ${columns.join(', ')} where ${sqlText('rows')} = ${sqlText('none')}`;
}
