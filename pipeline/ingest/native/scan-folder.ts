/** A folder of raw records → its scan.json, checked, and the full paths of its part files. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { ScanFile } from '../../formats/raw-record.ts';
import { checkScanFile } from '../../formats/scan-file.ts';

export interface ScanFolder {
  folder: string;
  scan: ScanFile;
  endpoints: string[];
  certificates: string[];
  dh_groups: string[];
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
  const paths = (kind: 'endpoints' | 'certificates' | 'dh_groups'): string[] =>
    scan.parts.map((part) => {
      const file = join(folder, part[kind]);
      if (!existsSync(file))
        throw new UsageError(`${file}, a part that ${path} names, is missing; nothing written`);
      return file;
    });
  return {
    folder,
    scan,
    endpoints: paths('endpoints'),
    certificates: paths('certificates'),
    dh_groups: paths('dh_groups'),
  };
}

/** Reads each part file to its end. UsageError for one that is cut short or damaged. */
export async function checkParts(folder: ScanFolder): Promise<void> {
  for (const file of [...folder.endpoints, ...folder.certificates, ...folder.dh_groups]) {
    try {
      await pipeline(createReadStream(file), createGunzip(), async (chunks) => {
        for await (const _ of chunks);
      });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const what = code === 'Z_BUF_ERROR' ? 'is cut short' : `is damaged (${printable(message, 100)})`;
      throw new UsageError(`${file} ${what}: not a whole gzip file; scan or copy it again; nothing written`);
    }
  }
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
