/** Files of a lake's table → a query over their rows, and the order in which a lake keeps them. */
import { join } from 'node:path';
import { sqlPathList } from '../base/duckdb.ts';
import type { LakeFile } from '../formats/lake-manifest.ts';
import { lakeTable } from '../formats/lake-tables.ts';

/** Rows of the files, which are of one table, with the columns of the files: partition columns are in the paths. */
export function rowsOf(lake: string, files: readonly LakeFile[]): string {
  return `read_parquet(${sqlPathList(files.map(({ path }) => join(lake, path)))}, hive_partitioning = false)`;
}

/**
 * Columns by which the rows of a table stand in its files. A key comes first in every table: where it is one column,
 * the others need no look.
 */
export function rowOrder(table: string): string[] {
  const names = lakeTable(table).columns.map(({ name }) => name);
  return KEYED_BY_FIRST.has(table) ? names.slice(0, 1) : names;
}

const KEYED_BY_FIRST = new Set([
  ...['endpoints', 'endpoint_facts', 'hello_tolerance'],
  ...['flights', 'certificates', 'dh_groups'],
]);
