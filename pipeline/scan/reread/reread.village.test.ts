/** A scan of the village that keeps flights, all probes asked: read again, it says the same in every handshake. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startVillage, type Village } from '../../../scripts/village/index.ts';
import { sha256Hex } from '../../base/hex.ts';
import { type PackedRecord, unpackRecord } from '../../formats/packed-record.ts';
import type { FlightRecord, ScanFile } from '../../formats/raw-record.ts';
import { PROBES, readTargets, realWorld, scan } from '../index.ts';
import { LOCAL_OPTIONS } from '../testing/scan-local.ts';
import { reread } from './reread.ts';

let village: Village;
let folder: string;
let file: ScanFile;
const raw = () => join(folder, 'raw');
const out = () => join(folder, 'out');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'census-reread-'));
  village = await startVillage();
  const [header, ...rows] = village.targetsCsv().split('\n');
  const some = rows.filter((_, index) => index % 3 === 0);
  const targets = await readTargets([header!, ...some], { source: 'village', allow_reserved: true });
  const timeouts = { connect_ms: 2000, read_ms: 2500, endpoint_ms: 60_000 };
  const probes = PROBES.map(({ name }) => name);
  const options = { ...LOCAL_OPTIONS, targets, out: raw(), keep_flights: true, probes, timeouts };
  file = await scan(options, realWorld());
});

afterAll(async () => {
  await village.stop();
  rmSync(folder, { recursive: true });
});

const linesOf = <T>(path: string): T[] =>
  gunzipSync(readFileSync(path))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('each accepted handshake has its flight, each flight its hash', () => {
  for (const part of file.parts) {
    const records = linesOf<PackedRecord>(join(raw(), part.endpoints)).map(unpackRecord);
    const flights = linesOf<FlightRecord>(join(raw(), part.flights!));
    for (const { sha256, bytes } of flights) expect(sha256Hex(Buffer.from(bytes, 'base64'))).toBe(sha256);
    const known = new Set(flights.map(({ sha256 }) => sha256));
    expect(known.size).toBe(flights.length);
    const accepted = records
      .flatMap(({ handshakes }) => handshakes)
      .filter((one) => one.outcome === 'accepted');
    expect(accepted.length).toBeGreaterThan(100);
    expect(accepted.filter(({ flight_sha256 }) => !known.has(flight_sha256!))).toEqual([]);
  }
});

test('read again, all agree, and the parts are the same', async () => {
  const counts = await reread(raw(), out());
  expect(Object.fromEntries(counts.fields)).toEqual({});
  expect(counts.agreed).toBeGreaterThan(100);
  expect(counts).toMatchObject({ endpoints: file.counts.endpoints, differed: 0 });
  for (const part of file.parts) {
    for (const name of [part.endpoints, part.certificates, part.dh_groups, part.flights!]) {
      const [before, after] = [raw(), out()].map((where) => gunzipSync(readFileSync(join(where, name))));
      expect(after!.equals(before!), name).toBe(true);
    }
  }
});
