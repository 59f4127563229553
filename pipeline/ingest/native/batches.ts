/** The parts of a scan → batches of a size that fits in memory, whatever the size of the scan, always the same ones. */
import { statSync } from 'node:fs';

/** The files of one part, as full paths. */
export interface ScanPart {
  endpoints: string;
  certificates: string;
  dh_groups: string;
  /** Lines of `endpoints`. */
  records: number;
  /** The files are known to be as they were written. */
  is_whole: boolean;
}

/** Parts in their order, up to so many records and compressed bytes a batch; a part is never cut. */
export function batchesOf(
  parts: readonly ScanPart[],
  maxRecords: number = recordsABatch(parts),
): ScanPart[][] {
  const batches: ScanPart[][] = [];
  let [records, bytes] = [Number.POSITIVE_INFINITY, 0];
  for (const part of parts) {
    const size = statSync(part.endpoints).size;
    if (records + part.records > maxRecords || bytes + size > MAX_BYTES) {
      batches.push([]);
      [records, bytes] = [0, 0];
    }
    batches.at(-1)!.push(part);
    records += part.records;
    bytes += size;
  }
  return batches;
}

/** A smaller scan has smaller batches, so that there is one for each of some cores. */
function recordsABatch(parts: readonly ScanPart[]): number {
  const all = parts.reduce((sum, { records }) => sum + records, 0);
  return Math.min(MAX_RECORDS, Math.max(MIN_RECORDS, Math.ceil(all / 8)));
}

/** What a scan of ours has in a part: fewer would make no more batches. */
const MIN_RECORDS = 50_000;
/** What a batch takes in memory: some 4 KiB a record of 57 accepted handshakes. */
const MAX_RECORDS = 200_000;
/** Of gzip, that is some ten times as much of JSON. */
const MAX_BYTES = 128_000_000;
