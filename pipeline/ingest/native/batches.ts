/** The parts of a scan → batches of a size that fits in memory, whatever the size of the scan, always the same ones. */
import { statSync } from 'node:fs';

/** The files of one part, as full paths. */
export interface ScanPart {
  endpoints: string;
  certificates: string;
  dh_groups: string;
  /** Lines of `endpoints`. */
  records: number;
}

/** Parts in their order, up to so many records and compressed bytes a batch; a part is never cut. */
export function batchesOf(parts: readonly ScanPart[], maxRecords: number = MAX_RECORDS): ScanPart[][] {
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

/** What a batch takes in memory: some 4 KiB a record of 57 accepted handshakes. */
const MAX_RECORDS = 200_000;
/** Of gzip, that is some ten times as much of JSON. */
const MAX_BYTES = 128_000_000;
