/**
 * What every source of scans gives to ingest: packed part files in a folder, and what is known of the scan. A native
 * scan is one as it lies there; an adapter writes one from another tool's file. From here on all go the same way.
 */
import type { LakeInput } from '../formats/lake-manifest.ts';
import type { ScanFile } from '../formats/raw-record.ts';

type OrNull<T> = { [Name in keyof T]: T[Name] | null };

/**
 * What scan.json says, as far as ingest asks. Null: the source does not say; of another tool's scan whether it is whole
 * (`finished_at`), how it asked (`strategy`) and what it offered (`cipher_suites`) mostly are.
 */
export type StagedScanFile = Pick<ScanFile, 'format_version' | 'scan_id' | 'tool' | 'synthetic' | 'parts'> &
  OrNull<Pick<ScanFile, 'tool_version' | 'started_at' | 'finished_at' | 'strategy' | 'cipher_suites'>>;

/** Part files of `folder` as `scan.parts` names them: gzip, lines as docs/raw-record.md has them. */
export interface StagedScan {
  folder: string;
  scan: StagedScanFile;
  /** Names of scans that its records carry, where these are shards; by default the scan's own. */
  record_scan_ids?: readonly string[];
  /** Whether all part files are known to be as they were written. */
  is_whole: boolean;
  /** Names of files that are not those which the scan describes. */
  changed: readonly string[];
  /** Path of lines that its reader could not read, as `formats/quarantine.ts` has them, one a line; null for none. */
  quarantine: string | null;
}

/** One scan that is to be brought into the lake. */
export interface ScanSource {
  scan_id: string;
  source: LakeInput['source'];
  /** Made of several scans of ours, of which another call may have had more. */
  is_united?: true;
  /** The files it comes from, with their hashes: where the lake knows just these, nothing is staged. */
  inputs: () => Promise<LakeInput[]>;
  /**
   * The scan's part files; `folder` is an empty one to write them to, on the lake's disk, removed afterwards. UsageError
   * for what the operator can mend. A record of another tool may lack what docs/raw-record.md says is always there:
   * counts of a version, a handshake's suite, times; what is missing becomes null in the lake.
   */
  stage: (folder: string) => Promise<StagedScan>;
}
