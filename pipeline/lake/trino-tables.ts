/**
 * Statements with which Trino takes a lake for its tables (Hive connector): an external table over the folder of each, its
 * partitions, and over it a view that shows the files which the manifest names and no others: what a killed ingest left, or
 * the other half of one that is under way, lies in the same folders. Beside them the reference data, and what is registered.
 */
import { createHash } from 'node:crypto';
import { UsageError } from '../base/errors.ts';
import { sqlText } from '../base/sql-text.ts';
import type { LakeFile } from '../formats/lake-manifest.ts';
import {
  formSha256,
  REGISTRATION_VIEW,
  type RegisteredPart,
  registeredParts,
} from '../formats/lake-registration.ts';
import { LAKE_TABLES, type LakeTable, type LakeType, withPartitions } from '../formats/lake-tables.ts';
import { REFERENCE_TABLES, referenceQuery } from '../formats/reference-tables.ts';

export interface TrinoTables {
  catalog: string;
  schema: string;
  /** Where the cluster finds the lake, without a slash at the end. */
  location: string;
}

/** The statements by what they are for, in the order in which they are to be given. */
export interface TrinoStatements {
  schema: string;
  /** Says that the tables are not to be read. */
  begin: string;
  /** The external tables, and their partitions as they are now. */
  stored: string[];
  views: string[];
  /** Says which state of the lake the tables show. */
  end: string;
  /** Names of the external tables; others of the form that `isStoredTable` knows are of an earlier state. */
  storedTables: string[];
}

/** UsageError for more files in a table than a statement of Trino holds. */
export function trinoStatements(
  files: readonly LakeFile[],
  lake_sha256: string,
  options: TrinoTables,
): TrinoStatements {
  const { catalog, schema } = options;
  const place = `${catalog}.${schema}`;
  const filled = LAKE_TABLES.flatMap((table) => {
    const own = files.filter((file) => file.table === table.name);
    return own.length > 0 ? { table, files: own, stored: storedTable(table, options.location) } : [];
  });
  const views = LAKE_TABLES.map((table) => {
    const over = filled.find((one) => one.table === table);
    return view(place, table.name, over ? shownRows(over, options) : noRows(table));
  });
  const reference = Object.keys(REFERENCE_TABLES).map((name) => view(place, name, referenceQuery(name)));
  return {
    schema: `create schema if not exists ${place}`,
    begin: view(place, REGISTRATION_VIEW, registration('unfinished', lake_sha256, [])),
    stored: filled.flatMap(({ table, stored }) => [
      createStored(place, table, stored, options.location),
      `call ${catalog}.system.sync_partition_metadata(${sqlText(schema)}, ${sqlText(stored)}, 'FULL')`,
    ]),
    views: [...views, ...reference].map(checkLength),
    end: checkLength(
      view(place, REGISTRATION_VIEW, registration('whole', lake_sha256, registeredParts(files))),
    ),
    storedTables: filled.map(({ stored }) => stored),
  };
}

/** Whether a name is that of an external table of ours. */
export function isStoredTable(name: string): boolean {
  return LAKE_TABLES.some((table) => new RegExp(`^stored_${table.name}_[0-9a-f]{8}$`).test(name));
}

/** The name changes with columns and place, so that what is there under it is right as it is. */
function storedTable(table: LakeTable, location: string): string {
  const shape = JSON.stringify([location, withPartitions(table)]);
  return `stored_${table.name}_${createHash('sha256').update(shape).digest('hex').slice(0, 8)}`;
}

/** Trino wants partition columns last. */
function createStored(place: string, table: LakeTable, stored: string, location: string): string {
  const columns = withPartitions(table, 'last').map(({ name, type }) => `  ${name} ${TRINO_TYPES[type]}`);
  return (
    `create table if not exists ${place}.${stored} (\n${columns.join(',\n')}\n)\nwith (\n  format = 'PARQUET',\n` +
    `  external_location = ${sqlText(`${location}/${table.name}`)},\n` +
    `  partitioned_by = array[${table.partitioned_by.map(sqlText).join(', ')}]\n)`
  );
}

/** Whoever may read the tables may read the view, and nobody else. */
function view(place: string, name: string, query: string): string {
  return `create or replace view ${place}.${name} security invoker as\n${query}`;
}

function shownRows(
  { table, files, stored }: { table: LakeTable; files: readonly LakeFile[]; stored: string },
  { catalog, schema, location }: TrinoTables,
): string {
  const columns = withPartitions(table).map(({ name }) => name);
  const paths = files.map(({ path }) => sqlText(`${location}/${path}`));
  return `select ${columns.join(', ')}\nfrom ${catalog}.${schema}.${stored}\nwhere "$path" in (\n  ${paths.join(',\n  ')}\n)`;
}

function noRows(table: LakeTable): string {
  const columns = withPartitions(table).map(
    ({ name, type }) => `cast(null as ${TRINO_TYPES[type]}) as ${name}`,
  );
  return `select ${columns.join(', ')}\nwhere false`;
}

function registration(state: string, lake_sha256: string, parts: readonly RegisteredPart[]): string {
  const head = [state, lake_sha256, formSha256()].map(sqlText);
  const rows = parts.map(({ table, scan_id, rows }) => [
    sqlText(table),
    sqlText(scan_id),
    `bigint '${rows}'`,
  ]);
  // A lake without rows has one row here that names no table.
  const all = rows.length > 0 ? rows : [['null', 'null', 'null']];
  const values = all.map((row) => `(${row.join(', ')})`);
  const columns = ['state', 'lake_sha256', 'form_sha256'].map(
    (name, at) => `cast(${head[at]} as varchar) as ${name}`,
  );
  return (
    `select ${columns.join(', ')}, cast(table_name as varchar) as table_name, ` +
    'cast(scan_id as varchar) as scan_id, cast(row_count as bigint) as row_count\n' +
    `from (values\n${values.join(',\n')}\n) as parts (table_name, scan_id, row_count)`
  );
}

function checkLength(statement: string): string {
  if (statement.length <= MAX_LENGTH) return statement;
  throw new UsageError(
    'the lake has too many files for a statement of Trino; make them few with: census lake compact',
  );
}

/** Trino's default for `query.max-length` is 1,000,000; some 8,000 files of a table fit. */
const MAX_LENGTH = 1_000_000;

/** The Hive connector's times have milliseconds, unless it is set up otherwise. */
const TRINO_TYPES: Record<LakeType, string> = {
  varchar: 'varchar',
  boolean: 'boolean',
  smallint: 'smallint',
  integer: 'integer',
  bigint: 'bigint',
  double: 'double',
  timestamp: 'timestamp(3)',
  blob: 'varbinary',
};
