/**
 * A lake's manifest → the files that it names, checked. The manifest is data from a disk: an entry that no ingest writes
 * is refused, so that what reads or removes files of a lake touches files of the lake and nothing else.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { type LakeFile, type LakeQuarantine, readManifest } from './lake-manifest.ts';
import { LAKE_TABLES } from './lake-tables.ts';
import { mailPort } from './ports.ts';
import { isScanId } from './scan-id.ts';

/** All files that the manifest names. UsageError for no lake, and for a broken manifest. */
export function checkedLakeFiles(lake: string): LakeFile[] {
  const files: unknown = readManifest(lake).files;
  const broken = `${join(lake, 'manifest.json')} is broken`;
  if (!Array.isArray(files)) throw new UsageError(`${broken}: files is no list; restore it or ingest anew`);
  for (const file of files as unknown[]) {
    if (isLakeFile(file)) continue;
    const shown = printable(JSON.stringify(file) ?? String(file), MAX_SHOWN);
    throw new UsageError(
      `${broken}: it names a file that no ingest writes, ${shown}; restore it or ingest anew`,
    );
  }
  return files;
}

/** The same, all of them there and of the size that the manifest says. UsageError for the first that is not. */
export function presentLakeFiles(lake: string): LakeFile[] {
  const files = checkedLakeFiles(lake);
  for (const file of files) {
    const fault = lakeFileFault(lake, file);
    if (fault) throw new UsageError(fault);
  }
  return files;
}

/** That the file is missing or of another size, and what to do, in one line; undefined where it is as it should be. */
export function lakeFileFault(lake: string, { path, bytes }: LakeFile): string | undefined {
  const found = statSync(join(lake, path), { throwIfNoEntry: false });
  const mend = 'restore it, or ingest that scan again (census lake verify names all such files)';
  if (!found) return `${join(lake, path)} is missing although the lake's manifest names it; ${mend}`;
  if (found.size === bytes) return undefined;
  return `${join(lake, path)} has ${found.size} bytes, ${bytes} by the lake's manifest; ${mend}`;
}

/** The files of lines that could not be read. UsageError as above. */
export function checkedQuarantine(lake: string): LakeQuarantine[] {
  const all: unknown = readManifest(lake).quarantine;
  if (Array.isArray(all) && all.every(isQuarantine)) return all;
  throw new UsageError(
    `${join(lake, 'manifest.json')} is broken: its quarantine names what no ingest writes; restore it or ingest anew`,
  );
}

/** Names of the scans that the files are of, in order. */
export function scanIds(files: readonly LakeFile[]): string[] {
  return [...new Set(files.map((file) => file.scan_id))].sort();
}

/** Whether table, scan, port and path are of the form that ingest writes, and say the same: what is not so makes the whole lake unreadable. */
export function isLakeFile(value: unknown): value is LakeFile {
  const { table, scan_id, port, path } = (value ?? {}) as Partial<Record<keyof LakeFile, unknown>>;
  const known = LAKE_TABLES.find(({ name }) => name === table);
  if (!known || typeof scan_id !== 'string' || !isScanId(scan_id) || typeof path !== 'string') return false;
  const byPort = known.partitioned_by.includes('port');
  if (byPort ? typeof port !== 'number' || !mailPort(port) : port !== null) return false;
  const folder = `${known.name}/scan_id=${scan_id}${byPort ? `/port=${port}` : ''}/`;
  return path.startsWith(folder) && /^part-[0-9a-f]{16}\.parquet$/.test(path.slice(folder.length));
}

function isQuarantine(value: unknown): value is LakeQuarantine {
  const { scan_id, path, lines } = (value ?? {}) as Partial<Record<keyof LakeQuarantine, unknown>>;
  if (typeof scan_id !== 'string' || !isScanId(scan_id) || typeof path !== 'string') return false;
  const folder = `quarantine/scan_id=${scan_id}/`;
  return (
    path.startsWith(folder) &&
    /^[\w-]+\.ndjson$/.test(path.slice(folder.length)) &&
    Number.isSafeInteger(lines)
  );
}

const MAX_SHOWN = 200;
