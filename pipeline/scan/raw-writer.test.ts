/** Parts, scan.json and where to go on: what lies in the folder at each moment is whole and belongs together. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { fileSha256 } from '../base/files.ts';
import type { ScanFile } from '../formats/raw-record.ts';
import { dhGroupRecord } from './evidence.ts';
import { RawWriter, type WriterOptions } from './raw-writer.ts';
import type { PackedResult } from './running/packed-result.ts';
import type { ResumeState } from './running/resume-state.ts';

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'census-raw-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function result(endpoint_id: number): PackedResult {
  const group = dhGroupRecord(Uint8Array.of(23), Uint8Array.of(2));
  return {
    endpoint_id,
    outcome: 'error',
    handshakes: 3,
    throttled: false,
    inference_checks: [],
    record: `${JSON.stringify({ endpoint_id, target: 'x'.repeat(5000) })}\n`,
    certificates: new Map([['aa', Uint8Array.of(1, 2, 3)]]),
    dhGroups: new Map([[group.dh_group_id, group]]),
    flights: new Map([[`f${endpoint_id % 2}`, Uint8Array.of(4)]]),
  };
}

function writerIn(folder: string, options: Partial<WriterOptions> = {}, before?: ScanFile) {
  const written = { count: 0 };
  const writer = new RawWriter(
    { folder, endpoints_per_part: 100, part_ms: 60_000, keep_flights: false, ...options },
    {
      header: () => ({ scan_id: 's' }) as ScanFile,
      state: () => ({ scan_id: 's', next_place: written.count }) as ResumeState,
      inferenceStopped: () => false,
    },
    before,
  );
  const write = (endpoint_id: number) => {
    written.count++;
    return writer.write(result(endpoint_id));
  };
  return { writer, write };
}

const lines = (path: string) => gunzipSync(readFileSync(path)).toString().trimEnd().split('\n');
const scanFile = (folder: string): ScanFile => JSON.parse(readFileSync(join(folder, 'scan.json'), 'utf8'));
const END = '2026-01-01T00:00:00Z';

test('parts hold so many endpoints, and certificates and groups once each', async () => {
  await inFolder(async (folder) => {
    const { writer, write } = writerIn(folder);
    await Promise.all(Array.from({ length: 250 }, (_, index) => write(index)));
    expect(readdirSync(folder).some((name) => name.endsWith('.partial'))).toBe(true);
    const { parts } = await writer.finish(END);
    expect(parts.map((part) => part.records)).toEqual([100, 100, 50]);
    for (const part of parts) {
      for (const kind of ['endpoints', 'certificates', 'dh_groups'] as const) {
        expect(part.sha256?.[kind]).toBe(await fileSha256(join(folder, part[kind])));
      }
      expect(lines(join(folder, part.endpoints))).toHaveLength(part.records);
      expect(lines(join(folder, part.certificates))).toEqual(['{"sha256":"aa","der":"AQID"}']);
      expect(lines(join(folder, part.dh_groups))).toHaveLength(1);
      expect(part.flights).toBeNull();
    }
    expect(readdirSync(folder)).toHaveLength(parts.length * 3 + 1);
  });
});

test('a certificate that hashes like a group hides no group', async () => {
  await inFolder(async (folder) => {
    const { writer } = writerIn(folder, { keep_flights: true });
    const odd = result(1);
    const [id = ''] = odd.dhGroups.keys();
    const same = new Map([[id, Uint8Array.of(1)]]);
    await writer.write({ ...odd, certificates: same, flights: same });
    await writer.finish(END);
    const [part] = scanFile(folder).parts;
    for (const name of [part!.certificates, part!.dh_groups, part!.flights!]) {
      expect(lines(join(folder, name))).toHaveLength(1);
    }
  });
});

test('flights are kept where they are to be, each once a part', async () => {
  await inFolder(async (folder) => {
    const { writer, write } = writerIn(folder, { keep_flights: true });
    for (let index = 0; index < 5; index++) await write(index);
    const [part] = (await writer.finish(END)).parts;
    expect(lines(join(folder, part!.flights!)).sort()).toEqual([
      '{"sha256":"f0","bytes":"BA=="}',
      '{"sha256":"f1","bytes":"BA=="}',
    ]);
  });
});

test('the same results give the same bytes', async () => {
  const bytes: Buffer[] = [];
  for (const _ of [1, 2]) {
    await inFolder(async (folder) => {
      const { writer, write } = writerIn(folder);
      for (let index = 0; index < 5; index++) await write(index);
      const { parts } = await writer.finish(END);
      bytes.push(readFileSync(join(folder, parts[0]!.endpoints)));
    });
  }
  expect(bytes[0]!.equals(bytes[1]!)).toBe(true);
});

test('while the scan goes on scan.json names whole parts, and one file says where to go on after them', async () => {
  await inFolder(async (folder) => {
    const { writer, write } = writerIn(folder, { endpoints_per_part: 2 });
    writer.begin();
    for (let index = 0; index <= 5; index++) {
      const { parts, counts, finished_at } = scanFile(folder);
      expect(finished_at).toBeNull();
      expect(parts.map((part) => part.records)).toEqual(Array.from({ length: index >> 1 }, () => 2));
      expect(counts).toMatchObject({ endpoints: 2 * parts.length, handshakes: 6 * parts.length });
      const states = readdirSync(folder).filter((name) => name.startsWith('resume-'));
      expect(states).toEqual([`resume-0000${parts.length}.json`]);
      const state: ResumeState = JSON.parse(readFileSync(join(folder, states[0]!), 'utf8'));
      expect(state.next_place).toBe(2 * parts.length);
      await write(index);
    }
    expect((await writer.finish(END)).counts.endpoints).toBe(6);
    expect(readdirSync(folder).filter((name) => name.startsWith('resume-'))).toEqual([]);
  });
});

test('many results at once: parts become whole in their order', async () => {
  await inFolder(async (folder) => {
    const { writer, write } = writerIn(folder, { endpoints_per_part: 3 });
    await Promise.all(Array.from({ length: 30 }, (_, index) => write(index)));
    const { parts } = await writer.finish(null);
    expect(parts.map((part) => part.endpoints)).toEqual(parts.map((part) => part.endpoints).sort());
    const ids = parts.flatMap((part) =>
      lines(join(folder, part.endpoints)).map((line) => JSON.parse(line).endpoint_id),
    );
    expect(ids).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });
});

test('a part is closed after its time, even where nothing more comes', async () => {
  await inFolder(async (folder) => {
    const { writer, write } = writerIn(folder, { part_ms: 50 });
    writer.begin();
    await write(1);
    for (let tries = 0; scanFile(folder).parts.length === 0; tries++) {
      expect(tries).toBeLessThan(500);
      await sleep(20);
    }
    await writer.finish(END);
    expect(scanFile(folder).parts).toHaveLength(1);
  });
});

test('a scan that is gone on with begins its parts behind those that are there', async () => {
  await inFolder(async (folder) => {
    const first = writerIn(folder);
    await first.write(1);
    const before = await first.writer.finish(null);
    const second = writerIn(folder, {}, before);
    await second.write(2);
    const { parts, counts } = await second.writer.finish(END);
    expect(parts[0]).toEqual(before.parts[0]);
    expect(parts.map((part) => part.endpoints)).toEqual([
      'endpoints-00000.ndjson.gz',
      'endpoints-00001.ndjson.gz',
    ]);
    expect(counts).toMatchObject({ endpoints: 2, handshakes: 6, outcomes: { error: 2 } });
  });
});

test('what cannot be written ends it, and scan.json stays as it was', async () => {
  await inFolder(async (folder) => {
    const { writer, write } = writerIn(folder, { endpoints_per_part: 1 });
    writer.begin();
    await write(1);
    const before = scanFile(folder);
    expect(before.parts).toHaveLength(1);
    mkdirSync(join(folder, 'endpoints-00001.ndjson.gz.partial'));
    await expect(write(2)).rejects.toThrow('EISDIR');
    await expect(writer.finish(END)).rejects.toThrow('EISDIR');
    expect(scanFile(folder)).toEqual(before);
    expect(readdirSync(folder)).toContain('resume-00001.json');
  });
});
