/** The figures of `census lake info` against sums over the rows themselves. */
import { beforeAll, expect, test } from 'vitest';
import { askLake, sampleLake } from '../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { readManifest } from '../formats/lake-manifest.ts';
import { LAKE_FORMAT_VERSION } from '../formats/lake-tables.ts';
import { type LakeInfo, lakeInfo } from './lake-info.ts';

const folder = temporaryFolder('lake-info');
let lake: string;
let info: LakeInfo;

beforeAll(async () => {
  ({ lake } = await sampleLake(folder));
  info = await lakeInfo(lake);
});

test('bytes a handshake are of what they say', async () => {
  const [counts] = await askLake(
    lake,
    `select
    (select count(*) from FILES(handshakes) where error_kind is null) as accepted,
    (select sum(accepted + rejected + errors) from FILES(endpoint_versions)) as asked`,
  );
  const { accepted, asked, ...bytes } = info.handshakes;
  expect([accepted, asked]).toEqual([Number(counts!['accepted']), Number(counts!['asked'])]);
  const { files } = readManifest(lake);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  expect(info).toMatchObject({
    lake,
    format_version: LAKE_FORMAT_VERSION,
    files: files.length,
    bytes: total,
  });
  expect(bytes.lake_bytes_per_accepted).toBeCloseTo(total / accepted, 9);
  expect(bytes.lake_bytes_per_asked).toBeCloseTo(total / asked, 9);
  const own = info.tables.find(({ table }) => table === 'handshakes')!;
  expect(bytes.table_bytes_per_row).toBeCloseTo(own.bytes / own.rows, 9);
});

test('scans and tables', async () => {
  expect(info.scans).toEqual([
    {
      scan_id: readManifest(lake).files[0]!.scan_id,
      source: 'native',
      tool: 'mail-tls-census',
      tool_version: expect.stringMatching(/^\d/),
      strategy: 'adaptive',
      synthetic: false,
      started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      finished_at: expect.stringMatching(/Z$/),
      inputs: readManifest(lake).inputs.length,
      endpoints: 60,
      quarantined_lines: 0,
      bytes: info.bytes,
    },
  ]);
  for (const { table, rows } of info.tables) {
    const [count] = await askLake(lake, `select count(*) as rows from FILES(${table})`);
    expect(rows, table).toBe(Number(count!['rows']));
  }
});
