/** The tables data_overview and port_overview, from the truth. */
import { sha256Hex } from '../../../pipeline/base/hex.ts';
import type { ResultValue } from '../../../pipeline/formats/result-table.ts';
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import {
  acceptedIn,
  acceptedSuites,
  byPort,
  type Counts,
  countsOf,
  distinct,
  isTls,
  outcomeOf,
  share,
  sum,
  type Villager,
  versionsAsked,
} from './answers.ts';

export function overviewTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'data_overview' | 'port_overview', TruthTable> {
  return {
    data_overview: { columns: DATA_COLUMNS, rows: [dataRow(villagers, scan)] },
    port_overview: {
      columns: PORT_COLUMNS,
      rows: byPort(villagers).map(([port, there]) => portRow(port, there, scan)),
    },
  };
}

function dataRow(villagers: readonly Villager[], scan: ScanFacts): ResultValue[] {
  const counts = villagers.flatMap((villager) =>
    versionsAsked(scan).map((version) => countsOf(villager, version, scan)),
  );
  const total = (name: keyof Counts) => sum(counts.map((count) => count[name]));
  const asked = total('offered') - total('not_tested');
  const suites = villagers.flatMap((villager) => acceptedSuites(villager, scan));
  return [
    ...[scan.scan_id, scan.started_at, scan.finished_at],
    ...[villagers.length, villagers.filter(isTls).length, scan.handshakes ?? null],
    ...[total('offered'), total('accepted'), total('rejected'), 0],
    ...[total('errors'), total('not_tested'), 0, null],
    ...[share(total('accepted'), asked), share(total('rejected'), asked), share(total('errors'), asked)],
    distinct(suites.flatMap((suite) => suite.chain ?? [])).length,
    distinct(suites.flatMap((suite) => (suite.dh ? [sha256Hex(Buffer.from(suite.dh.hex, 'hex'))] : [])))
      .length,
  ];
}

function portRow(port: number, there: readonly Villager[], scan: ScanFacts): ResultValue[] {
  const { protocol, tls_mode } = there[0]!.endpoint;
  const tls = there.filter(isTls).length;
  const having = (outcome: string) =>
    there.filter((villager) => outcomeOf(villager, scan) === outcome).length;
  // With implicit TLS nothing is said before TLS: nobody can be asked.
  const plaintext = tls_mode === 'implicit' ? null : there.filter(({ truth }) => truth.plaintext_auth).length;
  // No villager answers the same question in two ways; who accepts nothing of TLS could not be seen to.
  const isLookedAt = there.some((villager) =>
    versionsAsked(scan).some((version) => version > SSL2 && acceptedIn(villager, version, scan).length > 0),
  );
  return [
    ...[scan.scan_id, port, protocol, tls_mode, there.length],
    ...[
      tls,
      having('tls_rejected'),
      isLookedAt ? 0 : null,
      having('no_starttls'),
      having('error'),
      plaintext,
    ],
    share(tls, there.length - having('error')),
  ];
}

const SSL2 = 0x0002;

const DATA_COLUMNS = [
  ...['scan_id', 'started_at', 'finished_at', 'endpoints', 'tls_endpoints', 'handshakes'],
  ...['offered', 'accepted', 'rejected', 'unconfirmed', 'errors', 'not_tested', 'inferred', 'inferred_error'],
  ...['accepted_share', 'rejected_share', 'error_share', 'certificates', 'dh_primes'],
];

const PORT_COLUMNS = [
  ...[
    'scan_id',
    'port',
    'protocol',
    'tls_mode',
    'endpoints',
    'tls_endpoints',
    'rejecting_all',
    'inconsistent',
    'no_starttls',
  ],
  ...['errors', 'plaintext_auth', 'tls_share'],
];
