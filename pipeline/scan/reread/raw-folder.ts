/** A folder of raw records with flights → its scan.json and lines, as far as rereading relies on them, checked. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { RecordError, recordOfLine } from '../../formats/packed-record.ts';
import type { EndpointRecord, FlightRecord, HandshakeRecord, ScanFile } from '../../formats/raw-record.ts';
import { checkScanFile } from '../../formats/scan-file.ts';

export type RawPart = ScanFile['parts'][number];

/** scan.json of `folder`. UsageError where it is none, lacks a part, or kept no flights. */
export function readRawFolder(folder: string): ScanFile {
  const path = join(folder, 'scan.json');
  if (!existsSync(path)) {
    throw new UsageError(
      `${folder} holds no scan: it has no scan.json; name a folder that census scan wrote`,
    );
  }
  const checked = checkScanFile(parse(path));
  if ('problem' in checked) throw new UsageError(`${path} ${checked.problem}; nothing written`);
  const { scan } = checked;
  for (const part of scan.parts) for (const name of filesOf(part)) checkThere(folder, name, path);
  if (scan.parts.every(({ flights }) => !flights)) {
    throw new UsageError(
      `${folder} kept no flights: nothing to read again; scan with --keep-flights for that`,
    );
  }
  return scan;
}

/** What of a line of endpoints is relied on here. UsageError where it isn't so. */
export function asEndpoint(value: unknown, where: string): EndpointRecord {
  const record = unpacked(value, where);
  const { handshakes, chains } = record;
  if (!handshakes.every(isHandshake) || !chains.every(isChain) || !areShown(record)) {
    throw new UsageError(`${where}, is no endpoint record; nothing written`);
  }
  return record;
}

function unpacked(value: unknown, where: string): EndpointRecord {
  try {
    return recordOfLine(value);
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new UsageError(`${where}, ${error.message}; nothing written`);
  }
}

/** A line of flights as its hash and bytes. UsageError where it is none. */
export function asFlight(value: unknown, where: string): { sha256: string; bytes: Uint8Array } {
  const { sha256, bytes } = asObject(value, where) as Partial<FlightRecord>;
  if (typeof sha256 !== 'string' || typeof bytes !== 'string') {
    throw new UsageError(`${where}, is no flight; nothing written`);
  }
  return { sha256, bytes: Buffer.from(bytes, 'base64') };
}

/** A line as an object with `id`, a text. UsageError where it isn't. */
export function asNamed(value: unknown, id: string, where: string): string {
  const name = asObject(value, where)[id];
  if (typeof name !== 'string') throw new UsageError(`${where}, has no ${id}; nothing written`);
  return name;
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new UsageError(`${path} is no JSON; nothing written`);
  }
}

function filesOf({ endpoints, certificates, dh_groups, flights }: RawPart): string[] {
  return [endpoints, certificates, dh_groups, ...(flights ? [flights] : [])];
}

function checkThere(folder: string, name: string, path: string): void {
  if (existsSync(join(folder, name))) return;
  throw new UsageError(`${join(folder, name)}, a part that ${path} names, is missing; nothing written`);
}

function isHandshake(value: unknown): boolean {
  const { version, cipher_suite, outcome, flight_sha256, chain_id } = fieldsOf<HandshakeRecord>(value);
  return (
    typeof version === 'number' &&
    (cipher_suite === null || typeof cipher_suite === 'number') &&
    (outcome === 'accepted' || outcome === 'error') &&
    (flight_sha256 === null || typeof flight_sha256 === 'string') &&
    (chain_id === null || typeof chain_id === 'string')
  );
}

function isChain(value: unknown): boolean {
  const { chain_id, certificates } = fieldsOf<EndpointRecord['chains'][number]>(value);
  return (
    typeof chain_id === 'string' &&
    isList(certificates) &&
    certificates.every((one) => typeof one === 'string')
  );
}

/** Whether each chain that a handshake shows is among the record's: a packed line can't say it otherwise. */
function areShown({ handshakes, chains }: EndpointRecord): boolean {
  const known = new Set<string | null>([null, ...chains.map(({ chain_id }) => chain_id)]);
  return handshakes.every(({ chain_id }) => known.has(chain_id));
}

function fieldsOf<T>(value: unknown): Partial<Record<keyof T, unknown>> {
  return typeof value === 'object' && value !== null ? value : {};
}

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !isList(value)) return value as Record<string, unknown>;
  throw new UsageError(`${where}, is no object; nothing written`);
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}
