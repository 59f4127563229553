/** What the tables count: a villager's answers to the questions of a scan. */
import { tlsVersions } from '../../../pipeline/formats/datasets.ts';
import type { EndpointOutcome } from '../../../pipeline/formats/raw-record.ts';
import type { VillageEndpoint } from '../endpoint-spec.ts';
import { refusalWay } from '../refusal-truth.ts';
import type { AcceptedSuite, EndpointTruth } from '../truth.ts';
import type { ScanFacts } from '../truth-tables.ts';

export interface Villager {
  endpoint: VillageEndpoint;
  truth: EndpointTruth;
}

/** Questions about one version, by answer: offered = accepted + rejected + errors + not_tested. */
export interface Counts {
  offered: number;
  accepted: number;
  rejected: number;
  errors: number;
  not_tested: number;
}

/** Versions that were asked, oldest first. */
export function versionsAsked(scan: ScanFacts): number[] {
  return [...scan.offered]
    .filter(([, suites]) => suites.length > 0)
    .map(([version]) => version)
    .sort(ascending);
}

/** Suites that were offered and are accepted in a version; none where nobody knows. */
export function acceptedIn(villager: Villager, version: number, scan: ScanFacts): AcceptedSuite[] {
  const truth = villager.truth.versions.get(version);
  if (!truth || 'unanswered' in truth) return [];
  const offered = new Set(scan.offered.get(version) ?? []);
  return truth.accepted.filter((suite) => offered.has(suite.code));
}

/** All accepted suites over all versions asked. */
export function acceptedSuites(villager: Villager, scan: ScanFacts): AcceptedSuite[] {
  return versionsAsked(scan).flatMap((version) => acceptedIn(villager, version, scan));
}

export function isKnown(villager: Villager, version: number): boolean {
  return 'accepted' in villager.truth.versions.get(version)!;
}

/** Whether all versions asked have an answer. */
export function isKnownThroughout(villager: Villager, scan: ScanFacts): boolean {
  return versionsAsked(scan).every((version) => isKnown(villager, version));
}

export function countsOf(villager: Villager, version: number, scan: ScanFacts): Counts {
  const offered = scan.offered.get(version)?.length ?? 0;
  const truth = villager.truth.versions.get(version)!;
  const accepted = acceptedIn(villager, version, scan).length;
  if ('accepted' in truth)
    return { offered, accepted, rejected: offered - accepted, errors: 0, not_tested: 0 };
  // Who refuses is asked to the end, though nothing proves it.
  const isRefused = refusalWay(villager.endpoint, version, scan.offered.get(version) ?? []) !== undefined;
  const most = isRefused ? offered : (scan.errors_before_giving_up ?? offered);
  const asked = Math.min(offered, most);
  const errors = truth.unanswered === 'errors' ? asked : 0;
  return { offered, accepted: 0, rejected: 0, errors, not_tested: offered - errors };
}

/** The outcome in this scan: who accepts only what was not offered is seen to reject all. */
export function outcomeOf(villager: Villager, scan: ScanFacts): EndpointOutcome {
  const { outcome } = villager.truth;
  return outcome === 'tls' && acceptedSuites(villager, scan).length === 0 ? 'tls_rejected' : outcome;
}

/** Whether it answers in TLS, be it with a refusal. */
export function isTls(villager: Villager): boolean {
  return villager.truth.outcome === 'tls' || villager.truth.outcome === 'tls_rejected';
}

/** Villagers by nominal port, in the order of ports. */
export function byPort(villagers: readonly Villager[]): [number, Villager[]][] {
  const ports = [...new Set(villagers.map((villager) => villager.endpoint.port))].sort(ascending);
  return ports.map((port) => [port, villagers.filter((villager) => villager.endpoint.port === port)]);
}

export function versionName(version: number): string {
  const known = tlsVersions().find((candidate) => candidate.code === version);
  if (!known) throw new Error(`no name for version ${version}`);
  return known.name;
}

/** A part of a whole; null of an empty one. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function ascending(a: number, b: number): number {
  return a - b;
}

/** Order of bytes, as databases sort text without a collation. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Distinct values in the order of first appearance. */
export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
