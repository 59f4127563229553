/**
 * Parquet files into a lake, all or none. Files are written to a staging folder inside the lake, renamed to names
 * that carry their hash, and become part of the lake when the manifest that names them is renamed into place.
 * What a replaced partition held is removed afterwards. A crash leaves files that no manifest names, never a mix;
 * the next ingest removes them.
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlText } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import { fileSha256, makeFolder, syncFile, syncFolder } from '../base/files.ts';
import { lockFolder } from '../base/folder-lock.ts';
import { isLakeFile, lakeFileFault } from '../formats/checked-lake-files.ts';
import {
  type LakeFile,
  type LakeInput,
  type LakeManifest,
  type LakeQuarantine,
  readManifestIfAny,
  removeManifest,
  writeManifest,
} from '../formats/lake-manifest.ts';
import { LAKE_FORMAT_VERSION, LAKE_TABLES, lakeTable } from '../formats/lake-tables.ts';
import { type Staged, settle } from './staged-file.ts';

/** Partitions that a commit replaces: of a scan the rows of one port, the rows of no port, or all. */
export interface Replaced {
  scan_id: string;
  /** Only of this table, whose rows stay the same: what they were made from stays too. */
  table?: string | undefined;
  /** A port, null for the tables without ports, undefined for everything of the scan. */
  port?: number | null | undefined;
}

export class LakeWriter {
  readonly #lake: string;
  readonly #staging: string;
  readonly #unlock: () => void;
  /** Whether the lake's folder was made by this writer. */
  readonly #madeFolder: boolean;
  /** Whether there was no lake before, and nothing is in it so far. */
  #isNew: boolean;
  readonly #staged: Staged[] = [];
  /** Files on their way to the disk: the next one is made meanwhile. */
  readonly #settled: Promise<void>[] = [];
  readonly #quarantine: (LakeQuarantine & { staged: string })[] = [];
  /** The lake as it was when this writer opened it; undefined for a new one. */
  readonly before: LakeManifest | undefined;

  /**
   * UsageError where the lake cannot take `scan_id` from `source`: it holds a scan of that name that came from
   * somewhere else, or one whose name differs in case only, which some file systems take for the same.
   */
  checkScanId(scan_id: string, source: LakeInput['source']): void {
    for (const input of this.before?.inputs ?? []) {
      if (input.scan_id === scan_id && input.source !== source) {
        throw new UsageError(
          `${this.#lake} holds a scan ${scan_id} ingested from ${input.source}; choose another scan id or lake; nothing written`,
        );
      }
      if (input.scan_id !== scan_id && input.scan_id.toLowerCase() === scan_id.toLowerCase()) {
        throw new UsageError(
          `${this.#lake} holds a scan ${input.scan_id}, ${scan_id} differs in case only; choose another name; nothing written`,
        );
      }
    }
  }

