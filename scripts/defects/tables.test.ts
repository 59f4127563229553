/**
 * Defective servers from the wire to the published tables: no record is set aside, what each server refuses is a row, its noes are
 * confirmed ones, and nobody who speaks a version counts as one who doesn't.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ingest } from '../../pipeline/ingest/index.ts';
import { queryAll } from '../../pipeline/query/index.ts';
import { realWorld, scan } from '../../pipeline/scan/index.ts';
import { LOCAL_OPTIONS, local, targetList } from '../../pipeline/scan/testing/scan-local.ts';
import { missingOpenssl } from '../peers/openssl.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { askLake } from '../testing/sample-lake.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type BackEnds, startBackEnds } from './back-ends.ts';
import { COMBINATIONS } from './combinations.ts';
import { type Front, startFront } from './front/front.ts';
import { PACE } from './run-combination.ts';

/** What the record of each says that the server refuses, by what. */
const DEFECTS: Record<string, string[]> = {
  'compression: alert 47': ['compression - alert 47'],
  'extension 22 (encrypt_then_mac): alert 110': ['extension 22 alert 110'],
  'extension 0 (server_name): alert 112': ['server_name - alert 112'],
  'more than 4 schemes: alert 40': ['signature_schemes 4 alert 40'],
  'more than 1000 bytes: alert 50': ['hello_bytes 1152 alert 50'],
  'more than 60 suites: close': ['cipher_suites 60 close'],
  'first 44 suites are read: alert 40': ['cipher_suites 44 alert 40'],
  'two back ends in turn: alert 70': [],
  'no name, of an address alone: alert 112': [],
};

describeUnless(missingOpenssl(), 'the tables of a scan of defective servers', () => {
  const folder = temporaryFolder('defect-tables');
  const lake = join(folder, 'lake');
  const fronts: Front[] = [];
  let back_ends: BackEnds;
  let tables: Map<string, Record<string, unknown>[]>;

  beforeAll(async () => {
    back_ends = await startBackEnds(folder);
    const targets = [];
    for (const name of Object.keys(DEFECTS)) {
      const { condition, answer } = COMBINATIONS.find((one) => one.name === name)!;
      const { translates, host } = condition;
      const ports = condition.back_ends.map((one) => back_ends.ports[one]);
      const front = await startFront({ judge: condition.judge(), answer, back_ends: ports, translates });
      fronts.push(front);
      targets.push(local(465, front.port, host ?? undefined));
    }
    const options = { ...LOCAL_OPTIONS, ...PACE, targets: targetList(targets), out: join(folder, 'raw') };
    await scan(options, realWorld());
    const [summary] = await ingest({ inputs: [join(folder, 'raw')], lake });
    expect(summary).toMatchObject({ quarantine: null, rows: { endpoints: fronts.length } });
    tables = new Map(
      (await queryAll({ lake })).map(({ name, columns, rows }) => [
        name,
        rows.map((row) => Object.fromEntries(columns.map((column, at) => [column.name, row[at]]))),
      ]),
    );
  });
  afterAll(async () => {
    for (const front of fronts) await front.close();
    await back_ends?.stop();
  });

  test('what each server refuses of a hello', async () => {
    const rows = await askLake(
      lake,
      `select connect_port, feature, value, refused_by, code from FILES(refused_hello_features) as refused
        join FILES(endpoints) as endpoints using (endpoint_id) order by all`,
    );
    const found = fronts.map(({ port }) =>
      rows
        .filter(({ connect_port }) => connect_port === port)
        .map(
          ({ feature, value, refused_by, code }) =>
            `${feature} ${value ?? '-'} ${refused_by}${code === null ? '' : ` ${code}`}`,
        ),
    );
    expect(Object.fromEntries(Object.keys(DEFECTS).map((name, at) => [name, found[at]]))).toEqual(DEFECTS);
    expect(tables.get('hello_tolerance')).toContainEqual(
      expect.objectContaining({ feature: 'compression', matching: 1, endpoints: fronts.length - 1 }),
    );
  });

  test('versions: all but the one that nothing is known of', () => {
    const known = fronts.length - 1;
    const support = Object.fromEntries(
      tables
        .get('version_support')!
        .map(({ version, endpoints, supporting, unknown, unconfirmed }) => [
          version,
          { endpoints, supporting, unknown, unconfirmed },
        ]),
    );
    const spoken = { endpoints: known, supporting: known, unknown: 1, unconfirmed: 0 };
    expect(support).toMatchObject({
      'TLSv1.0': spoken,
      'TLSv1.1': spoken,
      'TLSv1.2': spoken,
      'TLSv1.3': spoken,
    });
    expect(support).toMatchObject({
      SSLv3: { ...spoken, supporting: 0 },
      SSLv2: { ...spoken, supporting: 0 },
    });
  });

  test('refusals say how many are not confirmed, and the endpoint that contradicts itself is counted', () => {
    const rows = tables.get('refusals')!;
    const unconfirmed = rows.filter((row) => row['unconfirmed'] !== 0);
    expect(new Set(unconfirmed.map(({ refused_by, code }) => `${refused_by} ${code}`))).toEqual(
      new Set(['alert 112', 'alert 70']),
    );
    for (const row of unconfirmed) expect(row['unconfirmed']).toBe(1);
    expect(tables.get('port_overview')).toEqual([expect.objectContaining({ inconsistent: 1 })]);
  });
});
