/**
 * Statements with which another engine takes a lake for its tables: views for DuckDB, external tables for Spark (3.4 or
 * later) and Trino (its Hive connector), each over the folder of a table, with scan and port as Hive partitions. Those
 * two register partitions by a statement of its own, which is to be given again after an ingest.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sqlText } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { checkedLakeFiles } from '../formats/checked-lake-files.ts';
import { lakeSha256 } from '../formats/lake-registration.ts';
import { LAKE_TABLES, type LakeTable, type LakeType, withPartitions } from '../formats/lake-tables.ts';
import { type TrinoTables, trinoStatements } from './trino-tables.ts';

export const DDL_ENGINES = ['duckdb', 'spark', 'trino'] as const;
export type DdlEngine = (typeof DDL_ENGINES)[number];

export interface DdlOptions {
  engine: DdlEngine;
  /** Where the engine finds the lake, e.g. s3://bucket/lake; where it lies now by default. */
  location?: string | undefined;
  /** Schema that the tables are made in, and Trino's catalog. */
  schema?: string | undefined;
  catalog?: string | undefined;
}

/** UsageError for no lake, and for names that are no plain identifiers. */
export function lakeDdl(lake: string, options: DdlOptions): string {
  const filled = new Set(checkedLakeFiles(lake).map(({ table }) => table));
  const { engine, schema = 'census', catalog = 'hive' } = options;
  for (const name of [schema, catalog]) checkIdentifier(name);
  const location = (there: string): string => (options.location ?? there).replace(/\/+$/, '');
  return {
    duckdb: () => duckdb(location(resolve(lake)), schema, filled),
    spark: () => spark(location(pathToFileURL(resolve(lake)).href), schema, filled),
    trino: () => trino(lake, { catalog, schema, location: trinoLocation(lake, options.location) }),
  }[engine]();
}

/** UsageError for a name that could be more than a name. */
export function checkIdentifier(name: string): void {
  if (/^[A-Za-z_]\w{0,127}$/.test(name)) return;
  throw new UsageError(`${JSON.stringify(name)} is no plain name; take letters, digits and underscores`);
}

function duckdb(location: string, schema: string, filled: ReadonlySet<string>): string {
  const views = LAKE_TABLES.map((table) => {
    const columns = withPartitions(table);
    const rows = filled.has(table.name)
      ? `select ${columns.map(({ name }) => name).join(', ')}\nfrom read_parquet(${sqlText(`${location}/${table.name}/**/*.parquet`)}, ` +
        `hive_partitioning = true, hive_types = {${partitionTypes(table)}})`
      : `select ${columns.map(({ name, type }) => `cast(null as ${type}) as ${name}`).join(', ')}\nwhere false`;
    return `create or replace view ${schema}.${table.name} as\n${rows};\n`;
  });
  return [`create schema if not exists ${schema};\n`, ...views].join('\n');
}

/** Spark looks for partitions in folders that are there only: a table without rows has none. */
function spark(location: string, schema: string, filled: ReadonlySet<string>): string {
  const tables = LAKE_TABLES.map((table) => {
    const columns = withPartitions(table, 'last').map(({ name, type }) => `  ${name} ${SPARK_TYPES[type]}`);
    return (
      `create table if not exists ${schema}.${table.name} (\n${columns.join(',\n')}\n)\nusing parquet\n` +
      `partitioned by (${table.partitioned_by.join(', ')})\n` +
      `location ${sparkText(`${location}/${table.name}`)};\n` +
      (filled.has(table.name) ? `msck repair table ${schema}.${table.name} sync partitions;\n` : '')
    );
  });
  return [`create database if not exists ${schema};\n`, ...tables].join('\n');
}

/** What `census lake register` gives the cluster itself, but for the tables of an earlier state, which it removes. */
function trino(lake: string, options: TrinoTables): string {
  const { schema, begin, stored, views, end } = trinoStatements(
    checkedLakeFiles(lake),
    lakeSha256(lake),
    options,
  );
  return [schema, begin, ...stored, ...views, end].map((statement) => `${statement};\n`).join('\n');
}

/** Trino takes a location as it is: nothing in it is encoded, nor may it hold what a URL has after its path. */
export function trinoLocation(lake: string, given: string | undefined): string {
  const location = (given ?? `local://${resolve(lake)}`).replace(/\/+$/, '');
  if (/^[a-z][a-z0-9]*:\/\/[^?#]*$/.test(location)) return location;
  throw new UsageError(
    `${JSON.stringify(location)} is no location of Trino's; give one such as s3://bucket/lake or local:///path, without ? and #`,
  );
}

function partitionTypes(table: LakeTable): string {
  const partitions = withPartitions(table).slice(0, table.partitioned_by.length);
  return partitions.map(({ name, type }) => `${name}: ${type}`).join(', ');
}

/** Spark reads a backslash in a literal as an escape. */
function sparkText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Times in the files are not adjusted to UTC as far as Parquet is concerned: they are UTC, without zone. */
const SPARK_TYPES: Record<LakeType, string> = {
  varchar: 'string',
  boolean: 'boolean',
  smallint: 'smallint',
  integer: 'int',
  bigint: 'bigint',
  double: 'double',
  timestamp: 'timestamp_ntz',
  blob: 'binary',
};
