/** For tests: a real scan of servers on loopback into a temporary folder, every record held against the schema. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseBlock } from '../../base/ip-address.ts';
import { type PackedRecord, unpackRecord } from '../../formats/packed-record.ts';
import type { CertificateRecord, DhGroupRecord, EndpointRecord, ScanFile } from '../../formats/raw-record.ts';
import {
  realWorld,
  SCAN_DEFAULTS,
  type ScanOptions,
  type ScanWorld,
  scan,
  type Target,
  TargetList,
} from '../index.ts';
import { expectRaw, type RawKind } from './raw-schema.ts';

export interface LocalScan {
  file: ScanFile;
  /** By endpoint_id. */
  records: EndpointRecord[];
  certificates: CertificateRecord[];
  dhGroups: DhGroupRecord[];
  /** Names of all files in the folder, sorted. */
  files: string[];
}

export const LOCAL_OPTIONS = {
  ...SCAN_DEFAULTS,
  ports: [993],
  rate: 0,
  address_connections: 64,
  address_pause_ms: 0,
  max_handshakes: 1_000_000,
  throttle: { first_wait_ms: 20, longest_wait_ms: 80, budget_ms: 200 },
  probes: [],
  allow_reserved: true,
  timeouts: { connect_ms: 5000, read_ms: 5000, endpoint_ms: 30_000 },
} as const;

/** For servers whose silence is what is tested. */
export const IMPATIENT = { timeouts: { connect_ms: 1000, read_ms: 300, endpoint_ms: 30_000 } };

/** A target on loopback: `port` is nominal, `connect_port` real. */
export function local(port: number, connect_port: number, host?: string): Target {
  return { text: '127.0.0.1', block: parseBlock('127.0.0.1')!, host, port: { port, connect_port } };
}

export function targetList(targets: readonly Target[]): TargetList {
  const list = new TargetList();
  for (const target of targets) list.add(target);
  return list;
}

export async function scanLocal(
  targets: readonly Target[] | TargetList,
  overrides: Partial<ScanOptions> = {},
  world: Partial<ScanWorld> = {},
): Promise<LocalScan> {
  const out = mkdtempSync(join(tmpdir(), 'census-scan-'));
  try {
    const list = targets instanceof TargetList ? targets : targetList(targets);
    await scan({ ...LOCAL_OPTIONS, targets: list, out, ...overrides }, { ...realWorld(), ...world });
    return readScan(out);
  } finally {
    rmSync(out, { recursive: true });
  }
}

/** The one record of a scan of one endpoint. */
export async function scanOne(target: Target, overrides: Partial<ScanOptions> = {}): Promise<EndpointRecord> {
  return (await scanLocal([target], overrides)).records[0]!;
}

/** What lies in a scan's folder, validated. */
export function readScan(folder: string): LocalScan {
  const file: ScanFile = JSON.parse(readFileSync(join(folder, 'scan.json'), 'utf8'));
  expectRaw('scan_file', file);
  const all = <T>(kind: RawKind, name: 'endpoints' | 'certificates' | 'dh_groups') =>
    file.parts.flatMap((part) => readLines<T>(join(folder, part[name]), kind));
  const records = all<PackedRecord>('endpoint', 'endpoints').map(unpackRecord);
  return {
    file,
    records: records.sort((left, right) => left.endpoint_id - right.endpoint_id),
    certificates: all<CertificateRecord>('certificate', 'certificates'),
    dhGroups: all<DhGroupRecord>('dh_group', 'dh_groups'),
    files: readdirSync(folder).sort(),
  };
}

/** Suites accepted at `version`, in ascending order. */
export function acceptedAt(record: EndpointRecord, version: number): number[] {
  const accepted = record.handshakes.filter((one) => one.version === version && one.outcome === 'accepted');
  return accepted.map((one) => one.cipher_suite!).sort((left, right) => left - right);
}

function readLines<T>(path: string, kind: RawKind): T[] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n');
  if (lines.pop() !== '') throw new Error(`${path} doesn't end with a line feed`);
  return lines.map((line) => {
    const value: T = JSON.parse(line);
    expectRaw(kind, value);
    return value;
  });
}
