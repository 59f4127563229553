/** What a lake's views take scan and port from, whatever the lake's folder is called; and which manifests are refused. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../../base/errors.ts';
import { packageRoot } from '../../base/package-root.ts';
import type { LakeFile, LakeManifest } from '../../formats/lake-manifest.ts';
import { ingest } from '../../ingest/index.ts';
import { chooseModules, openLake, queryAll } from '../index.ts';

const folder = temporaryFolder('lake-views');
const lake = join(folder, 'lake');

beforeAll(async () => {
  await ingest({ from: 'native', inputs: [join(packageRoot, 'datasets/samples/village')], lake });
});

test.each(['port=99', 'scan_id=x/port=7', 'a[b]*?', "it's"])(
  'a lake below %s gives the same tables',
  async (name) => {
    const elsewhere = join(folder, name, 'lake');
    mkdirSync(join(folder, name), { recursive: true });
    cpSync(lake, elsewhere, { recursive: true });
    expect(await queryAll({ lake: elsewhere })).toEqual(await queryAll({ lake }));
  },
);

describe('a manifest that no ingest wrote is one line for the operator', () => {
  test.each<[string, (manifest: LakeManifest) => unknown, RegExp]>([
    ['no list', () => 'many', /files is no list/],
    ['an entry that is null', () => [null], /no ingest writes, null/],
    ['a path that leads out', changed({ path: '../part-0123456789abcdef.parquet' }), /no ingest writes/],
    ['a path with a pattern', changed({ path: 'endpoints/*/*/*.parquet' }), /no ingest writes/],
    ['another scan than its path', changed({ scan_id: 'other' }), /no ingest writes/],
    ['a scan that leads out', changed({ scan_id: '..' }), /no ingest writes/],
    ['another port than its path', changed({ port: 9 }), /no ingest writes/],
    ['a table that is none', changed({ table: 'users' }), /no ingest writes/],
  ])('%s', async (name, files, message) => {
    const broken = join(folder, name);
    cpSync(lake, broken, { recursive: true });
    const path = join(broken, 'manifest.json');
    const manifest: LakeManifest = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...manifest, files: files(manifest) }));
    const failure = await openLake({ lake: broken }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toContain('\n');
  });
});

test('a lake whose files are replaced after it was opened says so', async () => {
  const replaced = join(folder, 'replaced');
  cpSync(lake, replaced, { recursive: true });
  const open = await openLake({ lake: replaced });
  try {
    rmSync(join(replaced, 'endpoints'), { recursive: true });
    const [module] = chooseModules(['port_overview']);
    const out = join(folder, 'port_overview.parquet');
    for (const work of [() => open.run(module!), () => open.writeParquet(module!, out)]) {
      const failure = await work().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(UsageError);
      expect((failure as Error).message).toBe(
        `${replaced}: the lake was changed while it was read; run it again`,
      );
    }
  } finally {
    open.close();
  }
});

/** The manifest's files, the first of endpoints changed. */
function changed(to: Partial<LakeFile>): (manifest: LakeManifest) => LakeFile[] {
  return ({ files }) => {
    const first = files.findIndex((file) => file.table === 'endpoints');
    return files.with(first, { ...files[first]!, ...to });
  };
}
