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
import { LAKE_TABLES, type LakeTable, type LakeType } from '../formats/lake-tables.ts';

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
  const location = (options.location ?? defaultLocation(lake, engine)).replace(/\/+$/, '');
  return {
    duckdb: () => duckdb(location, schema, filled),
    spark: () => spark(location, schema),
    trino: () => trino(location, `${catalog}.${schema}`, filled),
  }[engine]();
}

function defaultLocation(lake: string, engine: DdlEngine): string {
  return engine === 'duckdb' ? resolve(lake) : pathToFileURL(resolve(lake)).href;
}

function checkIdentifier(name: string): void {
  if (/^[A-Za-z_]\w{0,127}$/.test(name)) return;
  throw new UsageError(`${JSON.stringify(name)} is no plain name; take letters, digits and underscores`);
}

function duckdb(location: string, schema: string, filled: ReadonlySet<string>): string {
  const views = LAKE_TABLES.map((table) => {
    const columns = withPartitions(table);
    const rows = filled.has(table.name)
      ? `select ${columns.map(({ name }) => name).join(', ')}\nfrom read_parquet(${sqlText(`${location}/${table.name}/**/*.parquet`)}, ` +
        `hive_partitioning = true, hive_types = {${table.partitioned_by.map((name) => `${name}: ${PARTITION_TYPES[name]}`).join(', ')}})`
      : `select ${columns.map(({ name, type }) => `cast(null as ${type}) as ${name}`).join(', ')}\nwhere false`;
    return `create or replace view ${schema}.${table.name} as\n${rows};\n`;
  });
  return [`create schema if not exists ${schema};\n`, ...views].join('\n');
}

function spark(location: string, schema: string): string {
  const tables = LAKE_TABLES.map((table) => {
    const columns = withPartitions(table, 'last').map(({ name, type }) => `  ${name} ${SPARK_TYPES[type]}`);
    return (
      `create table if not exists ${schema}.${table.name} (\n${columns.join(',\n')}\n)\nusing parquet\n` +
      `partitioned by (${table.partitioned_by.join(', ')})\n` +
      `location ${sparkText(`${location}/${table.name}`)};\n` +
      `msck repair table ${schema}.${table.name} sync partitions;\n`
    );
  });
  return [`create database if not exists ${schema};\n`, ...tables].join('\n');
}

/** Trino wants partition columns last, and a folder that is there. */
function trino(location: string, schema: string, filled: ReadonlySet<string>): string {
  const [catalog, name] = schema.split('.') as [string, string];
  const tables = LAKE_TABLES.map((table) => {
    if (!filled.has(table.name)) return `-- ${table.name} has no rows yet: no folder to make a table over\n`;
    const columns = withPartitions(table, 'last').map(
      (column) => `  ${column.name} ${TRINO_TYPES[column.type]}`,
    );
    return (
      `create table if not exists ${schema}.${table.name} (\n${columns.join(',\n')}\n)\nwith (\n  format = 'PARQUET',\n` +
      `  external_location = ${sqlText(`${location}/${table.name}`)},\n` +
      `  partitioned_by = array[${table.partitioned_by.map(sqlText).join(', ')}]\n);\n` +
      `call ${catalog}.system.sync_partition_metadata(${sqlText(name)}, ${sqlText(table.name)}, 'FULL');\n`
    );
  });
  return [`create schema if not exists ${schema};\n`, ...tables].join('\n');
}

function withPartitions(
  table: LakeTable,
  where: 'first' | 'last' = 'first',
): { name: string; type: LakeType }[] {
  const partitions = table.partitioned_by.map((name) => ({ name, type: PARTITION_TYPES[name] }));
  return where === 'first' ? [...partitions, ...table.columns] : [...table.columns, ...partitions];
}

/** Spark reads a backslash in a literal as an escape. */
function sparkText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

const PARTITION_TYPES = { scan_id: 'varchar', port: 'smallint' } as const satisfies Record<string, LakeType>;

/** Times in the files are not adjusted to UTC as far as Parquet is concerned: they are UTC, without zone. */
const SPARK_TYPES: Record<LakeType, string> = {
  varchar: 'string',
  boolean: 'boolean',
  smallint: 'smallint',
  integer: 'int',
  bigint: 'bigint',
  timestamp: 'timestamp_ntz',
  blob: 'binary',
};

/** The Hive connector's times have milliseconds, unless it is set up otherwise. */
const TRINO_TYPES: Record<LakeType, string> = {
  varchar: 'varchar',
  boolean: 'boolean',
  smallint: 'smallint',
  integer: 'integer',
  bigint: 'bigint',
  timestamp: 'timestamp(3)',
  blob: 'varbinary',
};
