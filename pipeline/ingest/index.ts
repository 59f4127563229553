/**
 * Stage two: raw records of a scan, or the study's published patterns → the lake. Each scan appears whole or not
 * at all; what the lake held before stays as it was when anything fails.
 */
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Database, type DatabaseOptions, openDatabase } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { readManifest } from '../formats/lake-manifest.ts';
import { isScanId } from '../formats/scan-id.ts';
import { LakeWriter } from './lake-writer.ts';
import { ingestNative } from './native/ingest-native.ts';
import { readScanFolder } from './native/scan-folder.ts';
import { ingestStudyPatterns, STUDY_SCAN_ID } from './study-patterns/ingest-study-patterns.ts';

export const INGEST_FORMATS = ['native', 'study-patterns'] as const;
export type IngestFormat = (typeof INGEST_FORMATS)[number];

export interface IngestOptions extends DatabaseOptions {
  from: IngestFormat;
  /** native: folders that census scan wrote, or their scan.json; study-patterns: pattern files. */
  inputs: readonly string[];
  lake: string;
  /** study-patterns: the position table; positions.csv beside the first file by default. */
  positions?: string | undefined;
  /** study-patterns: the scan's name in the lake. */
  scan_id?: string | undefined;
}

export interface IngestSummary {
  scan_id: string;
  /** False where the lake held just these files already. */
  changed: boolean;
  /** Rows of each table that the scan has in the lake now. */
  rows: Record<string, number>;
  bytes: number;
}

/** Ingests all inputs, one summary a scan. UsageError for what the operator can mend. */
export async function ingest(options: IngestOptions): Promise<IngestSummary[]> {
  if (options.inputs.length === 0) throw new UsageError('nothing to ingest: name the raw folders or files');
  if (options.from === 'study-patterns') return [await ingestStudy(options)];
  // All are read before any is written, so that a wrong name changes nothing.
  const folders = options.inputs.map((path) => readScanFolder(scanFolderOf(path)));
  const summaries: IngestSummary[] = [];
  for (const folder of folders) {
    const { scan_id } = folder.scan;
    checkScanId(scan_id);
    summaries.push(
      await intoLake(options, scan_id, (database, lake) => ingestNative(folder, database, lake)),
    );
  }
  return summaries;
}

function ingestStudy(options: IngestOptions): Promise<IngestSummary> {
  const scan_id = options.scan_id ?? STUDY_SCAN_ID;
  checkScanId(scan_id);
  return intoLake(options, scan_id, (database, lake) =>
    ingestStudyPatterns(options.inputs, options.positions, scan_id, database, lake),
  );
}

async function intoLake(
  options: IngestOptions,
  scan_id: string,
  work: (database: Database, lake: LakeWriter) => Promise<boolean>,
): Promise<IngestSummary> {
  const lake = new LakeWriter(options.lake);
  const database = await openDatabase(options);
  try {
    const changed = await work(database, lake);
    return summarise(options.lake, scan_id, changed);
  } finally {
    database.close();
    lake.close();
  }
}

function summarise(lake: string, scan_id: string, changed: boolean): IngestSummary {
  const files = readManifest(lake).files.filter((file) => file.scan_id === scan_id);
  const rows: Record<string, number> = {};
  for (const file of files) rows[file.table] = (rows[file.table] ?? 0) + file.rows;
  return { scan_id, changed, rows, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

function scanFolderOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UsageError(`cannot read ${path}: no such file or folder; nothing written`);
  return basename(path) === 'scan.json' ? dirname(path) : path;
}

function checkScanId(scan_id: string): void {
  if (!isScanId(scan_id)) {
    throw new UsageError(
      `scan id ${JSON.stringify(scan_id.slice(0, 80))} is not usable: letters, digits, dot, hyphen and underscore, ` +
        'at most 64, a letter or digit first; nothing written',
    );
  }
}
