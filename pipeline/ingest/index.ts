/**
 * Stage two: raw records of scans, other tools' files, or the study's published patterns → the lake. All inputs of one call appear
 * whole or none does; what the lake held before stays as it was when anything fails.
 */
import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Database, type DatabaseOptions, DEFAULT_MEMORY_LIMIT, openDatabase } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { type LakeSource, readManifest } from '../formats/lake-manifest.ts';
import { isScanId } from '../formats/scan-id.ts';
import type { LakeWriter } from '../lake/lake-writer.ts';
import { openLakeWriter } from '../lake/open-lake-writer.ts';
import { ADAPTERS } from './adapters/all-adapters.ts';
import { foreignSources } from './adapters/foreign-source.ts';
import { type EnrichmentFiles, readEnrichment } from './enrich/index.ts';
import { type GivenInputs, givenInputs } from './given-inputs.ts';
import type { Ingested } from './ingested.ts';
import { ingestScan } from './native/ingest-scan.ts';
import { nativeSource, readScanFolder, type ScanFolder } from './native/scan-folder.ts';
import { shardsSource } from './native/scan-shards.ts';
import type { ScanSource } from './staged-scan.ts';
import { ingestStudyPatterns, STUDY_SCAN_ID } from './study-patterns/ingest-study-patterns.ts';

export type { EnrichmentFiles } from './enrich/index.ts';
export type { ScanSource, StagedScan, StagedScanFile } from './staged-scan.ts';
export { type Pattern, readPatterns } from './study-patterns/patterns.ts';
export { type Position, readPositions } from './study-patterns/positions.ts';

/** What inputs can be: a scan of ours, the study's patterns, or a file of another tool. */
export const INGEST_FORMATS: readonly LakeSource[] = [
  ...(['native', 'study-patterns'] as const),
  ...ADAPTERS.map(({ name }) => name),
];

export interface IngestOptions extends DatabaseOptions, EnrichmentFiles {
  /** What the inputs are; undefined: told by the content of each. */
  from?: LakeSource | undefined;
  /** Folders that census scan wrote, or their scan.json; pattern files; files of other tools; `-` is standard input. */
  inputs: readonly string[];
  /** Read where `-` is given. */
  stdin?: Readable | undefined;
  lake: string;
  /** study-patterns: the position table; positions.csv beside the first file by default. */
  positions?: string | undefined;
  /** study-patterns, other tools' files, shards of a scan, which become one: the scan's name in the lake. */
  scan_id?: string | undefined;
  /** Other tools' files: nominal port of endpoints whose own is none of the mail ports, or is not told. */
  port?: number | undefined;
  /** A line that can't be read is a UsageError instead of being set aside. */
  strict?: boolean | undefined;
  /** Seconds to wait for another process that writes the lake; by default none. */
  wait_seconds?: number | undefined;
  /** Records of a batch, of which there are as many in memory as cores work; by default as many as fit in its bounds. */
  batch_records?: number | undefined;
  /** Told beforehand, in one line, what the ingest is going to need. */
  tell?: ((line: string) => void) | undefined;
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
  /** Lines of the scan that could not be read, and where they are; null where there are none. */
  quarantine: { lines: number; path: string } | null;
}

/** One scan to bring in. `stage` writes its files beside the lake; undefined from it means nothing is new. */
interface Work {
  scan_id: string;
  source: LakeSource;
  stage: (database: Database, lake: LakeWriter) => Promise<Ingested | undefined>;
}

/** Ingests all inputs, one summary a scan. UsageError for what the operator can mend, and for a full disk. */
export async function ingest(options: IngestOptions): Promise<IngestSummary[]> {
  if (options.inputs.length === 0) throw new UsageError('nothing to ingest: name the raw folders or files');
  const given = await givenInputs(options.inputs, options.from, options.stdin ?? process.stdin);
  try {
    checkOptions(given, options);
    if (given.study.length > 0)
      return await ingestWorks([studyWork({ ...options, inputs: given.study })], options);
    const sources = [
      ...nativeSources(given.native, options.scan_id),
      ...(await allForeignSources(given, options)),
    ];
    return await ingestSources(sources, options);
  } finally {
    given.remove();
  }
}

/** Ingests scans of any source, as `ingest` does it: all of them, or none. */
export async function ingestSources(
  sources: readonly ScanSource[],
  options: Omit<IngestOptions, 'from' | 'inputs'>,
): Promise<IngestSummary[]> {
  const enrichment = await readEnrichment(options);
  const works = sources.map((source): Work => {
    const stage: Work['stage'] = (database, lake) =>
      ingestScan(source, database, lake, {
        enrichment,
        strict: options.strict ?? false,
        batch_records: options.batch_records,
        tell: options.tell,
      });
    return { scan_id: source.scan_id, source: source.source, stage };
  });
  return ingestWorks(works, options);
}

async function ingestWorks(
  works: readonly Work[],
  options: Omit<IngestOptions, 'from' | 'inputs'>,
): Promise<IngestSummary[]> {
  const lake = await openLakeWriter(options.lake, options.wait_seconds, options.tell);
  try {
    checkNames(works);
    for (const { scan_id, source } of works) lake.checkScanId(scan_id, source);
    const staged: (Ingested | undefined)[] = [];
    for (const work of works) staged.push(await stageOne(options, work, lake));
    const changes = staged.filter((ingested) => ingested !== undefined);
    if (changes.length > 0) {
      await lake.commit(
        changes.flatMap(({ replaced }) => replaced),
        changes.flatMap(({ inputs }) => inputs),
      );
    }
    return works.map(({ scan_id }, index) => summarise(options.lake, scan_id, staged[index] !== undefined));
  } catch (error) {
    throw isDiskFull(error) ? new UsageError(`${options.lake}: ${DISK_FULL}`) : outOfMemory(error, options);
  } finally {
    lake.close();
  }
}

