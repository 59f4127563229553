/**
 * The folder of a scan, at its begin: empty of scans for a new one; for one that is resumed, its scan.json and where to
 * go on, with what no part names swept out. One process at a time has it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { lockFolder } from '../../base/folder-lock.ts';
import { RAW_FORMAT_VERSION, type ScanFile } from '../../formats/raw-record.ts';
import { checkScanFile } from '../../formats/scan-file.ts';
import { SCAN_FILE } from '../raw-writer.ts';
import { type ResumeState, readResumeState, resumeFile } from './resume-state.ts';

export interface ScanFolder {
  /** What is there already; null for a new scan. `state` is null where it is finished. */
  before: { file: ScanFile; state: ResumeState | null } | null;
  release(): void;
}

/**
 * Makes the folder, or opens it again where `resume` allows that. Throws UsageError where it holds a scan and mustn't,
 * where that scan can't be gone on with, or where another process writes to it.
 */
export function openScanFolder(folder: string, resume: boolean): ScanFolder {
  const names = namesIn(folder);
  const held = names.find((name) => name === SCAN_FILE || OUR_FILE.test(name));
  if (held !== undefined && !resume) {
    throw new UsageError(
      `${folder} already holds a scan (${held}); go on with it by --resume, or give another --out`,
    );
  }
  const release = lockFolder(folder);
  try {
    return { before: names.includes(SCAN_FILE) ? readBefore(folder) : cleared(folder), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** scan.json of `folder`; null where there is none. Throws UsageError for one that makes no sense. */
export function readScanFile(folder: string): ScanFile | null {
  const path = join(folder, SCAN_FILE);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UsageError(`${path} can't be read: ${(error as Error).message.replaceAll('\n', ' ')}`);
  }
  const checked = checkScanFile(value);
  if ('problem' in checked) throw new UsageError(`${path} ${checked.problem}`);
  return checked.scan;
}

function readBefore(folder: string): ScanFolder['before'] {
  const file = readScanFile(folder)!;
  if (file.format_version !== RAW_FORMAT_VERSION) {
    throw new UsageError(
      `${folder} holds a scan of format ${file.format_version}, this program writes ${RAW_FORMAT_VERSION}; ` +
        'finish it with the version that began it, or scan again into another --out',
    );
  }
  if (file.finished_at !== null) return { file, state: null };
  const state = readResumeState(folder, file.parts.length, file.scan_id);
  checkPartsAreThere(folder, file);
  sweep(folder, new Set([...partFiles(file), resumeFile(file.parts.length)]));
  return { file, state };
}

/** What a scan left that died before it wrote scan.json: nothing of it is whole. */
function cleared(folder: string): null {
  sweep(folder, new Set());
  return null;
}

function checkPartsAreThere(folder: string, file: ScanFile): void {
  const there = new Set(namesIn(folder));
  const missing = partFiles(file).find((name) => !there.has(name));
  if (missing === undefined) return;
  throw new UsageError(`${join(folder, missing)}, a part that scan.json names, is missing; put it back`);
}

function partFiles({ parts }: ScanFile): string[] {
  return parts.flatMap((part) => [
    ...[part.endpoints, part.certificates, part.dh_groups],
    ...(part.flights === null ? [] : [part.flights]),
  ]);
}

/** Removes files of ours that are not among `whole`: what a kill left half written. */
function sweep(folder: string, whole: ReadonlySet<string>): void {
  for (const name of namesIn(folder)) {
    if (OUR_FILE.test(name) && !whole.has(name)) rmSync(join(folder, name));
  }
}

function namesIn(folder: string): string[] {
  try {
    mkdirSync(folder, { recursive: true });
    return readdirSync(folder).sort();
  } catch (error) {
    throw new UsageError(
      `${folder} can't be made (${(error as NodeJS.ErrnoException).code}); give another --out`,
    );
  }
}

/** All names that a scan writes but scan.json itself. */
const OUR_FILE =
  /^(?:(?:endpoints|certificates|dh-groups|flights)-\d+\.ndjson\.gz(?:\.partial)?|resume-\d+\.json|(?:scan|resume-\d+)\.json\.\d+\.partial)$/;
