/** The tables cipher_suites and key_exchange, from the truth; names and key exchanges are the dataset's. */
import { cipherSuites } from '../../../pipeline/formats/datasets.ts';
import type { ResultValue } from '../../../pipeline/formats/result-table.ts';
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import {
  acceptedIn,
  acceptedSuites,
  ascending,
  byBytes,
  byPort,
  distinct,
  isKnown,
  isKnownThroughout,
  isTls,
  share,
  type Villager,
  versionName,
  versionsAsked,
} from './answers.ts';

export function suiteTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'cipher_suites' | 'key_exchange', TruthTable> {
  const ports = byPort(villagers.filter(isTls));
  return {
    cipher_suites: {
      columns: [
        ...['scan_id', 'port', 'version', 'code', 'cipher_suite', 'key_exchange', 'export'],
        ...COUNTS,
      ],
      rows: ports.flatMap(([port, there]) =>
        versionsAsked(scan).flatMap((version) => suiteRows(port, version, there, scan)),
      ),
    },
    key_exchange: {
      columns: ['scan_id', 'port', 'key_exchange', ...COUNTS],
      rows: ports.flatMap(([port, there]) => keyExchangeRows(port, there, scan)),
    },
  };
}

function suiteRows(
  port: number,
  version: number,
  there: readonly Villager[],
  scan: ScanFacts,
): ResultValue[][] {
  const complete = there.filter((villager) => isKnown(villager, version));
  const acceptedBy = (some: readonly Villager[]): number[] =>
    some.flatMap((villager) => acceptedIn(villager, version, scan)).map((suite) => suite.code);
  const counted = acceptedBy(complete);
  return distinct(acceptedBy(there))
    .sort(ascending)
    .map((code) => {
      const { name, key_exchange, export: grade } = suiteOf(code);
      const supporting = counted.filter((other) => other === code).length;
      return [
        ...[scan.scan_id, port, versionName(version), code, name, key_exchange, grade],
        ...[complete.length, supporting, 0, null, 0, there.length - complete.length],
        share(supporting, complete.length),
      ];
    });
}

/** Only who answered everything is counted, for a yes as for a no; what others accept is named all the same. */
function keyExchangeRows(port: number, there: readonly Villager[], scan: ScanFacts): ResultValue[][] {
  const complete = there.filter((villager) => isKnownThroughout(villager, scan));
  const methods = distinct(there.flatMap((villager) => [...methodsOf(villager, scan)]));
  return methods.sort(byBytes).map((method) => {
    const supporting = complete.filter((villager) => methodsOf(villager, scan).has(method)).length;
    return [
      ...[scan.scan_id, port, method],
      ...[complete.length, supporting, 0, null, 0, there.length - complete.length],
      share(supporting, complete.length),
    ];
  });
}

function methodsOf(villager: Villager, scan: ScanFacts): Set<string> {
  return new Set(
    acceptedSuites(villager, scan).map(({ code }) => {
      const suite = suiteOf(code);
      return suite.export ? `${suite.key_exchange}_EXPORT` : suite.key_exchange;
    }),
  );
}

/** A no of a villager that answered everything is confirmed, and nothing is inferred. */
const COUNTS = [
  ...['endpoints', 'supporting', 'inferred', 'inferred_error', 'unconfirmed', 'unknown', 'share'],
];

function suiteOf(code: number) {
  const suite = cipherSuites().find((candidate) => candidate.code === code);
  if (!suite) throw new Error(`suite ${code} is not in the dataset`);
  return suite;
}
