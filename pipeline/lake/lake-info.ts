/** What a lake holds: its scans, the size of its tables, and bytes a handshake. The rows behind the counts are read. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type DatabaseOptions, openDatabase } from '../base/duckdb.ts';
import { checkedQuarantine, presentLakeFiles, scanIds } from '../formats/checked-lake-files.ts';
import { type LakeFile, readManifest } from '../formats/lake-manifest.ts';
import { LAKE_TABLES } from '../formats/lake-tables.ts';
import { rowsOf } from './table-rows.ts';

export interface LakeInfo {
  lake: string;
  format_version: number;
  files: number;
  /** Of all Parquet files. */
  bytes: number;
  scans: ScanInfo[];
  tables: TableInfo[];
  handshakes: HandshakeInfo;
}

export interface ScanInfo {
  scan_id: string;
  source: string;
  tool: string;
  tool_version: string | null;
  /** Null where another tool does not say. */
  strategy: string | null;
  synthetic: boolean;
  /** ISO 8601 in UTC; null where unknown. */
  started_at: string | null;
  finished_at: string | null;
  /** Files that it was made from. */
  inputs: number;
  endpoints: number;
  /** Lines of the inputs that could not be read. */
  quarantined_lines: number;
  bytes: number;
}

export interface TableInfo {
  table: string;
  files: number;
  rows: number;
  bytes: number;
}

/** Questions are triples of endpoint, version and suite that were asked. Ratios are null where there is nothing to divide by. */
export interface HandshakeInfo {
  accepted: number;
  asked: number;
  /** All of the lake, by accepted handshakes and by questions asked. */
  lake_bytes_per_accepted: number | null;
  lake_bytes_per_asked: number | null;
  /** The table `handshakes` alone, by its rows. */
  table_bytes_per_row: number | null;
}

/** UsageError for no lake, and for a broken manifest. */
export async function lakeInfo(lake: string, options: DatabaseOptions = {}): Promise<LakeInfo> {
  const files = presentLakeFiles(lake);
  const { format_version, inputs } = readManifest(lake);
  const database = await openDatabase(options);
  try {
    const connection = await database.connect();
    const scans: ScanInfo[] = [];
    for (const scan_id of scanIds(files)) {
      const own = files.filter((file) => file.scan_id === scan_id);
      const count = inputs.filter((input) => input.scan_id === scan_id).length;
      scans.push(await scanInfo(connection, lake, scan_id, own, count));
    }
    const tables = LAKE_TABLES.map(({ name }) => tableInfo(name, files)).filter((table) => table.files > 0);
    const bytes = sum(files, (file) => file.bytes);
    const handshakes = await handshakeInfo(connection, lake, files, bytes);
    return { lake, format_version, files: files.length, bytes, scans, tables, handshakes };
  } finally {
    database.close();
  }
}

async function scanInfo(
  connection: DuckDBConnection,
  lake: string,
  scan_id: string,
  files: readonly LakeFile[],
  inputs: number,
): Promise<ScanInfo> {
  const result = await connection.runAndReadAll(
    `select source, tool, tool_version, strategy, synthetic, ${iso('started_at')}, ${iso('finished_at')}
     from ${rowsOf(
       lake,
       files.filter(({ table }) => table === 'scans'),
     )}`,
  );
  const [source, tool, tool_version, strategy, synthetic, started_at, finished_at] = result.getRows()[0]!;
  return {
    scan_id,
    ...{ source, tool, tool_version, strategy, synthetic, started_at, finished_at },
    inputs,
    quarantined_lines: sum(
      checkedQuarantine(lake).filter((file) => file.scan_id === scan_id),
      ({ lines }) => lines,
    ),
    endpoints: sum(
      files.filter(({ table }) => table === 'endpoints'),
      (file) => file.rows,
    ),
    bytes: sum(files, (file) => file.bytes),
  } as ScanInfo;
}

function iso(column: string): string {
  return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%gZ') as ${column}`;
}

function tableInfo(table: string, all: readonly LakeFile[]): TableInfo {
  const files = all.filter((file) => file.table === table);
  return {
    table,
    files: files.length,
    rows: sum(files, ({ rows }) => rows),
    bytes: sum(files, ({ bytes }) => bytes),
  };
}

async function handshakeInfo(
  connection: DuckDBConnection,
  lake: string,
  files: readonly LakeFile[],
  bytes: number,
): Promise<HandshakeInfo> {
  const endpoints = files.filter(({ table }) => table === 'endpoints');
  const [accepted, asked] =
    endpoints.length === 0
      ? [0, 0]
      : await counts(
          connection,
          `select sum(accepted), sum(coalesce(accepted, 0) + coalesce(rejected, 0) + coalesce(errors, 0)) from ${rowsOf(lake, endpoints)}`,
        );
  const { rows, bytes: own } = tableInfo('handshakes', files);
  return {
    accepted: accepted!,
    asked: asked!,
    lake_bytes_per_accepted: ratio(bytes, accepted!),
    lake_bytes_per_asked: ratio(bytes, asked!),
    table_bytes_per_row: ratio(own, rows),
  };
}

async function counts(connection: DuckDBConnection, sql: string): Promise<number[]> {
  const result = await connection.runAndReadAll(sql);
  return result.getRows()[0]!.map((value) => Number(value ?? 0));
}

function ratio(of: number, by: number): number | null {
  return by === 0 ? null : of / by;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
