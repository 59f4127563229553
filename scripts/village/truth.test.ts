/** The village's truth equals what the pipeline finds: every published table of a scan of it, cell by cell. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAIL_PORTS } from '../../pipeline/formats/ports.ts';
import type { ScanFile, Strategy } from '../../pipeline/formats/raw-record.ts';
import type { ResultTable, ResultValue } from '../../pipeline/formats/result-table.ts';
import { ingest } from '../../pipeline/ingest/index.ts';
import { queryAll } from '../../pipeline/query/index.ts';
import { readTargets, realWorld, SCAN_DEFAULTS, scan } from '../../pipeline/scan/index.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { startVillage, type VillageEndpoint } from './index.ts';
import { VILLAGE_PACE } from './pace.ts';
import { type TruthTable, truthTables } from './truth-tables.ts';

describe.each([
  { strategy: 'adaptive' as const, errors_before_giving_up: undefined },
  { strategy: 'exhaustive' as const, errors_before_giving_up: 2 },
])('the village, scanned with the $strategy strategy', ({ strategy, errors_before_giving_up }) => {
  const folder = temporaryFolder(`truth-${strategy}`);
  let found: Map<string, ResultTable>;
  let truth: Record<string, TruthTable>;

  beforeAll(async () => {
    const { file, endpoints } = await scanVillage(strategy, join(folder, 'raw'));
    const lake = join(folder, 'lake');
    await ingest({ from: 'native', inputs: [join(folder, 'raw')], lake });
    found = new Map((await queryAll({ lake })).map((table) => [table.name, table]));
    truth = truthTables(endpoints, {
      scan_id: file.scan_id,
      started_at: file.started_at,
      finished_at: file.finished_at!,
      offered: new Map(Object.entries(file.cipher_suites).map(([version, list]) => [Number(version), list])),
      ...(errors_before_giving_up === undefined ? {} : { errors_before_giving_up }),
    });
  });

  test('no table is without truth, and no truth without table', () => {
    expect([...found.keys()].sort()).toEqual(Object.keys(truth).sort());
  });

  test.each([
    'certificate_facts',
    'certificate_keys',
    'cipher_suites',
    'data_overview',
    'dh_group_sizes',
    'ecdh_curves',
    'endpoint_features',
    'hello_tolerance',
    'key_exchange',
    'mail_software',
    'port_overview',
    'refusals',
    'shared_primes',
    'tls13_chains',
    'top_certificates',
    'version_combinations',
    'version_only',
    'version_support',
  ])('%s', (name) => {
    const columns = found.get(name)!.columns.map((column) => column.name);
    expect(columns).toEqual(truth[name]!.columns);
    expect(comparable(columns, found.get(name)!.rows)).toEqual(comparable(columns, truth[name]!.rows));
    expect(found.get(name)!.rows.length).toBeGreaterThan(0);
  });
});

/** Rows as text, one a line, for a diff that can be read, without what is the scanner's affair. */
function comparable(columns: readonly string[], rows: readonly ResultValue[][]): string[] {
  const left = columns.map((name, index) => ({ name, index })).filter(({ name }) => !AFFAIR.has(name));
  return rows.map((row) => left.map(({ name, index }) => `${name}=${row[index]}`).join(' '));
}

/** How many handshakes were made, and how short a hello was. */
const AFFAIR: ReadonlySet<string> = new Set(['handshakes', 'shortest_hello']);

async function scanVillage(
  strategy: Strategy,
  out: string,
): Promise<{ file: ScanFile; endpoints: VillageEndpoint[] }> {
  const village = await startVillage();
  try {
    const targets = await readTargets(village.targetsCsv().split('\n'), {
      source: 'village',
      allow_reserved: true,
    });
    const file = await scan(
      {
        ...SCAN_DEFAULTS,
        ...VILLAGE_PACE,
        throttle: { ...VILLAGE_PACE.throttle, ...(strategy === 'exhaustive' && EXHAUSTIVE_PATIENCE) },
        targets,
        ports: MAIL_PORTS.map(({ port }) => port),
        out,
        strategy,
        timeouts: { ...SCAN_DEFAULTS.timeouts, connect_ms: 3000, greeting_ms: 3000, read_ms: 3000 },
        allow_reserved: true,
      },
      realWorld(),
    );
    return { file, endpoints: village.endpoints };
  } finally {
    await village.stop();
  }
}

/** The villager that throttles is asked some 1,600 questions then, 10 in 0.2 s. */
const EXHAUSTIVE_PATIENCE = { budget_ms: 50_000 };
