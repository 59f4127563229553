/**
 * `LAKE/manifest.json`: which files belong to the lake, and what they were made from. It is replaced in whole by a
 * rename, so that a reader who goes by it sees one state of all tables.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../base/errors.ts';
import { writeWhole } from '../base/files.ts';
import { printable } from '../base/printable.ts';
import { LAKE_FORMAT_VERSION } from './lake-tables.ts';

export interface LakeFile {
  table: string;
  scan_id: string;
  /** Null for a table that is not partitioned by port. */
  port: number | null;
  /** From the lake's folder, with forward slashes. */
  path: string;
  rows: number;
  bytes: number;
  sha256: string;
}

/** What a scan of the lake came from: a scan of ours, the study's patterns, another tool's files, or a lake of which it tells less. */
export type LakeSource =
  | 'native'
  | 'study-patterns'
  | 'zgrab2'
  | 'sslyze'
  | 'testssl'
  | 'tlsx'
  | 'tls-scan'
  | 'anonymized';

/** A file that was ingested. */
export interface LakeInput {
  scan_id: string;
  source: LakeSource;
  /** Its name without folders. */
  name: string;
  sha256: string;
  bytes: number;
  /** Ports whose rows came from it; null where it concerns the whole scan. */
  ports: number[] | null;
  /** False where the scan was stopped before its end. */
  complete?: false;
  /** study-patterns: hash of the position table that it was read with. */
  positions_sha256?: string;
  /** Another tool's file: port of the endpoints whose own is none of the mail ports, or is not told, as the operator said it. */
  nominal_port?: number;
  /** Set for a file that tells of addresses, and holds no answers of servers. */
  tells?: 'origin-as' | 'country';
}

/** Lines of a scan's inputs that could not be read (formats/quarantine.ts). */
export interface LakeQuarantine {
  scan_id: string;
  /** From the lake's folder, with forward slashes. */
  path: string;
  lines: number;
  bytes: number;
  sha256: string;
}

export interface LakeManifest {
  format_version: number;
  inputs: LakeInput[];
  files: LakeFile[];
  /** At most one a scan; none where all could be read. */
  quarantine: LakeQuarantine[];
}

const NAME = 'manifest.json';

/** The manifest of a lake. UsageError for a folder that is no lake, and for a lake of a newer version. */
export function readManifest(lake: string): LakeManifest {
  const manifest = readManifestIfAny(lake);
  if (!manifest) {
    throw new UsageError(
      `${lake} is no lake: it has no ${NAME}; make one with: census ingest RAW --lake ${lake}`,
    );
  }
  return manifest;
}

/** As readManifest, but undefined where there is no lake yet. */
export function readManifestIfAny(lake: string): LakeManifest | undefined {
  const path = join(lake, NAME);
  if (!existsSync(path)) return undefined;
  const manifest = parseManifest(path);
  if (manifest.format_version > LAKE_FORMAT_VERSION) {
    throw new UsageError(
      `${path}: the lake has format ${manifest.format_version}, this program reads up to ` +
        `${LAKE_FORMAT_VERSION}; use a newer version of mail-tls-census`,
    );
  }
  if (manifest.format_version < LAKE_FORMAT_VERSION) {
    throw new UsageError(
      `${path}: the lake has format ${manifest.format_version}, this program writes ` +
        `${LAKE_FORMAT_VERSION}; ingest its raw records into a new lake`,
    );
  }
  return manifest;
}

export function writeManifest(lake: string, manifest: LakeManifest): void {
  writeWhole(join(lake, NAME), `${JSON.stringify(manifest, null, 1)}\n`);
}

export function removeManifest(lake: string): void {
  rmSync(join(lake, NAME), { force: true });
}

function parseManifest(path: string): LakeManifest {
  let value: Partial<LakeManifest>;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read (${printable((error as Error).message, 100)}); restore it or ingest anew`,
    );
  }
  if (typeof value?.format_version !== 'number') {
    throw new UsageError(`${path} is no lake manifest: it has no format_version`);
  }
  const { format_version, inputs, files, quarantine = [] } = value;
  const lacking = Object.entries({ files, inputs }).find(([, list]) => !Array.isArray(list));
  if (lacking || !inputs || !files) {
    throw new UsageError(`${path} is broken: ${lacking?.[0]} is no list; restore it or ingest anew`);
  }
  return { format_version, inputs, files, quarantine };
}
