/** A folder of raw records → its scan.json, checked, the full paths of its part files, and the source of ingest that it is. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { fileSha256 } from '../../base/files.ts';
import { printable } from '../../base/printable.ts';
import type { LakeInput } from '../../formats/lake-manifest.ts';
import type { ScanFile } from '../../formats/raw-record.ts';
import { checkScanFile } from '../../formats/scan-file.ts';
import type { ScanSource } from '../staged-scan.ts';

export interface ScanFolder {
  folder: string;
  scan: ScanFile;
  /** Full paths of the part files, flights left out. */
  files: string[];
}

/** Reads scan.json of `folder`. UsageError for a folder that holds no scan, a newer one, or lacks a part. */
export function readScanFolder(folder: string): ScanFolder {
  const path = join(folder, 'scan.json');
  if (!existsSync(path)) {
    throw new UsageError(
      `${folder} holds no scan: ${path} is not there; name a folder that census scan wrote`,
    );
  }
  const scan = parseScan(path);
  const files = scan.parts.flatMap((part) => [part.endpoints, part.certificates, part.dh_groups]);
  for (const file of files) {
    if (existsSync(join(folder, file))) continue;
    throw new UsageError(`${join(folder, file)}, a part that ${path} names, is missing; nothing written`);
  }
  return { folder, scan, files: files.map((file) => join(folder, file)) };
}

/** The scan of a folder as a source of ingest. */
export function nativeSource({ folder, scan, files }: ScanFolder): ScanSource {
  let described: Promise<LakeInput[]> | undefined;
  const inputs = () => {
    described ??= describeFiles(scan, [join(folder, 'scan.json'), ...files]);
    return described;
  };
  return {
    scan_id: scan.scan_id,
    source: 'native',
    inputs,
    stage: async () => {
      const changed = changedFiles(scan, await inputs());
      return {
        folder,
        scan: { ...scan, cipher_suites: scan.cipher_suites ?? null },
        is_whole: changed.length === 0 && scan.parts.every(({ sha256 }) => sha256 !== undefined),
        changed,
        quarantine: null,
      };
    },
  };
}

/** Files that do not have the hash which scan.json says, where it says one. */
function changedFiles({ parts }: ScanFile, inputs: readonly LakeInput[]): string[] {
  const found = new Map(inputs.map(({ name, sha256 }) => [name, sha256]));
  return parts.flatMap(({ sha256, ...names }) =>
    sha256
      ? PART_KINDS.filter((kind) => found.get(names[kind]) !== sha256[kind]).map((kind) => names[kind])
      : [],
  );
}

const PART_KINDS = ['endpoints', 'certificates', 'dh_groups'] as const;

async function describeFiles(
  { scan_id, finished_at }: ScanFile,
  paths: readonly string[],
): Promise<LakeInput[]> {
  const inputs: LakeInput[] = [];
  for (const path of paths) {
    const [name, sha256, bytes] = [basename(path), await fileSha256(path), statSync(path).size];
    const stopped = finished_at === null ? ({ complete: false } as const) : {};
    inputs.push({ scan_id, source: 'native', name, sha256, bytes, ports: null, ...stopped });
  }
  return inputs;
}

function parseScan(path: string): ScanFile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read: ${printable((error as Error).message, 100)}; nothing written`,
    );
  }
  const checked = checkScanFile(value);
  if ('problem' in checked) throw new UsageError(`${path} ${checked.problem}; nothing written`);
  return checked.scan;
}
