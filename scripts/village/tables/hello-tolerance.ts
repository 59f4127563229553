/**
 * The table hello_tolerance: no villager refuses a hello for its form. Who accepts nothing of TLS shows nothing of that. The
 * longest hello that is answered has the length that all are filled up to (docs/raw-record.md); how short others are is the
 * scanner's affair.
 */
import type { ResultValue } from '../../../pipeline/formats/result-table.ts';
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import { acceptedIn, byPort, isTls, share, type Villager, versionsAsked } from './answers.ts';

export function helloToleranceTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'hello_tolerance', TruthTable> {
  const rows = byPort(villagers.filter(isTls)).flatMap(([port, there]): ResultValue[][] => {
    const known = there.filter((villager) => highestOf(villager, scan) >= SSL3).length;
    if (known === 0) return [];
    const isPadded = there.some((villager) => highestOf(villager, scan) > SSL3);
    return [
      [
        ...[scan.scan_id, port, 'none', null, known, known, 0, null, null],
        ...[null, isPadded ? PADDED : null, there.length - known, share(known, known)],
      ],
    ];
  });
  return { hello_tolerance: { columns: COLUMNS, rows } };
}

/** The highest version of which something is accepted; 0 for none. */
function highestOf(villager: Villager, scan: ScanFacts): number {
  return Math.max(
    0,
    ...versionsAsked(scan).filter((version) => acceptedIn(villager, version, scan).length > 0),
  );
}

const SSL3 = 0x0300;
const PADDED = 1152;

const COLUMNS = [
  ...[
    'scan_id',
    'port',
    'feature',
    'extension',
    'endpoints',
    'matching',
    'silent',
    'least_value',
    'most_value',
  ],
  ...['shortest_hello', 'longest_hello', 'unknown', 'share'],
];
