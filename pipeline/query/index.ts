/**
 * Stage three: SQL modules over a lake → published tables. The engine is DuckDB in this process; a lake is opened
 * once and any number of modules run on it.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Database, type DatabaseOptions, openDatabase, sqlText } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import type { ResultTable } from '../formats/result-table.ts';
import { createLakeViews } from './lake-views.ts';
import { loadReferenceTables } from './reference-tables.ts';
import { resultValue } from './result-value.ts';
import { readModules, type SqlModule } from './sql-module.ts';

export { readModules, type SqlModule } from './sql-module.ts';

export interface LakeOptions extends DatabaseOptions {
  lake: string;
  /** Scans to look at; all by default. */
  scans?: readonly string[] | undefined;
}

export interface OpenLake {
  /** Runs one module and gives its table. */
  run(module: SqlModule): Promise<ResultTable>;
  /** Runs one module into a Parquet file, whose metadata has `synthetic_scans`. */
  writeParquet(module: SqlModule, file: string): Promise<void>;
  close(): void;
}

/** Opens a lake. UsageError for no lake, an empty one, a newer one, or an unknown scan. */
export async function openLake(options: LakeOptions): Promise<OpenLake> {
  const database = await openDatabase(options);
  try {
    const connection = await database.connect();
    await reading(options.lake, () => createLakeViews(connection, options.lake, options.scans));
    await loadReferenceTables(connection);
    return lakeOver(options.lake, database, connection);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** All published tables of a lake; `step` is told each before it is made. */
export async function queryAll(
  options: LakeOptions,
  step: (name: string, done: number, of: number) => void = () => {},
): Promise<ResultTable[]> {
  const lake = await openLake(options);
  try {
    const modules = readModules();
    const tables: ResultTable[] = [];
    for (const module of modules) {
      step(module.name, tables.length, modules.length);
      tables.push(await lake.run(module));
    }
    return tables;
  } finally {
    lake.close();
  }
}

/** The modules of the given names, in that order; all of them for no names. UsageError for an unknown one. */
export function chooseModules(names: readonly string[], modules: SqlModule[] = readModules()): SqlModule[] {
  if (names.length === 0) return modules;
  return names.map((name) => {
    const module = modules.find((candidate) => candidate.name === name);
    if (module) return module;
    const known = modules.map((candidate) => candidate.name).join(', ');
    throw new UsageError(`no query is called ${JSON.stringify(name)}; there are: ${known}`);
  });
}

function lakeOver(folder: string, database: Database, connection: DuckDBConnection): OpenLake {
  return {
    run: (module) => reading(folder, () => runModule(connection, module)),
    async writeParquet(module, file) {
      const made = await syntheticScans(connection);
      await reading(folder, () =>
        connection.run(
          `copy (${module.sql}) to ${sqlText(file)} (format parquet, kv_metadata {synthetic_scans: ${sqlText(made.join(' '))}})`,
        ),
      );
    },
    close: () => database.close(),
  };
}

async function runModule(connection: DuckDBConnection, module: SqlModule): Promise<ResultTable> {
  const result = await connection.runAndReadAll(module.sql);
  const rows = result.getRows().map((row) => row.map(resultValue));
  const synthetic_scans = await syntheticScans(connection);
  return {
    name: module.name,
    title: module.title,
    grain: module.grain,
    source: module.source,
    columns: module.columns,
    rows,
    empty_because: rows.length === 0 ? module.empty : null,
    synthetic: synthetic_scans.length > 0,
    synthetic_scans,
  };
}

async function syntheticScans(connection: DuckDBConnection): Promise<string[]> {
  const made = await connection.runAndReadAll('select scan_id from scans where synthetic order by scan_id');
  return made.getRows().map(([scan]) => String(scan));
}

/** An ingest that replaces a partition removes the files that a lake opened before it still names. */
async function reading<T>(lake: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!FILE_GONE.test((error as Error).message)) throw error;
    throw new UsageError(`${lake}: the lake was changed while it was read; run it again`);
  }
}

/** What DuckDB says where a file was not there to bind, or not to open. */
const FILE_GONE = /No files found that match the pattern|Cannot open file .*: No such file or directory/;
