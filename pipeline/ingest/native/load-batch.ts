/**
 * Part files → the table `records`, checked. DuckDB reads all parts of a batch at once; only where it can't, or where a
 * record breaks a check, parts are looked at one by one, and their bad lines set aside. No line is lost: what a part holds
 * is as many as scan.json says, in rows and in quarantined lines.
 */
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlPathList } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import { packRecord, RecordError, recordOfLine } from '../../formats/packed-record.ts';
import { PACKED_FORMAT_VERSION } from '../../formats/raw-record.ts';
import type { ScanPart } from './batches.ts';
import { ENDPOINT_LINE, type LineShape, sqlColumns } from './line-shape.ts';
import { checkPart, MAX_LINE_BYTES } from './part-lines.ts';
import type { QuarantineWriter } from './quarantine-writer.ts';
import { anyIsBroken, brokenRecords, type RecordOrigin } from './record-checks.ts';
import { dropLines, LINE_NUMBER, type Sifting, siftPart, zipped } from './sifted-part.ts';
import { spreadRecords } from './spread-records.ts';

/** `connection`: of an engine with one thread. */
export interface Loading {
  connection: DuckDBConnection;
  origin: RecordOrigin;
  format_version: number;
  /** For files of one batch, on the lake's disk. */
  folder: string;
  quarantine: QuarantineWriter;
}

/** Fills `records` and what `spreadRecords` makes of it. UsageError for a part that is damaged, or holds another number of lines than scan.json says. */
export async function loadBatch(loading: Loading, parts: readonly ScanPart[]): Promise<void> {
  await Promise.all(parts.filter(({ is_whole }) => !is_whole).map((part) => checkPart(part.endpoints)));
  if (await isGood(loading, parts)) return;
  const files: string[] = [];
  const sifted: string[] = [];
  for (const part of parts) {
    const isGoodPart = await isGood(loading, [part]);
    if (!isGoodPart) sifted.push(await sift(loading, part));
    files.push(isGoodPart ? part.endpoints : sifted.at(-1)!);
  }
  const problem = await load(loading.connection, files);
  if (problem) throw new Error(`sifted parts can't be read: ${problem}`);
  await spreadRecords(loading.connection, loading.origin);
  for (const file of sifted) rmSync(file);
}

/** Whether the parts are as they should be; then `records` holds them. */
async function isGood(
  { connection, origin, format_version }: Loading,
  parts: readonly ScanPart[],
): Promise<boolean> {
  if (format_version < PACKED_FORMAT_VERSION) return false;
  const files = parts.map(({ endpoints }) => endpoints);
  if ((await load(connection, files)) !== undefined) return false;
  const expected = parts.reduce((sum, { records }) => sum + records, 0);
  if ((await countRecords(connection)) !== expected) return false;
  await spreadRecords(connection, origin);
  return !(await anyIsBroken(connection, origin));
}

async function sift({ connection, origin, folder, quarantine }: Loading, part: ScanPart): Promise<string> {
  const to = join(folder, `sifted-${basename(part.endpoints, '.ndjson.gz')}.ndjson`);
  const before = quarantine.lines;
  const sifting: Sifting = {
    part: part.endpoints,
    to,
    shape: ENDPOINT_LINE,
    convert: inThisFormat,
    quarantine,
  };
  const rows = await siftPart(sifting, (path) => load(connection, [path]));
  await load(connection, [to]);
  await spreadRecords(connection, origin);
  const broken = await brokenRecords(connection, origin, LINE_NUMBER);
  const good = rows - (await dropLines(sifting, broken));
  const found = good + quarantine.lines - before;
  if (found === part.records) return zipped(to);
  throw new UsageError(
    `scan.json counts ${part.records} records, ${part.endpoints} holds ${found}; nothing written`,
  );
}

/** A packed line stays as it is; one of before is packed: its refusals are then those of the first format that packs. */
function inThisFormat(value: object): object | string {
  const { format_version } = value as { format_version?: unknown };
  if (format_version !== 1 && format_version !== 2) return value;
  try {
    return packRecord({ ...recordOfLine(value), format_version: PACKED_FORMAT_VERSION });
  } catch (error) {
    if (error instanceof RecordError) return error.message;
    return 'is no endpoint record';
  }
}

/** Fills `records` from files; in words why it can't. */
async function load(connection: DuckDBConnection, files: readonly string[]): Promise<string | undefined> {
  const columns = { ...ENDPOINT_LINE, [LINE_NUMBER]: 'bigint' };
  return problemOf(() =>
    connection.run(`create or replace table records as select * from ${readJson(files, columns)}`),
  );
}

/** The `from` that reads lines of a shape; the files are all of gzip, or none is. DuckDB's own guess fails on odd names. */
export function readJson(files: readonly string[], shape: LineShape): string {
  return `read_json(${sqlPathList(files)}, format = 'newline_delimited', hive_partitioning = false,
    compression = '${files.every((file) => file.endsWith('.gz')) ? 'gzip' : 'uncompressed'}', maximum_object_size = ${MAX_LINE_BYTES}, columns = ${sqlColumns(shape)})`;
}

/** In words why files can't be read; undefined where they can. Other failures go through: a full disk is not the file's fault. */
export async function problemOf(read: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    if (!/^(?:Invalid Input|Conversion|Out of Range) Error/.test(message)) throw error;
    return message.split('\n')[0]!.replace(/^.*, in (?:line|record\/value) \d+: /, '');
  }
}

async function countRecords(connection: DuckDBConnection): Promise<number> {
  const result = await connection.runAndReadAll('select count(*) from records');
  return Number(result.getRows()[0]?.[0]);
}
