/**
 * Many files of a partition (a table, a scan, a port) → few, with the same rows in the lake's order. How many they
 * become depends on their rows alone, so that a second run finds nothing to do, and the bytes are the same on any
 * number of cores. All partitions are replaced together.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type DatabaseOptions, openDatabase, sqlText } from '../base/duckdb.ts';
import { inParallel } from '../base/in-parallel.ts';
import { checkedLakeFiles, presentLakeFiles } from '../formats/checked-lake-files.ts';
import type { LakeFile } from '../formats/lake-manifest.ts';
import { LakeWriter } from './lake-writer.ts';
import { rowOrder, rowsOf } from './table-rows.ts';

export interface Compaction {
  partitions: number;
  files_before: number;
  files_after: number;
  bytes_before: number;
  bytes_after: number;
}

export interface CompactOptions extends DatabaseOptions {
  /** Rows that one file holds; by default as many as one sort in memory takes. */
  rows_per_file?: number | undefined;
}

/** Certificates are some 1,500 bytes each, rows of other tables some 40. */
const ROWS_PER_FILE = 50_000_000;
const CERTIFICATES_PER_FILE = 500_000;

/** UsageError for no lake, a broken manifest, and a lake that is being written. */
export async function compactLake(lake: string, options: CompactOptions = {}): Promise<Compaction> {
  checkedLakeFiles(lake);
  const writer = new LakeWriter(lake);
  try {
    const before = presentLakeFiles(lake);
    const partitions = partitionsOf(before).filter((files) => files.length > filesFor(files, options));
    if (partitions.length > 0) {
      await rewrite(lake, writer, partitions, options);
      await writer.commit(
        partitions.map(([{ table, scan_id, port }]) => ({ table, scan_id, port })),
        [],
      );
    }
    return summary(partitions.length, before, checkedLakeFiles(lake));
  } finally {
    writer.close();
  }
}

type Partition = [LakeFile, ...LakeFile[]];

function partitionsOf(files: readonly LakeFile[]): Partition[] {
  const partitions = new Map<string, Partition>();
  for (const file of files) {
    const key = `${file.table}/${file.scan_id}/${file.port}`;
    const known = partitions.get(key);
    if (known) known.push(file);
    else partitions.set(key, [file]);
  }
  return [...partitions.values()];
}

function filesFor(files: Partition, { rows_per_file }: CompactOptions): number {
  const rows = files.reduce((total, file) => total + file.rows, 0);
  const limit = rows_per_file ?? (files[0].table === 'certificates' ? CERTIFICATES_PER_FILE : ROWS_PER_FILE);
  return Math.max(1, Math.ceil(rows / limit));
}

async function rewrite(
  lake: string,
  writer: LakeWriter,
  partitions: readonly Partition[],
  options: CompactOptions,
): Promise<void> {
  const database = await openDatabase(options);
  try {
    await inParallel(database, partitions, async (connection, files) => {
      const [{ table, scan_id, port }] = files;
      const order = rowOrder(table);
      for (const where of await stretches(connection, lake, files, filesFor(files, options), order[0]!)) {
        const rows = `(select * from ${rowsOf(lake, files)} where ${where} order by ${order.join(', ')})`;
        await writer.write(connection, table, { scan_id, port }, rows);
      }
    });
  } finally {
    database.close();
  }
}

/** Conditions that divide the rows into `count` stretches of the first column: even ones of numbers, or of hashes. */
async function stretches(
  connection: DuckDBConnection,
  lake: string,
  files: Partition,
  count: number,
  column: string,
): Promise<string[]> {
  if (count === 1) return ['true'];
  const result = await connection.runAndReadAll(
    `select min(${column}), max(${column}) from ${rowsOf(lake, files)}`,
  );
  const [least, most] = result.getRows()[0]!;
  const bounds = Array.from({ length: count - 1 }, (_, place) =>
    typeof least === 'string' ? hashBound(place + 1, count) : numberBound(place + 1, count, least, most),
  );
  return [...bounds, undefined].map((bound, place) => {
    const from = place === 0 ? 'true' : `${column} >= ${bounds[place - 1]}`;
    return bound === undefined ? from : `${from} and ${column} < ${bound}`;
  });
}

function numberBound(place: number, count: number, least: unknown, most: unknown): string {
  const [first, last] = [BigInt(String(least)), BigInt(String(most))];
  return String(first + ((last - first + 1n) * BigInt(place)) / BigInt(count));
}

function hashBound(place: number, count: number): string {
  return sqlText(
    Math.floor((place * 0x1_0000) / count)
      .toString(16)
      .padStart(4, '0'),
  );
}

function summary(partitions: number, before: readonly LakeFile[], after: readonly LakeFile[]): Compaction {
  const bytes = (files: readonly LakeFile[]): number => files.reduce((total, file) => total + file.bytes, 0);
  return {
    partitions,
    files_before: before.length,
    files_after: after.length,
    bytes_before: bytes(before),
    bytes_after: bytes(after),
  };
}
