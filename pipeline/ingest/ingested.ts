/** What one ingest has staged in a lake: what it replaces there, and from which files it came. */
import type { LakeInput } from '../formats/lake-manifest.ts';
import type { Replaced } from '../lake/lake-writer.ts';

export interface Ingested {
  replaced: Replaced[];
  inputs: LakeInput[];
}

/** Whether the lake was made from just this file before, read in just this way. */
export function isKnownInput(known: readonly LakeInput[], input: LakeInput): boolean {
  return known.some(
    (candidate) =>
      candidate.scan_id === input.scan_id &&
      candidate.sha256 === input.sha256 &&
      candidate.tells === input.tells &&
      candidate.positions_sha256 === input.positions_sha256 &&
      candidate.nominal_port === input.nominal_port,
  );
}