  /**
   * Takes the lake's lock; UsageError where another ingest holds it, and for a folder with something in it that is no
   * lake: what no manifest names is removed from a lake, and here it may be somebody's.
   */
  constructor(lake: string) {
    this.#lake = lake;
    this.#madeFolder = makeLakeFolder(lake);
    this.#unlock = lockFolder(lake);
    this.#staging = join(lake, '.staging');
    try {
      this.before = readManifestIfAny(lake);
      this.#isNew = this.before === undefined;
      if (this.#isNew) {
        checkIsEmpty(lake);
        // From here on the folder is a lake, whatever happens.
        writeManifest(lake, EMPTY);
      }
      rmSync(this.#staging, { recursive: true, force: true });
      mkdirSync(this.#staging);
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  /** Writes the rows of `from` (a table, view or parenthesised query) as one file of `table`; no file for no rows. */
  async write(
    connection: DuckDBConnection,
    table: string,
    partition: { scan_id: string; port: number | null },
    from: string,
  ): Promise<void> {
    const staged = join(this.#staging, `${table}-${partition.port ?? 'all'}-${this.#staged.length}.parquet`);
    const slot = { table, ...partition, path: '', rows: 0, bytes: 0, sha256: '', staged };
    this.#staged.push(slot);
    const result = await connection.runAndReadAll(
      `copy (select ${typedColumns(table)} from ${from}) to ${sqlText(staged)} (${PARQUET})`,
    );
    slot.rows = Number(result.getRows()[0]?.[0] ?? 0);
    if (slot.rows === 0) return;
    const settled = settle(slot);
    // It is awaited in commit(); until then a failure must not count as nobody's.
    settled.catch(() => {});
    this.#settled.push(settled);
    if (this.#settled.length > SETTLING) await this.#settled.shift();
  }

  /** An empty folder on the lake's disk, removed with what is staged. */
  temporaryFolder(): string {
    return mkdtempSync(join(this.#staging, 'work-'));
  }

  /** Whether the lake's files of the scan are all there, each of its size. */
  isWhole(scan_id: string): boolean {
    const files = (this.before?.files ?? []).filter((file) => file.scan_id === scan_id);
    return files.every((file) => lakeFileFault(this.#lake, file) === undefined);
  }

  /** Whether lines of the scan are in the lake's quarantine. */
  hasQuarantine(scan_id: string): boolean {
    return (this.before?.quarantine ?? []).some((one) => one.scan_id === scan_id);
  }

  /** Stages a file of quarantined lines of a scan, which is in the temporary folder; nothing where there are none. */
  async addQuarantine(scan_id: string, staged: string, lines: number): Promise<void> {
    if (lines === 0) return;
    syncFile(staged);
    const sha256 = await fileSha256(staged);
    const path = `${QUARANTINE}/scan_id=${scan_id}/quarantine-${sha256.slice(0, 16)}.ndjson`;
    this.#quarantine.push({ scan_id, path, lines, bytes: statSync(staged).size, sha256, staged });
  }

  /** Makes what was written part of the lake, in place of the partitions in `replaced`. */
  async commit(replaced: readonly Replaced[], inputs: readonly LakeInput[]): Promise<LakeManifest> {
    await Promise.all(this.#settled);
    const written = this.#staged.filter((slot) => slot.rows > 0);
    const strange = written.find((slot): boolean => !isLakeFile(slot));
    if (strange) throw new Error(`no lake has a file ${strange.path}`);
    for (const { staged, path } of [...written, ...this.#quarantine]) {
      makeFolder(dirname(join(this.#lake, path)));
      renameSync(staged, join(this.#lake, path));
      syncFolder(dirname(join(this.#lake, path)));
    }
    const manifest: LakeManifest = {
      format_version: LAKE_FORMAT_VERSION,
      inputs: [...this.#keptInputs(replaced), ...inputs].sort(byKey(inputKey)),
      files: [...this.#keptFiles(replaced), ...written.map(({ staged: _, ...file }) => file)].sort(
        byKey((file) => file.path),
      ),
      quarantine: [
        ...this.#keptQuarantine(replaced),
        ...this.#quarantine.map(({ staged: _, ...file }) => file),
      ].sort(byKey((file) => file.path)),
    };
    writeManifest(this.#lake, manifest);
    this.#isNew = false;
    this.#removeStrays(manifest);
    return manifest;
  }

  /** Releases the lock and removes what was staged; also after a failure. */
  close(): void {
    rmSync(this.#staging, { recursive: true, force: true });
    if (this.#isNew) removeManifest(this.#lake);
    this.#unlock();
    if (this.#madeFolder) removeIfEmpty(this.#lake);
  }

  #keptFiles(replaced: readonly Replaced[]): LakeFile[] {
    return (this.before?.files ?? []).filter(
      (file) =>
        !replaced.some(
          ({ scan_id, table, port }) =>
            file.scan_id === scan_id &&
            (table === undefined || file.table === table) &&
            (port === undefined || file.port === port),
        ),
    );
  }

  #keptInputs(replaced: readonly Replaced[]): LakeInput[] {
    const gone = (input: LakeInput): boolean =>
      replaced.some(
        ({ scan_id, table, port }) =>
          input.scan_id === scan_id &&
          table === undefined &&
          (port === undefined || (port !== null && (input.ports?.includes(port) ?? false))),
      );
    return (this.before?.inputs ?? []).filter((input) => !gone(input));
  }

  #keptQuarantine(replaced: readonly Replaced[]): LakeQuarantine[] {
    const isWhole = ({ port }: Replaced): boolean => port === undefined;
    return (this.before?.quarantine ?? []).filter(
      ({ scan_id }) => !replaced.some((one) => one.scan_id === scan_id && isWhole(one)),
    );
  }

  #removeStrays(manifest: LakeManifest): void {
    for (const name of readdirSync(this.#lake)) {
      if (LEFT_HALF_MADE.test(name)) rmSync(join(this.#lake, name), { force: true });
    }
    const named = new Set<string>([...manifest.files, ...manifest.quarantine].map((file) => file.path));
    for (const name of [...LAKE_TABLES.map((table) => table.name), QUARANTINE]) {
      for (const path of lakeFiles(this.#lake, name)) {
        if (!named.has(path)) rmSync(join(this.#lake, path), { force: true });
      }
    }
  }
}

function typedColumns(table: string): string {
  return lakeTable(table)
    .columns.map(({ name, type }) => `cast(${name} as ${type}) as ${name}`)
    .join(', ');
}

function inputKey(input: LakeInput): string {
  return `${input.scan_id}/${input.name}/${input.sha256}`;
}

function byKey<T>(key: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
}

function lakeFiles(lake: string, folder: string): string[] {
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(join(lake, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return lakeFiles(lake, path);
    return /\.(?:parquet|ndjson)$/.test(entry.name) ? [path] : [];
  });
}

/** Level 1: the others take twice the time of the whole writing to save a twelfth. */
const PARQUET = 'format parquet, compression zstd, compression_level 1';
/** Files that may be on their way to the disk at a time. */
const SETTLING = 32;
const QUARANTINE = 'quarantine';
/** Names of a manifest and of locks that a kill kept from getting their own. */
const LEFT_HALF_MADE = /^(?:manifest\.json\.\d+\.partial|\.lock\.(?:stale\.)?(?:\d+|[\da-f]{16}))$/;
const EMPTY: LakeManifest = { format_version: LAKE_FORMAT_VERSION, inputs: [], files: [], quarantine: [] };

/** UsageError where more is there than what a writer that was killed at its start has left. */
function checkIsEmpty(lake: string): void {
  const found = readdirSync(lake).find(
    (name) => !/^(?:\.lock(?:\.stale)?(?:\.[\da-f]+)?|\.staging|manifest\.json\.\d+\.partial)$/.test(name),
  );
  if (found === undefined) return;
  throw new UsageError(
    `${lake} is not empty (${found}), and is no lake: it has no manifest.json; restore that, or give another --lake`,
  );
}

/** Once the lock is released, another writer may have begun. */
function removeIfEmpty(lake: string): void {
  try {
    if (readdirSync(lake).length === 0) rmdirSync(lake);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Whether the folder had to be made. */
function makeLakeFolder(lake: string): boolean {
  try {
    return makeFolder(lake).length > 0;
  } catch (error) {
    throw new UsageError(
      `cannot make the lake folder ${lake}: ${(error as Error).message}; choose another --lake`,
    );
  }
}
