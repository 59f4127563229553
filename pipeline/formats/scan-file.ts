/** `scan.json` of a folder of raw records → a checked value: other machines and tools may have written it. */

import { RAW_FORMAT_VERSION, type ScanFile } from './raw-record.ts';
import { isScanId } from './scan-id.ts';

/** What is wrong with a scan.json, in words that follow its path; the value where nothing is. */
export function checkScanFile(value: unknown): { scan: ScanFile } | { problem: string } {
  if (!isRecord(value)) return { problem: 'is no scan.json of census scan' };
  if (typeof value['format_version'] !== 'number')
    return { problem: 'is no scan.json: it has no format_version' };
  if (value['format_version'] > RAW_FORMAT_VERSION) {
    return {
      problem:
        `has format ${value['format_version']}, this program reads up to ${RAW_FORMAT_VERSION}; ` +
        'use a newer version of mail-tls-census',
    };
  }
  const fields = value['format_version'] < 2 ? FIELDS : { ...FIELDS, ...SINCE_2 };
  const wrong = Object.entries(fields).find(([field, isRight]) => !isRight(value[field]));
  if (wrong) return { problem: `has an unusable ${wrong[0]}: ${shown(value[wrong[0]])}` };
  return { scan: value as unknown as ScanFile };
}

const FIELDS: Record<string, (value: unknown) => boolean> = {
  scan_id: (value) => typeof value === 'string' && isScanId(value),
  tool: (value) => typeof value === 'string',
  tool_version: (value) => typeof value === 'string',
  started_at: isTime,
  finished_at: (value) => value === null || isTime(value),
  strategy: (value) => value === 'exhaustive' || value === 'adaptive' || value === 'predictive',
  synthetic: (value) => typeof value === 'boolean',
  counts: (value) =>
    isRecord(value) &&
    isRecord(value['outcomes']) &&
    isCount(value['endpoints']) &&
    isCount(value['handshakes']),
  cipher_suites: (value) => value === undefined || isOffer(value),
  parts: (value) => Array.isArray(value) && value.every(isPart) && areDistinct(value),
};

/** Suites by version number, as scan.json of format 1 may lack them. */
function isOffer(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.entries(value).every(
      ([version, suites]) =>
        /^\d{1,5}$/.test(version) &&
        Array.isArray(suites) &&
        suites.every((suite) => isCount(suite) && suite < 2 ** 24),
    )
  );
}

/** What a scan is gone on with. */
const SINCE_2: Record<string, (value: unknown) => boolean> = {
  seed: (value) => isHex(value, 64) || isHex(value, 32),
  shard: (value) =>
    isRecord(value) &&
    isCount(value['index']) &&
    isCount(value['of']) &&
    Number(value['index']) >= 1 &&
    Number(value['index']) <= Number(value['of']),
  targets_sha256: (value) => isHex(value, 64),
  contact: (value) => value === null || typeof value === 'string',
  helo: (value) => typeof value === 'string',
};

const PART_FILES = ['endpoints', 'certificates', 'dh_groups'] as const;

/** A part names files of its own folder, and nothing else. */
function isPart(value: unknown): boolean {
  if (!isRecord(value) || !isCount(value['records'])) return false;
  // Null, and missing before format 2: flights were not kept.
  if (value['flights'] != null && !isPartName(value['flights'])) return false;
  return (
    PART_FILES.every((kind) => isPartName(value[kind])) &&
    (value['sha256'] === undefined || areHashes(value['sha256']))
  );
}

/** Missing in scans of the first program versions. */
function areHashes(value: unknown): boolean {
  return isRecord(value) && PART_FILES.every((kind) => isHex(value[kind], 64));
}

function isPartName(value: unknown): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*\.ndjson\.gz$/.test(String(value));
}

function areDistinct(parts: readonly Record<string, unknown>[]): boolean {
  const names = parts.flatMap((part) => [...PART_FILES, 'flights'].flatMap((kind) => part[kind] ?? []));
  return new Set(names).size === names.length;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isHex(value: unknown, digits: number): boolean {
  return typeof value === 'string' && value.length === digits && /^[\da-f]*$/.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? 'it is missing' : (JSON.stringify(value) ?? String(value)).slice(0, 100);
}
