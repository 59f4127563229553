/**
 * What each reader of another tool's files offers, and what it gives: a stream of endpoints in the shape of the raw record, of
 * certificates and groups beside them, and of what it could not read. What a format can't say is null, never a guess.
 */
import type { Effort, EndpointRecord, HandshakeRecord, VersionCounts } from '../../formats/raw-record.ts';

/** The run of the tool that wrote the file; null for what the file does not say. Times: UTC, ISO 8601. */
export interface ForeignScan {
  tool: string;
  tool_version: string | null;
  started_at: string | null;
  finished_at: string | null;
  /** Suites that it asked each server about, by version number; versions and suites ascending. */
  cipher_suites: Record<string, number[]> | null;
}

type OrNull<T> = { [Name in keyof T]: T[Name] | null };

/** `accepted: 0` with the other counts null: the version was asked about and refused, by how many hellos is not known. */
export type ForeignVersionCounts = Pick<VersionCounts, 'version'> & OrNull<Omit<VersionCounts, 'version'>>;

/** Accepted without a suite: the version was chosen in a handshake, with what suite the file does not say. */
export type ForeignHandshake = Omit<HandshakeRecord, 'hello_retry_request' | 'extensions' | 'duration_ms'> &
  OrNull<Pick<HandshakeRecord, 'hello_retry_request' | 'extensions' | 'duration_ms'>>;

/** A raw record without its place in a scan, that may lack what a file of another tool does not say. */
export type ForeignEndpoint = Omit<
  EndpointRecord,
  | 'format_version'
  | 'scan_id'
  | 'endpoint_id'
  | 'started_at'
  | 'duration_ms'
  | 'versions'
  | 'handshakes'
  | 'effort'
> & {
  started_at: string | null;
  duration_ms: number | null;
  versions: ForeignVersionCounts[];
  handshakes: ForeignHandshake[];
  effort: OrNull<Effort>;
};

/**
 * Each server of a file gives an endpoint or something unreadable, or both, where a part of it can't be read: nothing is lost.
 * What an endpoint names by hash (certificates, groups) comes before it; the same one may come again and again.
 */
export type ForeignItem =
  /** First, and anew when more is known: the last one counts. */
  | { kind: 'scan'; scan: ForeignScan }
  | { kind: 'endpoint'; record: ForeignEndpoint }
  | { kind: 'certificate'; der: Uint8Array }
  /** Without leading zeros. */
  | { kind: 'dh_group'; prime: Uint8Array; generator: Uint8Array }
  | Unreadable;

/** For the quarantine. `line`: where it begins, from 1. `bytes`: as they stand in the file; `truncated`: the first part of them. */
export interface Unreadable {
  kind: 'unreadable';
  line: number;
  reason: string;
  bytes: Uint8Array;
  truncated: boolean;
}

/** What the operator says about a file. `port`: the nominal port of lines that name none. */
export interface ForeignFile {
  file: string;
  port: number | null;
}

export interface Adapter {
  name: 'zgrab2' | 'sslyze' | 'testssl' | 'tlsx' | 'tls-scan';
  /** Versions of the tool, as in the header of its file. */
  written_against: string;
  /** `head`: the first 64 KiB of the decompressed text. */
  detects(head: string): boolean;
  open(context: ForeignFile): ForeignReader;
}

/** Takes one file, chunk by chunk. Never throws for what the file says; memory is bounded whatever the file says. */
export interface ForeignReader {
  /** What is consumed before the next call. `chunk` is not changed afterwards: items may be views of it. */
  push(chunk: Uint8Array): Iterable<ForeignItem>;
  /** Once, after the last chunk. */
  end(): Iterable<ForeignItem>;
}
