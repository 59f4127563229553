import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { UsageError } from '../base/errors.ts';
import type { EndpointRecord, ScanFile } from '../formats/raw-record.ts';
import type { EndpointResult } from './endpoint.ts';
import { dhGroupRecord } from './evidence.ts';
import { RawWriter } from './raw-writer.ts';

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'census-raw-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function result(endpoint_id: number): EndpointResult {
  const group = dhGroupRecord(Uint8Array.of(23), Uint8Array.of(2));
  return {
    record: {
      endpoint_id,
      target: 'x'.repeat(5000),
      outcome: 'error',
      versions: [] as unknown,
    } as EndpointRecord,
    certificates: new Map([['aa', Uint8Array.of(1, 2, 3)]]),
    dhGroups: new Map([[group.dh_group_id, group]]),
  };
}

const lines = (path: string) => gunzipSync(readFileSync(path)).toString().trimEnd().split('\n');
const asScan = (parts: ScanFile['parts']) => ({ parts }) as ScanFile;

test('parts hold so many endpoints, and certificates and groups once each', async () => {
  await inFolder(async (folder) => {
    const writer = new RawWriter(folder, 100);
    await Promise.all(Array.from({ length: 250 }, (_, index) => writer.write(result(index))));
    expect(readdirSync(folder).some((name) => name.endsWith('.partial'))).toBe(true);
    const { parts } = await writer.finish(asScan);
    expect(parts.map((part) => part.records)).toEqual([100, 100, 50]);
    for (const part of parts) {
      expect(lines(join(folder, part.endpoints))).toHaveLength(part.records);
      expect(lines(join(folder, part.certificates))).toEqual(['{"sha256":"aa","der":"AQID"}']);
      expect(lines(join(folder, part.dh_groups))).toHaveLength(1);
    }
    expect(readdirSync(folder)).toHaveLength(parts.length * 3 + 1);
  });
});

test('the same results give the same bytes', async () => {
  const bytes: Buffer[] = [];
  for (const _ of [1, 2]) {
    await inFolder(async (folder) => {
      const writer = new RawWriter(folder, 10);
      for (let index = 0; index < 5; index++) await writer.write(result(index));
      const { parts } = await writer.finish(asScan);
      bytes.push(readFileSync(join(folder, parts[0]!.endpoints)));
    });
  }
  expect(bytes[0]!.equals(bytes[1]!)).toBe(true);
});

test('a folder that holds a scan is refused and left as it is', async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'scan.json'), 'mine');
    expect(() => new RawWriter(folder, 10)).toThrow(UsageError);
    expect(readdirSync(folder)).toEqual(['scan.json']);
  });
});

test('a folder that cannot be made is the operator’s matter', async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => new RawWriter(join(folder, 'file', 'raw'), 10)).toThrow(UsageError);
  });
});

test('scan.json names the parts that are whole while the scan goes on', async () => {
  await inFolder(async (folder) => {
    const unfinished = (parts: ScanFile['parts'], counts: ScanFile['counts']) =>
      ({ parts, counts }) as ScanFile;
    const writer = new RawWriter(folder, 2, unfinished);
    for (let index = 0; index < 5; index++) await writer.write(result(index));
    const file: ScanFile = JSON.parse(readFileSync(join(folder, 'scan.json'), 'utf8'));
    expect(file.parts.map((part) => part.records)).toEqual([2, 2]);
    expect(file.counts).toMatchObject({ endpoints: 4, outcomes: { error: 4 } });
    for (const part of file.parts) expect(lines(join(folder, part.endpoints))).toHaveLength(2);
    expect((await writer.finish(unfinished)).counts.endpoints).toBe(5);
  });
});

test.each(['endpoints-00000.ndjson.gz', 'certificates-00003.ndjson.gz.partial'])(
  'a folder that holds %s of another scan is refused',
  async (name) => {
    await inFolder(async (folder) => {
      writeFileSync(join(folder, name), 'mine');
      expect(() => new RawWriter(folder, 10)).toThrow(UsageError);
      expect(readFileSync(join(folder, name), 'utf8')).toBe('mine');
    });
  },
);
