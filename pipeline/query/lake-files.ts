/**
 * A lake's manifest → the files that stand behind its tables. The manifest is data from a disk: an entry that no
 * ingest writes is refused, so that a query reads files of the lake and nothing else.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { type LakeFile, readManifest } from '../formats/lake-manifest.ts';
import { LAKE_TABLES } from '../formats/lake-tables.ts';
import { mailPort } from '../formats/ports.ts';
import { isScanId } from '../formats/scan-id.ts';

/** Files of the chosen scans (all by default), that are there. UsageError for an unknown scan or a broken manifest. */
export function lakeFiles(lake: string, scans: readonly string[] | undefined): LakeFile[] {
  const files = checkedFiles(lake);
  const chosen = chooseScans(lake, files, scans);
  const wanted = files.filter((file) => chosen.has(file.scan_id));
  for (const { path } of wanted) {
    if (existsSync(join(lake, path))) continue;
    throw new UsageError(
      `${join(lake, path)} is missing although the lake's manifest names it; ingest that scan again`,
    );
  }
  return wanted;
}

function checkedFiles(lake: string): LakeFile[] {
  const files: unknown = readManifest(lake).files;
  const broken = `${join(lake, 'manifest.json')} is broken`;
  if (!Array.isArray(files)) throw new UsageError(`${broken}: files is no list; restore it or ingest anew`);
  for (const file of files as unknown[]) {
    if (isLakeFile(file)) continue;
    const shown = JSON.stringify(file)?.slice(0, MAX_SHOWN);
    throw new UsageError(
      `${broken}: it names a file that no ingest writes, ${shown}; restore it or ingest anew`,
    );
  }
  return files;
}

/** Whether table, scan, port and path are of the form that ingest writes, and say the same. */
function isLakeFile(value: unknown): value is LakeFile {
  const { table, scan_id, port, path } = (value ?? {}) as Partial<Record<keyof LakeFile, unknown>>;
  const known = LAKE_TABLES.find(({ name }) => name === table);
  if (!known || typeof scan_id !== 'string' || !isScanId(scan_id) || typeof path !== 'string') return false;
  const byPort = known.partitioned_by.includes('port');
  if (byPort ? typeof port !== 'number' || !mailPort(port) : port !== null) return false;
  const folder = `${known.name}/scan_id=${scan_id}${byPort ? `/port=${port}` : ''}/`;
  return path.startsWith(folder) && /^part-[0-9a-f]{16}\.parquet$/.test(path.slice(folder.length));
}

function chooseScans(
  lake: string,
  files: readonly LakeFile[],
  wanted: readonly string[] | undefined,
): Set<string> {
  const present = [...new Set(files.map((file) => file.scan_id))].sort();
  if (present.length === 0) {
    throw new UsageError(`${lake} is an empty lake; fill it with: census ingest RAW --lake ${lake}`);
  }
  const unknown = wanted?.find((scan) => !present.includes(scan));
  if (unknown !== undefined) {
    throw new UsageError(`${lake} has no scan ${JSON.stringify(unknown)}; it has: ${present.join(', ')}`);
  }
  return new Set(wanted ?? present);
}

const MAX_SHOWN = 200;
