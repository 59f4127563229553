/** The study's own published patterns, through ingest and query: the shares that are known of them. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { describeWithShared } from '../../scripts/testing/shared-data.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import type { ResultTable } from '../formats/result-table.ts';
import { ingest } from '../ingest/index.ts';
import { queryAll } from './index.ts';

const PORTS = [25, 110, 143, 587];
const VERSIONS = ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1', 'TLSv1.2'];

/** Shares of TLS endpoints that accept each version, in %. */
const VERSION_SUPPORT: [number, string[]][] = [
  [25, ['47.44', '92.12', '99.80', '61.22', '61.26']],
  [110, ['3.28', '40.06', '99.92', '53.36', '53.39']],
  [143, ['4.10', '41.22', '99.89', '55.40', '55.44']],
  [587, ['17.61', '71.98', '99.91', '48.87', '47.61']],
];

describeWithShared('study-patterns', 'the patterns of 2015', (shared) => {
  const lake = join(temporaryFolder('study-lake'), 'lake');
  let tables: Map<string, ResultTable>;

  beforeAll(async () => {
    const inputs = PORTS.map((port) => join(shared, `pattern_${port}.csv`));
    await ingest({ from: 'study-patterns', inputs, lake, positions: join(shared, 'positions.csv') });
    tables = new Map((await queryAll({ lake })).map((table) => [table.name, table]));
  }, 300_000);

  const values = (table: string, column: string, where: Record<string, unknown>) => {
    const { columns, rows } = tables.get(table)!;
    const place = (name: string) => columns.findIndex((candidate) => candidate.name === name);
    return rows
      .filter((row) => Object.entries(where).every(([name, value]) => row[place(name)] === value))
      .map((row) => row[place(column)]);
  };

  test('the counts of the files: endpoints, handshakes, accepted and rejected', () => {
    const overview = (column: string) => values('data_overview', column, {})[0];
    expect(overview('endpoints')).toBe(5_170_818);
    expect(overview('offered')).toBe(2_849_120_718);
    expect(overview('accepted')).toBe(295_163_263);
    expect(overview('rejected')).toBe(2_849_120_718 - 295_163_263);
    expect(overview('errors')).toBe(0);
    expect(PORTS.flatMap((port) => values('port_overview', 'endpoints', { port }))).toEqual([
      1_221_682, 2_249_440, 652_879, 1_046_817,
    ]);
  });

  test.each(VERSION_SUPPORT)('version support on port %i', (port, percent) => {
    expect(values('version_support', 'version', { port })).toEqual(VERSIONS);
    const shares = values('version_support', 'share', { port }) as number[];
    expect(shares.map((share) => (100 * share).toFixed(2))).toEqual(percent);
  });

  // On the other ports the slides count endpoints with errors too, which the published patterns leave out.
  test('endpoints of port 25 bound to some versions, as published', () => {
    const percent = (version_set: string): number =>
      100 * (values('version_only', 'share', { port: 25, version_set })[0] as number);
    expect(percent('SSLv2 and SSLv3 only').toFixed(1)).toBe('0.2');
    expect(percent('TLSv1.0 upwards').toFixed(0)).toBe('8');
  });

  test('nothing confirms a no of the study, and each table says so of all its noes', () => {
    expect(values('data_overview', 'unconfirmed', {})).toEqual(values('data_overview', 'rejected', {}));
    for (const table of ['version_support', 'cipher_suites', 'key_exchange']) {
      const [endpoints, supporting] = ['endpoints', 'supporting'].map((name) => values(table, name, {}));
      const noes = endpoints!.map((all, row) => Number(all) - Number(supporting![row]));
      expect(values(table, 'unconfirmed', {}), table).toEqual(noes);
    }
    const unconfirmed = values('version_only', 'unconfirmed', {});
    expect(unconfirmed).toEqual(values('version_only', 'matching', {}));
  });

  test('every table that patterns have nothing for is empty and says why', () => {
    const empty = [
      ...['certificate_facts', 'certificate_keys', 'dh_group_sizes', 'ecdh_curves', 'endpoint_features'],
      ...[
        'mail_software',
        'shared_primes',
        'top_certificates',
        'refusals',
        'hello_tolerance',
        'tls13_chains',
      ],
    ];
    for (const [name, table] of tables) {
      expect(table.rows.length === 0, name).toBe(empty.includes(name));
      expect(table.empty_because === null, name).toBe(!empty.includes(name));
    }
  });
});
