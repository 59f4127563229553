/**
 * What a cluster remembers of a lake (`census lake register`) → whether that can be read: all of it, as this program takes it, and
 * the lake of today where its folder is at hand.
 */
import { UsageError } from '../../base/errors.ts';
import {
  formSha256,
  lakeSha256,
  REGISTRATION_VIEW,
  type RegisteredPart,
  type Registration,
} from '../../formats/lake-registration.ts';
import type { ResultValue } from '../../formats/result-table.ts';

/** Gives rows of `registrationQuery`'s columns. */
export const registrationQuery = `select state, lake_sha256, form_sha256, table_name, scan_id, row_count from ${REGISTRATION_VIEW}`;

/** `name` is that of the registered lake, `lake` its folder where it can be seen from here. UsageError for what is not to be read. */
export function checkedRegistration(
  rows: readonly ResultValue[][],
  name: string,
  lake: string | undefined,
): Registration {
  const [state, lake_sha256, form_sha256] = (rows[0] ?? []).map(String);
  if (state !== 'whole') {
    throw new UsageError(`${name} is being registered, or that was broken off; ${REGISTER}`);
  }
  if (form_sha256 !== formSha256()) {
    throw new UsageError(`${name} was registered by another version of this program; ${REGISTER}`);
  }
  if (lake !== undefined && lakeSha256(lake) !== lake_sha256) {
    throw new UsageError(`${lake} has changed since it was registered as ${name}; ${REGISTER}`);
  }
  const parts = rows.flatMap(([, , , table, scan_id, count]) =>
    table === null ? [] : { table: String(table), scan_id: String(scan_id), rows: Number(count) },
  );
  return { state, lake_sha256: String(lake_sha256), form_sha256, parts };
}

/** UsageError for a lake without scans, and for a scan that it does not have. */
export function checkScans(
  parts: readonly RegisteredPart[],
  name: string,
  scans: readonly string[] | undefined,
): void {
  const present = [...new Set(parts.map(({ scan_id }) => scan_id))].sort();
  if (present.length === 0) {
    throw new UsageError(`${name} is an empty lake; ingest something, then ${REGISTER}`);
  }
  const unknown = scans?.find((scan) => !present.includes(scan));
  if (unknown === undefined) return;
  throw new UsageError(`${name} has no scan ${JSON.stringify(unknown)}; it has: ${present.join(', ')}`);
}

export const REGISTER = 'give census lake register --engine trino again';
