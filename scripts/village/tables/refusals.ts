/** The table refusals, from how villagers refuse. */
import { cipherSuites } from '../../../pipeline/formats/datasets.ts';
import type { ResultValue } from '../../../pipeline/formats/result-table.ts';
import { type RefusalWay, refusalWay } from '../refusal-truth.ts';
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import {
  acceptedIn,
  byBytes,
  byPort,
  distinct,
  isKnown,
  isTls,
  share,
  sum,
  type Villager,
  versionName,
  versionsAsked,
} from './answers.ts';

export function refusalTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'refusals', TruthTable> {
  const rows = byPort(villagers.filter(isTls)).flatMap(([port, there]) =>
    versionsAsked(scan).flatMap((version) => versionRows(port, version, there, scan)),
  );
  return { refusals: { columns: COLUMNS, rows } };
}

/** Suites that one villager refuses in one way. */
interface Refused extends RefusalWay {
  cipher_suites: number;
  confirmed: boolean;
}

function versionRows(
  port: number,
  version: number,
  there: readonly Villager[],
  scan: ScanFacts,
): ResultValue[][] {
  const all = there.map((villager) => refusedBy(villager, version, scan)).filter(({ length }) => length > 0);
  return distinct(all.flat().map(wayOf))
    .map((way) => all.flat().filter((one) => wayOf(one) === way))
    .sort(inOrder)
    .map((refused) => {
      const { by, code } = refused[0]!;
      const unconfirmed = refused.filter(({ confirmed }) => !confirmed);
      return [
        ...[scan.scan_id, port, versionName(version), by, code, answerOf({ by, code })],
        ...[all.length, refused.length, unconfirmed.length],
        ...[suitesOf(refused), suitesOf(unconfirmed), share(refused.length, all.length)],
      ];
    });
}

/**
 * Offered together, what is refused is refused in one way. One suite a hello: those that a lower version takes get that
 * version; what the registry has for other versions is offered together all the same.
 */
function refusedBy(villager: Villager, version: number, scan: ScanFacts): Refused[] {
  const accepted = acceptedIn(villager, version, scan).map(({ code }) => code);
  const open = scan.offered.get(version)!.filter((suite) => !accepted.includes(suite));
  const isTogether = (suite: number) => scan.errors_before_giving_up === undefined || isOut(suite, version);
  const hellos = [
    open.filter(isTogether),
    ...open.filter((suite) => !isTogether(suite)).map((suite) => [suite]),
  ];
  const ways = hellos.flatMap((suites) => {
    const way = suites.length > 0 ? refusalWay(villager.endpoint, version, suites) : undefined;
    return way ? [{ ...way, cipher_suites: suites.length }] : [];
  });
  const confirmed = isKnown(villager, version);
  return distinct(ways.map(wayOf)).map((name) => {
    const same = ways.filter((way) => wayOf(way) === name);
    return { ...same[0]!, cipher_suites: suitesOf(same), confirmed };
  });
}

function isOut(suite: number, version: number): boolean {
  const { min_version, max_version } = cipherSuites().find(({ code }) => code === suite)!;
  return version < min_version || version > max_version;
}

/** Those of most villagers first. */
function inOrder(one: readonly Refused[], other: readonly Refused[]): number {
  const [a, b] = [one[0]!, other[0]!];
  return other.length - one.length || byBytes(a.by, b.by) || (a.code ?? 0) - (b.code ?? 0);
}

function answerOf({ by, code }: RefusalWay): string | null {
  if (code === null) return null;
  return by === 'version' ? versionName(code) : ALERTS[code]!;
}

function wayOf({ by, code }: RefusalWay): string {
  return `${by} ${code}`;
}

function suitesOf(refused: readonly Pick<Refused, 'cipher_suites'>[]): number {
  return sum(refused.map(({ cipher_suites }) => cipher_suites));
}

/** RFC 5246, 7.2. */
const ALERTS: Record<number, string> = { 40: 'handshake_failure', 70: 'protocol_version' };

const COLUMNS = [
  ...['scan_id', 'port', 'version', 'refused_by', 'code', 'answer', 'endpoints', 'refusing', 'unconfirmed'],
  ...['cipher_suites', 'cipher_suites_unconfirmed', 'share'],
];
