/** The tables version_support, version_only and version_combinations, from the truth. */
import type { ResultValue } from '../../../pipeline/formats/result-table.ts';
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import {
  acceptedIn,
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

export function versionTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'version_support' | 'version_only' | 'version_combinations', TruthTable> {
  const ports = byPort(villagers.filter(isTls));
  return {
    version_support: {
      columns: SUPPORT_COLUMNS,
      rows: ports.flatMap(([port, there]) => supportRows(port, there, scan)),
    },
    version_only: {
      columns: ['scan_id', 'port', 'version_set', 'endpoints', 'matching', 'unconfirmed', 'share'],
      rows: ports.flatMap(([port, there]) => onlyRows(port, there, scan)),
    },
    version_combinations: {
      columns: ['scan_id', 'port', 'versions', 'endpoints', 'matching', 'unconfirmed', 'share'],
      rows: ports.flatMap(([port, there]) => combinationRows(port, there, scan)),
    },
  };
}

function supportRows(port: number, there: readonly Villager[], scan: ScanFacts): ResultValue[][] {
  return versionsAsked(scan).map((version) => {
    const known = there.filter((villager) => isKnown(villager, version)).length;
    const supporting = there.filter((villager) => acceptedIn(villager, version, scan).length > 0).length;
    const completed = there.filter((villager) => isCompleted(villager, version, scan)).length;
    const unknown = there.length - known;
    return [
      ...[scan.scan_id, port, versionName(version), known, supporting, 0, null, completed, 0, 0, unknown],
      ...[share(supporting, known), share(completed, completed)],
    ];
  });
}

/**
 * A real stack completes what Node's OpenSSL can: not SSL, and no Diffie-Hellman group below 1,024 bits. A scripted peer says
 * nothing after its flight: then it is not known.
 */
function isCompleted(villager: Villager, version: number, scan: ScanFacts): boolean {
  if (villager.endpoint.server.kind !== 'real') return false;
  return acceptedIn(villager, version, scan).some(({ dh }) => dh === null || dh.bits >= 1024);
}

/** Versions accepted, per villager of whom all is known. */
function profiles(there: readonly Villager[], scan: ScanFacts): number[][] {
  return there
    .filter((villager) => isKnownThroughout(villager, scan))
    .map((villager) =>
      versionsAsked(scan).filter((version) => acceptedIn(villager, version, scan).length > 0),
    );
}

function onlyRows(port: number, there: readonly Villager[], scan: ScanFacts): ResultValue[][] {
  const known = profiles(there, scan);
  return VERSION_SETS.map(([name, members]) => {
    const matching = known.filter((versions) => liesIn(versions, members)).length;
    return [scan.scan_id, port, name, known.length, matching, 0, share(matching, known.length)];
  });
}

/** Who accepts nothing at all is in no set. */
function liesIn(versions: readonly number[], members: readonly number[]): boolean {
  return versions.length > 0 && versions.every((version) => members.includes(version));
}

function combinationRows(port: number, there: readonly Villager[], scan: ScanFacts): ResultValue[][] {
  const known = profiles(there, scan).map((versions) => versions.map(versionName).join(' ') || 'none');
  return distinct(known)
    .map((versions) => ({ versions, matching: known.filter((other) => other === versions).length }))
    .sort((a, b) => b.matching - a.matching || byBytes(a.versions, b.versions))
    .map(({ versions, matching }) => [
      ...[scan.scan_id, port, versions, known.length, matching, 0],
      share(matching, known.length),
    ]);
}

/** A no of a villager of which all is known is confirmed, and nothing is inferred. */
const SUPPORT_COLUMNS = [
  ...['scan_id', 'port', 'version', 'endpoints', 'supporting', 'inferred', 'inferred_error'],
  ...['completed', 'not_completed', 'unconfirmed', 'unknown', 'share', 'completed_share'],
];

/** Sets that all the versions of an endpoint lie in. */
const VERSION_SETS: readonly [string, readonly number[]][] = [
  ['SSLv2 and SSLv3 only', [0x0002, 0x0300]],
  ['TLSv1.0 only', [0x0301]],
  ['TLSv1.1 and TLSv1.2 only', [0x0302, 0x0303]],
  ['TLSv1.0 upwards', [0x0301, 0x0302, 0x0303, 0x0304]],
  ['TLSv1.2 upwards', [0x0303, 0x0304]],
];
