/** How much disk the ingest of a scan takes at most, said before it begins, and whether it is there. */
import { statfsSync, statSync } from 'node:fs';
import { UsageError } from '../../base/errors.ts';
import type { ScanPart } from './batches.ts';

/** In one line what will be written to `lake`, of a scan that takes a while. UsageError where its disk has clearly less. */
export function neededRoom(lake: string, parts: readonly ScanPart[]): string | undefined {
  const sizes = parts.flatMap((part) => [part.endpoints, part.certificates, part.dh_groups].map(sizeOf));
  const raw = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const [rows, temporary] = [raw * ROWS_TO_RAW, Math.min(raw * JSON_TO_RAW, TEMPORARY)];
  const { bavail, bsize } = statfsSync(lake);
  const free = bavail * bsize;
  const what = `${megabytes(raw)} of raw records: up to ${megabytes(rows)} of Parquet, and ${megabytes(temporary)} for a while`;
  if (free >= rows + temporary)
    return raw < WORTH_TELLING ? undefined : `${what}; ${megabytes(free)} are free`;
  throw new UsageError(
    `${lake}: ${what}, but only ${megabytes(free)} are free; make room, or choose another --lake; nothing written`,
  );
}

function sizeOf(path: string): number {
  return statSync(path).size;
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`;
}

/** Smaller ones are done before one has read it. */
const WORTH_TELLING = 50_000_000;
/** Measured: a fifth to a half for lines without keys and session ids, far less with them; small files cost their footers. */
const ROWS_TO_RAW = 1;
/** What a batch unpacks to, where lines have to be sifted. */
const JSON_TO_RAW = 15;
/** Of one batch, whatever the size of the scan: its lines unpacked, and what the engine spills. */
const TEMPORARY = 4_000_000_000;
