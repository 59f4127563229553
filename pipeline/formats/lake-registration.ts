/**
 * A lake that another engine has been told of (`census lake register`), as that engine remembers it: a view beside the tables
 * says which state of the lake they show and how many rows each has of each scan, so that a reader can tell a lake that has
 * changed since, or files that are not there any more, from an answer.
 */
import { createHash } from 'node:crypto';
import { checkedLakeFiles } from './checked-lake-files.ts';
import type { LakeFile } from './lake-manifest.ts';
import { LAKE_FORMAT_VERSION, LAKE_TABLES } from './lake-tables.ts';
import { REFERENCE_TABLES, referenceQuery } from './reference-tables.ts';

/** Its columns: state, lake_sha256, form_sha256, table_name, scan_id, row_count. */
export const REGISTRATION_VIEW = 'census_registration';

/** `unfinished` while tables are made, and where that was broken off. */
export type RegistrationState = 'whole' | 'unfinished';

/** Rows that a table has of a scan. */
export interface RegisteredPart {
  table: string;
  scan_id: string;
  rows: number;
}

export interface Registration {
  state: RegistrationState;
  /** Of the lake's files, by `lakeSha256`. */
  lake_sha256: string;
  /** Of tables and reference data, by `formSha256`. */
  form_sha256: string;
  parts: RegisteredPart[];
}

/** A hash of what belongs to the lake now: the names of its files hold hashes of their bytes. */
export function lakeSha256(lake: string): string {
  const files = checkedLakeFiles(lake).map(({ path, rows }) => `${path} ${rows}\n`);
  return sha256(files.sort().join(''));
}

/** A hash of what this program makes of a lake beside its rows: the tables' columns, and the reference data. */
export function formSha256(): string {
  const reference = Object.keys(REFERENCE_TABLES).map(referenceQuery);
  return sha256(JSON.stringify([LAKE_FORMAT_VERSION, LAKE_TABLES, reference]));
}

/** Rows by table and scan, of those that have any. */
export function registeredParts(files: readonly LakeFile[]): RegisteredPart[] {
  const parts = new Map<string, RegisteredPart>();
  for (const { table, scan_id, rows } of files) {
    const key = `${table}/${scan_id}`;
    const part = parts.get(key) ?? { table, scan_id, rows: 0 };
    part.rows += rows;
    parts.set(key, part);
  }
  return [...parts.values()];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
