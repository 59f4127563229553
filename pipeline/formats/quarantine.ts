/**
 * Lines that ingest could not read, kept so that nothing is lost: NDJSON beside the lake's tables, one object a line. A
 * file of it is named in the lake's manifest. Reason and bytes come from strangers: escape them wherever they are shown.
 */
import { printable } from '../base/printable.ts';

/** One line that could not be read. */
export interface QuarantinedLine {
  /** Name of the file without folders. */
  file: string;
  /** From 1. */
  line: number;
  /** In words that follow the file and the line, one line of at most 200 characters. */
  reason: string;
  /** Base64 of the line without its line feed: all of it, or its first 65,536 bytes. */
  bytes: string;
  /** Whether `bytes` is not all. */
  truncated: boolean;
}

/** Longest part of a line that is kept: twenty times a usual record. */
export const MAX_QUARANTINED_BYTES = 65_536;

/** `bytes`: the line, or as much of it as was read; `length`: how long it is. */
export function quarantinedLine(
  place: Pick<QuarantinedLine, 'file' | 'line'>,
  reason: string,
  bytes: Uint8Array,
  length: number = bytes.length,
): QuarantinedLine {
  const kept = bytes.subarray(0, MAX_QUARANTINED_BYTES);
  return {
    file: place.file,
    line: place.line,
    reason: printable(reason, 200),
    bytes: Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength).toString('base64'),
    truncated: length > kept.length,
  };
}
