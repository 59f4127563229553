/** A disk that is too small, or full in the middle: one line, and the lake is as it was. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../base/errors.ts';
import { packageRoot } from '../../base/package-root.ts';
import { readManifest } from '../../formats/lake-manifest.ts';
import { LAKE_FORMAT_VERSION } from '../../formats/lake-tables.ts';
import { ingest, ingestSources } from '../index.ts';
import { neededRoom } from './needed-room.ts';
import { nativeSource, readScanFolder } from './scan-folder.ts';

const folder = temporaryFolder('full-disk');
const sample = join(packageRoot, 'datasets/samples/village');

/** A disk of 320 KiB at `path`, where this may be done: by root only. */
function smallDisk(path: string): boolean {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=320k', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const disk = join(folder, 'disk');
const mounted = smallDisk(disk);
afterAll(() => void (mounted && execFileSync('umount', [disk])));

describe.skipIf(!mounted)('a small disk', () => {
  test('that is clearly too small is said before anything is written', async () => {
    const lake = join(disk, 'lake');
    const failure = await ingest({ from: 'native', inputs: [sample], lake }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(String(failure)).toMatch(
      /but only 1 MB are free; make room, or choose another --lake; nothing written$/,
    );
    expect(readdirSync(disk)).toEqual([]);
  });

  test('that is full in the middle leaves the lake as it was', async () => {
    const lake = join(disk, 'lake');
    mkdirSync(lake);
    writeFileSync(
      join(lake, 'manifest.json'),
      JSON.stringify({ format_version: LAKE_FORMAT_VERSION, inputs: [], files: [], quarantine: [] }),
    );
    const before = readFileSync(join(lake, 'manifest.json'), 'utf8');
    const source = nativeSource(readScanFolder(sample));
    // What fills the disk comes from its source: no estimate knows of it.
    const stage = async (out: string) => {
      writeFileSync(join(out, 'filler'), Buffer.alloc(400_000));
      return source.stage(out);
    };
    const failure = await ingestSources([{ ...source, stage }], { lake }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect(String(failure)).toMatch(/lake: the disk is full; the lake is as it was; make room/);
    expect(readFileSync(join(lake, 'manifest.json'), 'utf8')).toBe(before);
    expect(readdirSync(lake)).toEqual(['manifest.json']);
    expect(readManifest(lake).files).toEqual([]);
  });
});

test('a scan of some size says what it takes, a small one does not', () => {
  const part = (size: number) => {
    const path = join(folder, `part-${size}`);
    writeFileSync(path, '');
    execFileSync('truncate', ['-s', String(size), path]);
    return { endpoints: path, certificates: path, dh_groups: path, records: 1, is_whole: false };
  };
  expect(neededRoom(folder, [part(1000)])).toBeUndefined();
  expect(neededRoom(folder, [part(20_000_000)])).toMatch(
    /^60 MB of raw records: up to 60 MB of Parquet, .* are free$/,
  );
});
