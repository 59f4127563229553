/** A lake on DuckDB in this process: views over the files that the manifest names, and the reference data. */
import { type DuckDBConnection, StatementType } from '@duckdb/node-api';
import { type Database, type DatabaseOptions, openDatabase, sqlPath, sqlText } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { ResultValue } from '../../formats/result-table.ts';
import type { EngineRows, LakeEngine } from '../engine.ts';
import { createLakeViews, lakeViewPaths } from './lake-views.ts';
import { loadReferenceTables } from './reference-tables.ts';
import { columnType, resultValue } from './result-value.ts';

export interface DuckdbLakeOptions extends DatabaseOptions {
  lake: string;
  scans?: readonly string[] | undefined;
  /** For statements of the operator's own: no file can be read but the lake's, none written, no setting changed. */
  confined?: boolean | undefined;
}

export interface DuckdbLake extends LakeEngine {
  /** Writes the rows of a statement into a Parquet file, whose metadata has `synthetic_scans`. */
  writeParquet(statement: string, file: string): Promise<void>;
}

/** UsageError for no lake, an empty one, a newer one, or an unknown scan. */
export async function openDuckdbLake(options: DuckdbLakeOptions): Promise<DuckdbLake> {
  const database = await openDatabase(options);
  try {
    const connection = await database.connect();
    await reading(options.lake, () => createLakeViews(connection, options.lake, options.scans));
    await loadReferenceTables(connection);
    if (options.confined) await confine(connection, lakeViewPaths(options.lake, options.scans));
    return lakeOver(options.lake, database, connection);
  } catch (error) {
    database.close();
    throw error;
  }
}

async function lakeOver(
  folder: string,
  database: Database,
  connection: DuckDBConnection,
): Promise<DuckdbLake> {
  const made = await reading(folder, () =>
    connection.runAndReadAll('select scan_id from scans where synthetic order by scan_id'),
  );
  const syntheticScans = made.getRows().map(([scan]) => String(scan));
  const query = (statement: string): Promise<EngineRows> =>
    reading(folder, () => rowsOf(connection, statement));
  return {
    syntheticScans,
    query,
    ask: async (statement) => {
      await checkReadsOnly(connection, statement);
      return refusing(() => query(statement));
    },
    async writeParquet(statement, file) {
      const metadata = `kv_metadata {synthetic_scans: ${sqlText(syntheticScans.join(' '))}}`;
      await reading(folder, () =>
        connection.run(`copy (${statement}) to ${sqlText(file)} (format parquet, ${metadata})`),
      );
    },
    close: () => database.close(),
  };
}

async function rowsOf(connection: DuckDBConnection, statement: string): Promise<EngineRows> {
  const result = await connection.runAndReadAll(statement);
  const types = result.columnTypes();
  const columns = result.columnNames().map((name, place) => ({ name, type: columnType(types[place]!) }));
  const rows = result.getRows().map((row) => row.map(resultValue));
  return { columns, batches: oneBatch(rows) };
}

async function* oneBatch(rows: ResultValue[][]): AsyncGenerator<ResultValue[][]> {
  yield rows;
}

/** In this order: what is locked stays so. */
async function confine(connection: DuckDBConnection, files: readonly string[]): Promise<void> {
  // A path is looked up as the views write it, which is a pattern, and as the file is called.
  const paths = files.flatMap((file) => [sqlText(file), sqlPath(file)]);
  await connection.run(`set allowed_paths = [${paths.join(', ')}]`);
  await connection.run('set enable_external_access = false');
  await connection.run('set lock_configuration = true');
}

/** A file of the lake may be read, and so by `copy … to` be written: hence only statements that give rows. */
async function checkReadsOnly(connection: DuckDBConnection, statement: string): Promise<void> {
  const kinds = await refusing(async () => {
    const statements = await connection.extractStatements(statement);
    if (statements.count !== 1)
      throw new UsageError(`one statement at a time; there are ${statements.count}`);
    return (await statements.prepare(0)).statementType;
  });
  if (kinds === StatementType.SELECT || kinds === StatementType.EXPLAIN) return;
  throw new UsageError('the statement does more than read; give a select');
}

/** What the engine has against a statement of the operator's is theirs to mend; where it fails itself, that is a bug. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = (error as Error).message;
    if (error instanceof UsageError || /^(?:INTERNAL|FATAL) /.test(message)) throw error;
    const [first = ''] = message.split('\n\n');
    throw new UsageError(
      `DuckDB refuses the statement: ${printable(first.replace('Failed to extract statements: ', '').replace(/\s*\n\s*/g, ' '), 300)}`,
    );
  }
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
