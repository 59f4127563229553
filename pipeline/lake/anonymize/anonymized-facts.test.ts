/** What a lake for sharing says is what its lake said: validity of certificates, and groups whose own line is missing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { askLake, copyOfLake, sampleLake, withEngine } from '../../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { readManifest } from '../../formats/lake-manifest.ts';
import { LakeWriter } from '../lake-writer.ts';
import { rowsOf } from '../table-rows.ts';
import { anonymizeLake } from './anonymize-lake.ts';

const folder = temporaryFolder('anonymized-facts');
const key = join(folder, 'key');
let sample: string;

beforeAll(async () => {
  sample = (await sampleLake(folder)).lake;
  writeFileSync(key, Buffer.alloc(32, 5));
});

test('a certificate that was valid at the scan is valid, one of an earlier month is expired', async () => {
  const [{ started_at }] = (await askLake(sample, 'select started_at from FILES(scans)')) as [
    { started_at: Date },
  ];
  const at = (months: number, day: number, hours: number): Date =>
    new Date(Date.UTC(started_at.getUTCFullYear(), started_at.getUTCMonth() + months, day, hours));
  const early = at(0, 1, 0);
  const late = new Date(at(1, 1, 0).getTime() - 1000);
  const cases = [
    { not_before: early, not_after: late, is: 'valid' },
    { not_before: started_at, not_after: started_at, is: 'valid' },
    { not_before: at(-3, 5, 1), not_after: at(-1, 28, 23), is: 'expired' },
    { not_before: at(1, 1, 0), not_after: at(5, 31, 7), is: 'not yet valid' },
    { not_before: early, not_after: new Date('9999-12-31T23:59:59Z'), is: 'valid' },
  ];
  for (const [place, { not_before, not_after, is }] of cases.entries()) {
    const lake = copyOfLake(sample, `dated-${place}`);
    const dated = `timestamp '${sqlTime(not_before)}' as not_before, timestamp '${sqlTime(not_after)}' as not_after`;
    await replaceTable(lake, 'certificates', (rows) => `(select * replace (${dated}) from ${rows})`);
    const shared = join(folder, `shared-${place}`);
    await anonymizeLake({ lake, key, out: shared });
    const judged = `select distinct case when not_after < started_at then 'expired'
      when not_before > started_at then 'not yet valid' else 'valid' end as is
      from FILES(certificates) join FILES(scans) using (scan_id)`;
    expect(await askLake(lake, judged)).toEqual([{ is }]);
    expect(await askLake(shared, judged)).toEqual([{ is }]);
    const [first] = await askLake(shared, 'select not_before, not_after from FILES(certificates) limit 1');
    const { not_before: from, not_after: to } = first as { not_before: Date; not_after: Date };
    expect([from.getUTCDate(), new Date(to.getTime() + 1000).getUTCDate()]).toEqual([1, 1]);
  }
});

test('flights keep a group whose own row is missing, under a pseudonym', async () => {
  const lake = copyOfLake(sample, 'without-groups');
  const groups =
    'select dh_group_id as id, count(*) as n from FILES(flights) where dh_group_id is not null group by 1';
  const before = await askLake(lake, groups);
  expect(before.length).toBeGreaterThan(1);
  for (const kept of [1, 0]) {
    await replaceTable(lake, 'dh_groups', (rows) => `(select * from ${rows} limit ${kept})`);
    const shared = join(folder, `shared-groups-${kept}`);
    await anonymizeLake({ lake, key, out: shared });
    const after = await askLake(shared, groups);
    expect(after.map(({ n }) => Number(n)).sort()).toEqual(before.map(({ n }) => Number(n)).sort());
    const ids = new Set(before.map(({ id }) => id));
    expect(after.filter(({ id }) => ids.has(id)).length).toBeLessThanOrEqual(kept);
  }
});

const sqlTime = (moment: Date): string => moment.toISOString().replace('Z', '');

/** Puts what `change` makes of a table's rows in their place. */
async function replaceTable(lake: string, table: string, change: (rows: string) => string): Promise<void> {
  const writer = new LakeWriter(lake);
  const files = readManifest(lake).files.filter((file) => file.table === table);
  try {
    await withEngine(async (connection) => {
      for (const file of files) await writer.write(connection, table, file, change(rowsOf(lake, [file])));
    });
    await writer.commit(
      files.map(({ scan_id, port }) => ({ table, scan_id, port })),
      [],
    );
  } finally {
    writer.close();
  }
}
