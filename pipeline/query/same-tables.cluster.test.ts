/**
 * Every file of queries/ gives the same rows on DuckDB and on a Trino cluster of three processes: in the same order, with the
 * documented types, counts and texts alike, shares within 1e-12. Nobody lists the modules: a new one is compared too.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterAddress } from '../../scripts/cluster/trino-cluster.ts';
import { scanWithoutRows, scanWithoutTls } from '../../scripts/testing/bare-lakes.ts';
import { describeWithCluster, trinoOn } from '../../scripts/testing/describe-with-cluster.ts';
import { registerOn } from '../../scripts/testing/register-on.ts';
import { sampleLake } from '../../scripts/testing/sample-lake.ts';
import { describeWithShared } from '../../scripts/testing/shared-data.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { packageRoot } from '../base/package-root.ts';
import type { ResultTable } from '../formats/result-table.ts';
import { ingest } from '../ingest/index.ts';
import { lakeOfLines, toldLines } from '../ingest/native/sample-formats.fixture.ts';
import { type OpenLake, openLake, readModules } from './index.ts';

const modules = readModules();
const folder = temporaryFolder('same-tables');

/** What makes each lake; that of the study is made where its data is. */
const LAKES: [name: string, make: () => Promise<string>][] = [
  ['village', async () => (await sampleLake(folder)).lake],
  [
    'two_scans',
    async () => {
      const { lake } = await sampleLake(join(folder, 'two'));
      const grabs = ['zgrab2', 'tlsx'].map((name) =>
        join(packageRoot, `scripts/fuzz/samples/${name}.ndjson`),
      );
      await ingest({ inputs: grabs, lake });
      return lake;
    },
  ],
  ['told', () => lakeOfLines(temporaryFolder('told'), toldLines(), 4)],
  ['without_rows', () => scanWithoutRows(join(folder, 'without-rows'))],
  ['without_tls', () => scanWithoutTls(join(folder, 'without-tls'))],
];
async function studyLake(patterns: string): Promise<string> {
  const lake = join(folder, 'study');
  const inputs = [25, 110, 143, 587].map((port) => join(patterns, `pattern_${port}.csv`));
  await ingest({ from: 'study-patterns', inputs, lake, positions: join(patterns, 'positions.csv') });
  return lake;
}

describeWithCluster('DuckDB and Trino', (cluster) => {
  for (const [name, make] of LAKES) describe(name, () => compare(cluster, name, make));

  describeWithShared('study-patterns', 'study', (patterns) => {
    compare(cluster, 'study', () => studyLake(patterns));
  });
});

function compare(cluster: ClusterAddress, name: string, make: () => Promise<string>): void {
  let lakes: Record<'here' | 'cluster', OpenLake>;

  beforeAll(async () => {
    const lake = await make();
    const trino = trinoOn(cluster, `same_${name}`);
    await registerOn(lake, trino);
    lakes = { here: await openLake({ lake }), cluster: await openLake({ lake, trino }) };
  });

  afterAll(() => {
    lakes?.here.close();
    lakes?.cluster.close();
  });

  test.each(modules)(
    '$name',
    async (module) => {
      const here = await lakes.here.run(module);
      const there = await lakes.cluster.run(module);
      expectSame(there, here);
    },
    300_000,
  );
}

function expectSame(there: ResultTable, here: ResultTable): void {
  expect({ ...there, rows: there.rows.length }).toEqual({ ...here, rows: here.rows.length });
  for (const [index, row] of here.rows.entries()) {
    const other = there.rows[index]!;
    for (const [place, { name, type }] of here.columns.entries()) {
      const [expected, found] = [row[place], other[place]];
      const where = `${here.name}, row ${index}, ${name}`;
      if (type !== 'double' || expected === null || found === null) expect(found, where).toBe(expected);
      else expect(Math.abs(Number(found) - Number(expected)), where).toBeLessThanOrEqual(1e-12);
    }
  }
}
