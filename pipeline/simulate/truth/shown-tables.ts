/** Tables on what stands beside the answers: primes, curves, software, passwords in the clear. */
import { dhPrimes, namedGroups } from '../../formats/datasets.ts';
import { FACTS } from '../../formats/lake-tables.ts';
import { mailPort } from '../../formats/ports.ts';
import { CURVES, DH_GROUPS } from '../key-exchange.ts';
import { protocolOf, type SimulationPlan } from '../plan.ts';
import { dialogueOf, type ServerSoftware, SOFTWARE, securedDialogueOf } from '../software.ts';
import { SOFTWARE_PLACES, type Tally } from '../tally.ts';
import { tlsCounts } from './tls-counts.ts';
import type { TruthRow } from './truth.ts';

export function shownTables(plan: SimulationPlan, tally: Tally): Record<string, TruthRow[]> {
  const ports = plan.population.ports.map(({ port }, place) => ({ port, place }));
  const each = (rows: (port: number, place: number) => TruthRow[]): TruthRow[] =>
    ports.flatMap(({ port, place }) => rows(port, place));
  const tls = tlsCounts(plan, tally);
  return {
    dh_group_sizes: each((port, place) => dhSizes(port, place, tally)),
    shared_primes: each((port, place) => primes(port, place, tally)),
    ecdh_curves: each((port, place) => curves(port, place, tally)),
    mail_software: each((port, place) => softwareRows(port, place, tally)),
    endpoint_features: each((port, place) => features(port, place, tally, tls[place]!)),
    plaintext_auth: each((port, place) => [{ port, plaintext_auth: inTheClear(port, place, tally) }]),
  };
}

/** Endpoints of a port by place in DH_GROUPS, those that any showed. */
function groupsShown(place: number, { dh }: Tally) {
  const counts = DH_GROUPS.map((group, index) => ({
    ...group,
    endpoints: dh[place * DH_GROUPS.length + index]!,
  }));
  return counts.filter(({ endpoints }) => endpoints > 0);
}

/** An endpoint shows one group, and one of 512 bits beside it for export suites: never two of a size. */
function dhSizes(port: number, place: number, tally: Tally): TruthRow[] {
  const bySize = new Map<number, number>();
  for (const { bits, endpoints } of groupsShown(place, tally))
    bySize.set(bits, (bySize.get(bits) ?? 0) + endpoints);
  return [...bySize]
    .sort(([left], [right]) => left - right)
    .map(([bits, supporting]) => ({ port, bits, endpoints: tally.dh_endpoints[place]!, supporting }));
}

function primes(port: number, place: number, tally: Tally): TruthRow[] {
  const known = new Map(dhPrimes().map((prime) => [prime.prime_sha256, prime]));
  return groupsShown(place, tally)
    .sort(
      (a, b) => a.bits - b.bits || b.endpoints - a.endpoints || (a.prime_sha256 < b.prime_sha256 ? -1 : 1),
    )
    .map(({ bits, prime_sha256, endpoints }) => ({
      port,
      bits,
      prime_name: known.get(prime_sha256)!.name,
      software: known.get(prime_sha256)!.software,
      prime_sha256,
      endpoints,
      dh_endpoints: tally.dh_endpoints[place]!,
    }));
}

function curves(port: number, place: number, tally: Tally): TruthRow[] {
  return CURVES.flatMap(({ named_group: code }, curve) => {
    const supporting = tally.curves[place * CURVES.length + curve]!;
    if (supporting === 0) return [];
    const named_group = namedGroups().find((group) => group.code === code)!.name;
    return [{ port, code, named_group, endpoints: tally.curve_endpoints[place]!, supporting }];
  });
}

/** Endpoints of a port that sent a greeting, by software: those that accept nothing, those that accept something. */
function greeters(port: number, place: number, { software }: Tally) {
  const start = place * SOFTWARE_PLACES;
  return SOFTWARE[protocolOf(port)].map((server, index) => ({
    server,
    refusing: software[start + 2 * index]!,
    accepting: software[start + 2 * index + 1]!,
  }));
}

function softwareRows(port: number, place: number, tally: Tally): TruthRow[] {
  const all = greeters(port, place, tally).map(({ server, refusing, accepting }) => ({
    software: server.software,
    running: refusing + accepting,
  }));
  const endpoints = all.reduce((sum, { running }) => sum + running, 0);
  return all
    .filter(({ running }) => running > 0)
    .sort((a, b) => b.running - a.running || compareNames(a.software, b.software))
    .map(({ software, running }) => ({ port, software, endpoints, running }));
}

/** DuckDB puts null last. */
function compareNames(left: string | null, right: string | null): number {
  if (left === null || right === null) return left === null ? 1 : -1;
  return left < right ? -1 : 1;
}

const plainOf = (port: number, server: ServerSoftware): boolean =>
  dialogueOf(protocolOf(port), server).plaintext_auth_offered === true;
const securedPlainOf = (port: number, server: ServerSoftware): boolean =>
  securedDialogueOf(protocolOf(port), server).plaintext_auth_offered === true;

/** Endpoints that take a password in the clear before TLS; null where TLS comes first. */
function inTheClear(port: number, place: number, tally: Tally): number | null {
  if (mailPort(port)!.tls_mode === 'implicit') return null;
  return greeters(port, place, tally)
    .filter(({ server }) => plainOf(port, server))
    .reduce((sum, { refusing, accepting }) => sum + refusing + accepting, 0);
}

function features(port: number, place: number, tally: Tally, tls: number): TruthRow[] {
  if (tls === 0) return [];
  const isImplicit = mailPort(port)!.tls_mode === 'implicit';
  const all = greeters(port, place, tally);
  const count = (isSo: (port: number, server: ServerSoftware) => boolean): number =>
    all.filter(({ server }) => isSo(port, server)).reduce((sum, { accepting }) => sum + accepting, 0);
  const known = all.reduce((sum, { accepting }) => sum + accepting, 0);
  const row = (feature: string, endpoints: number, supporting: number): TruthRow => ({
    port,
    feature,
    endpoints,
    supporting,
    unknown: tls - endpoints,
  });
  return [
    ...FACTS.map(([feature]) => row(feature, 0, 0)),
    isImplicit ? row('plaintext_auth_offered', 0, 0) : row('plaintext_auth_offered', known, count(plainOf)),
    isImplicit
      ? row('secured_plaintext_auth_offered', known, count(securedPlainOf))
      : row('secured_plaintext_auth_offered', 0, 0),
  ];
}