/** UsageError for two scans of one name, which some file systems take for the same also where they differ in case. */
function checkNames(works: readonly Work[]): void {
  const names = new Map<string, string>();
  for (const { scan_id } of works) {
    const other = names.get(scan_id.toLowerCase());
    if (other !== undefined) {
      const how = other === scan_id ? 'is given twice' : `and ${other} differ in case only`;
      throw new UsageError(`scan ${scan_id} ${how}; give them one a call, or other names; nothing written`);
    }
    names.set(scan_id.toLowerCase(), scan_id);
  }
}

async function stageOne(
  options: DatabaseOptions,
  work: Work,
  lake: LakeWriter,
): Promise<Ingested | undefined> {
  // On the lake's disk, whose room is measured; what a kill leaves there, the next ingest removes.
  const temp_directory = options.temp_directory ?? lake.temporaryFolder();
  const database = await openDatabase({ ...options, temp_directory });
  try {
    return await work.stage(database, lake);
  } finally {
    database.close();
  }
}

function nativeSources(inputs: readonly string[], scan_id: string | undefined): ScanSource[] {
  const folders = inputs.map((path) => readScanFolder(scanFolderOf(path)));
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
  if (scan_id === undefined || folders.length === 0) return folders.map(nativeSource);
  return [shardsSource(folders, scan_id)];
}

/** What goes with some inputs only. */
function checkOptions(
  given: GivenInputs,
  { scan_id, positions, port, pfx2as, country }: IngestOptions,
): void {
  const [isStudy, isForeign] = [given.study.length > 0, given.foreign.length > 0];
  if (isStudy && (isForeign || given.native.length > 0))
    throw new UsageError("the study's patterns are ingested alone; leave the other inputs for another call");
  if (isStudy && (pfx2as !== undefined || country !== undefined))
    throw new UsageError("the study's patterns have no addresses; leave --pfx2as and --country out");
  if (positions !== undefined && !isStudy)
    throw new UsageError('--positions goes with --from study-patterns only; leave it out');
  if (port !== undefined && !isForeign)
    throw new UsageError("--port goes with other tools' files only; leave it out");
  if (scan_id === undefined) return;
  if (given.foreign.length > 1 || (isForeign && given.native.length > 0))
    throw new UsageError(
      '--scan-id is one name, and the files are of several tools; give them one tool a call; nothing written',
    );
  if (isScanId(scan_id)) return;
  throw new UsageError(
    `--scan-id ${JSON.stringify(scan_id.slice(0, 80))} is not usable: at most 64 letters, digits, dots, hyphens ` +
      'and underscores, a letter or digit first, no dot last; nothing written',
  );
}

async function allForeignSources(
  given: GivenInputs,
  { scan_id, port }: IngestOptions,
): Promise<ScanSource[]> {
  const sources = given.foreign.map(({ adapter, files }) =>
    foreignSources({ adapter, files, scan_id: scan_id ?? null, port: port ?? null }),
  );
  return (await Promise.all(sources)).flat();
}

function studyWork(options: IngestOptions): Work {
  const scan_id = options.scan_id ?? STUDY_SCAN_ID;
  return {
    scan_id,
    source: 'study-patterns',
    stage: (database, lake) =>
      ingestStudyPatterns(options.inputs, options.positions, scan_id, database, lake),
  };
}

function summarise(lake: string, scan_id: string, changed: boolean): IngestSummary {
  const manifest = readManifest(lake);
  const files = manifest.files.filter((file) => file.scan_id === scan_id);
  const rows: Record<string, number> = {};
  for (const file of files) rows[file.table] = (rows[file.table] ?? 0) + file.rows;
  const aside = manifest.quarantine.find((one) => one.scan_id === scan_id);
  const quarantine = aside ? { lines: aside.lines, path: join(lake, aside.path) } : null;
  const complete = !manifest.inputs.some((input) => input.scan_id === scan_id && input.complete === false);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { scan_id, changed, complete, rows, bytes, quarantine };
}

function scanFolderOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UsageError(`cannot read ${path}: no such file or folder; nothing written`);
  return basename(path) === 'scan.json' ? dirname(path) : path;
}

/** By a code of Node's, or in the words of the engine: no space, over a quota, over the limit of a file's size. */
function isDiskFull(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return (
    ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code ?? '') ||
    /No space left on device|Disk quota exceeded|File too large|max_temp_directory_size/.test(message)
  );
}

/** The engine can't do with the memory that it was given: the operator's to mend. */
function outOfMemory(
  error: unknown,
  { lake, memory_limit }: Pick<IngestOptions, 'lake' | 'memory_limit'>,
): unknown {
  if (!(error instanceof Error) || !error.message.startsWith('Out of Memory Error')) return error;
  return new UsageError(
    `${lake}: ${memory_limit ?? DEFAULT_MEMORY_LIMIT} of memory is too little; give --memory-limit more; the lake is as it was`,
  );
}

const DISK_FULL = 'the disk is full; the lake is as it was; make room, or choose another --lake';
