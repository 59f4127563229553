/**
 * A lake made known to a Trino cluster, or known again as it is now: tables, partitions, views. Given again it changes nothing,
 * and after an ingest, a drop or a compaction it shows the lake of the day. While it is under way the cluster says that the
 * lake is not to be read; at the end the rows are counted there, so that files which the cluster does not find are found out.
 */
import { UsageError } from '../base/errors.ts';
import { sqlText } from '../base/sql-text.ts';
import { presentLakeFiles } from '../formats/checked-lake-files.ts';
import { lakeSha256, type RegisteredPart, registeredParts } from '../formats/lake-registration.ts';
import { checkIdentifier, trinoLocation } from './lake-ddl.ts';
import { isStoredTable, trinoStatements } from './trino-tables.ts';

export interface RegisterOptions {
  catalog: string;
  schema: string;
  /** Where the cluster finds the lake; where it lies now by default. */
  location?: string | undefined;
}

/** Runs a statement on the cluster and gives its rows. */
export type Execute = (statement: string) => Promise<unknown[][]>;

export interface Registered {
  tables: number;
  scans: number;
  rows: number;
}

/** UsageError for a lake that is not whole, and where the cluster does not read what the lake has. */
export async function registerLake(
  lake: string,
  options: RegisterOptions,
  execute: Execute,
): Promise<Registered> {
  const { catalog, schema } = options;
  for (const name of [catalog, schema]) checkIdentifier(name);
  const hash = lakeSha256(lake);
  const files = presentLakeFiles(lake);
  const location = trinoLocation(lake, options.location);
  const statements = trinoStatements(files, hash, { catalog, schema, location });
  for (const statement of [statements.schema, statements.begin, ...statements.stored, ...statements.views])
    await execute(statement);
  await removeEarlier(options, statements.storedTables, execute);
  const parts = registeredParts(files);
  await checkRows(parts, { lake, ...options, location }, execute);
  if (lakeSha256(lake) !== hash) {
    throw new UsageError(`${lake} was changed while it was registered; register it again`);
  }
  await execute(statements.end);
  return {
    tables: statements.storedTables.length,
    scans: new Set(parts.map(({ scan_id }) => scan_id)).size,
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** External tables of ours over another place, or over a table that has no rows any more. Files are left alone. */
async function removeEarlier(
  { catalog, schema }: RegisterOptions,
  current: readonly string[],
  execute: Execute,
): Promise<void> {
  const tables = await execute(
    `select table_name from ${catalog}.information_schema.tables where table_schema = ${sqlText(schema)} and table_type = 'BASE TABLE'`,
  );
  for (const [name] of tables) {
    if (isStoredTable(String(name)) && !current.includes(String(name)))
      await execute(`drop table if exists ${catalog}.${schema}.${name}`);
  }
}

async function checkRows(
  parts: readonly RegisteredPart[],
  { lake, location, catalog, schema }: RegisterOptions & { lake: string; location: string },
  execute: Execute,
): Promise<void> {
  const tables = [...new Set(parts.map(({ table }) => table))];
  if (tables.length === 0) return;
  const counts = tables.map(
    (table) =>
      `select ${sqlText(table)}, scan_id, count(*) from ${catalog}.${schema}.${table} group by scan_id`,
  );
  const found = new Map<string, unknown>();
  for (const [table, scan, rows] of await execute(counts.join('\nunion all\n')))
    found.set(`${table}/${scan}`, rows);
  const wrong = parts.find(({ table, scan_id, rows }) => found.get(`${table}/${scan_id}`) !== rows);
  if (!wrong) return;
  const read = found.get(`${wrong.table}/${wrong.scan_id}`) ?? 0;
  throw new UsageError(
    `below ${location} the cluster reads ${read} rows of ${wrong.table} of the scan ${wrong.scan_id}, ${lake} has ` +
      `${wrong.rows}; say with --location where it finds the lake, and try census lake verify`,
  );
}
