/**
 * Stage two: raw records of scans, or the study's published patterns → the lake. All inputs of one call appear
 * whole or none does; what the lake held before stays as it was when anything fails.
 */
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Database, type DatabaseOptions, openDatabase } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { readManifest } from '../formats/lake-manifest.ts';
import { isScanId } from '../formats/scan-id.ts';
import { LakeWriter } from '../lake/lake-writer.ts';
import { type Enrichment, type EnrichmentFiles, readEnrichment } from './enrich/index.ts';
import type { Ingested } from './ingested.ts';
import { ingestNative } from './native/ingest-native.ts';
import { readScanFolder, type ScanFolder } from './native/scan-folder.ts';
import { ingestStudyPatterns, STUDY_SCAN_ID } from './study-patterns/ingest-study-patterns.ts';

export type { EnrichmentFiles } from './enrich/index.ts';
export { type Pattern, readPatterns } from './study-patterns/patterns.ts';
export { type Position, readPositions } from './study-patterns/positions.ts';

export const INGEST_FORMATS = ['native', 'study-patterns'] as const;
export type IngestFormat = (typeof INGEST_FORMATS)[number];

export interface IngestOptions extends DatabaseOptions, EnrichmentFiles {
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
  /** False for a scan that was stopped before its end. */
  complete: boolean;
  /** Rows of each table that the scan has in the lake now. */
  rows: Record<string, number>;
  bytes: number;
}

/** One scan to bring in. `stage` writes its files beside the lake; undefined from it means nothing is new. */
interface Work {
  scan_id: string;
  source: IngestFormat;
  complete: boolean;
  stage: (database: Database, lake: LakeWriter) => Promise<Ingested | undefined>;
}

/** Ingests all inputs, one summary a scan. UsageError for what the operator can mend. */
export async function ingest(options: IngestOptions): Promise<IngestSummary[]> {
  if (options.inputs.length === 0) throw new UsageError('nothing to ingest: name the raw folders or files');
  const works =
    options.from === 'native' ? nativeWorks(options, await readEnrichment(options)) : [studyWork(options)];
  const lake = new LakeWriter(options.lake);
  try {
    for (const { scan_id, source } of works) lake.checkScanId(scan_id, source);
    const staged: (Ingested | undefined)[] = [];
    for (const work of works) staged.push(await stageOne(options, work, lake));
    const changes = staged.filter((ingested) => ingested !== undefined);
    if (changes.length > 0) {
      lake.commit(
        changes.flatMap(({ replaced }) => replaced),
        changes.flatMap(({ inputs }) => inputs),
      );
    }
    return works.map((work, index) => summarise(options.lake, work, staged[index] !== undefined));
  } finally {
    lake.close();
  }
}

async function stageOne(
  options: DatabaseOptions,
  work: Work,
  lake: LakeWriter,
): Promise<Ingested | undefined> {
  const database = await openDatabase(options);
  try {
    return await work.stage(database, lake);
  } finally {
    database.close();
  }
}

function nativeWorks(options: IngestOptions, enrichment: Enrichment): Work[] {
  const folders = options.inputs.map((path) => readScanFolder(scanFolderOf(path)));
  const byId = new Map<string, ScanFolder>();
  for (const folder of folders) {
    const other = byId.get(folder.scan.scan_id);
    if (other) {
      throw new UsageError(
        `${other.folder} and ${folder.folder} both hold scan ${folder.scan.scan_id}; give it once; nothing written`,
      );
    }
    byId.set(folder.scan.scan_id, folder);
  }
  return folders.map((folder) => ({
    scan_id: folder.scan.scan_id,
    source: 'native',
    complete: folder.scan.finished_at !== null,
    stage: (database, lake) => ingestNative(folder, enrichment, database, lake),
  }));
}

function studyWork(options: IngestOptions): Work {
  const scan_id = options.scan_id ?? STUDY_SCAN_ID;
  if (!isScanId(scan_id)) {
    throw new UsageError(
      `--scan-id ${JSON.stringify(scan_id.slice(0, 80))} is not usable: at most 64 letters, digits, dots, hyphens ` +
        'and underscores, a letter or digit first, no dot last; nothing written',
    );
  }
  return {
    scan_id,
    source: 'study-patterns',
    complete: true,
    stage: (database, lake) =>
      ingestStudyPatterns(options.inputs, options.positions, scan_id, database, lake),
  };
}

function summarise(lake: string, { scan_id, complete }: Work, changed: boolean): IngestSummary {
  const files = readManifest(lake).files.filter((file) => file.scan_id === scan_id);
  const rows: Record<string, number> = {};
  for (const file of files) rows[file.table] = (rows[file.table] ?? 0) + file.rows;
  return { scan_id, changed, complete, rows, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

function scanFolderOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UsageError(`cannot read ${path}: no such file or folder; nothing written`);
  return basename(path) === 'scan.json' ? dirname(path) : path;
}
