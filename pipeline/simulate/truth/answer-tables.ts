/** Tables on versions and suites: each template's answers, as often as endpoints have it. */
import { cipherSuites, tlsVersions } from '../../formats/datasets.ts';
import { mailPort } from '../../formats/ports.ts';
import { type Answer, acceptedAt, silentVersion, studyOffer } from '../answers.ts';
import { type SimulationPlan, templateStarts } from '../plan.ts';
import type { Tally } from '../tally.ts';
import type { TruthRow } from './truth.ts';

/** Endpoints of a port that answer alike. */
interface Alike {
  count: number;
  answer: Answer;
  /** The version that they fall silent at. */
  silent: number | null;
}

type Tables = Record<string, TruthRow[]>;

export function answerTables(plan: SimulationPlan, tally: Tally): Tables {
  const starts = templateStarts(plan.answers);
  const ports = plan.population.ports.map(({ port }, place) => ({
    port,
    alike: alikeOf(plan.answers[place]!, starts[place]!, tally),
  }));
  const each = (rows: (port: number, alike: readonly Alike[]) => TruthRow[]): TruthRow[] =>
    ports.filter(({ alike }) => alike.length > 0).flatMap(({ port, alike }) => rows(port, alike));
  return {
    data_overview: [overview(ports.flatMap(({ alike }) => alike))],
    version_support: each(versionSupport),
    version_combinations: each(versionCombinations),
    version_only: each(versionOnly),
    cipher_suites: each(suiteRows),
    key_exchange: each(keyExchange),
    port_overview: each(portOverview),
    refusals: each(refusals),
    hello_tolerance: each(helloTolerance),
    // In 2015 there was no TLS 1.3 to ask for.
    tls13_chains: [],
  };
}

function alikeOf(answers: readonly Answer[], start: number, { templates }: Tally): Alike[] {
  return answers.flatMap((answer, place) => {
    const [calm, silent] = [templates[start + 2 * place]!, templates[start + 2 * place + 1]!];
    const both: Alike[] = [
      { count: calm, answer, silent: null },
      { count: silent, answer, silent: silentVersion(answer) },
    ];
    return both.filter(({ count }) => count > 0);
  });
}

function sum<T>(list: readonly T[], number: (item: T) => number): number {
  return list.reduce((total, item) => total + number(item), 0);
}

/** How many endpoints of `alike` are so. */
function countWhere(alike: readonly Alike[], isSo: (one: Alike) => boolean): number {
  return sum(alike.filter(isSo), ({ count }) => count);
}

const accepts = ({ answer }: Alike): boolean => answer.accepted.length > 0;
const acceptsAt = ({ answer }: Alike, version: number): boolean => acceptedAt(answer, version).length > 0;
const acceptedBy = ({ answer }: Alike): number =>
  sum(answer.accepted, ({ cipher_suites }) => cipher_suites.length);
/** Questions at `version` without an answer. */
const errorsAt = (one: Alike, version: number): number =>
  one.silent === version ? offeredAt(version) - acceptedAt(one.answer, version).length : 0;

const VERSIONS = studyOffer();
const offeredAt = (version: number): number =>
  VERSIONS.find((offer) => offer.version === version)!.cipher_suites.length;
const OFFERED = sum(VERSIONS, ({ cipher_suites }) => cipher_suites.length);

function overview(alike: readonly Alike[]): TruthRow {
  const endpoints = sum(alike, ({ count }) => count);
  const accepted = sum(alike, (one) => one.count * acceptedBy(one));
  const errors = sum(alike, (one) => one.count * (one.silent === null ? 0 : errorsAt(one, one.silent)));
  const offered = endpoints * OFFERED;
  return {
    endpoints,
    tls_endpoints: endpoints,
    handshakes: offered,
    offered,
    accepted,
    rejected: offered - accepted - errors,
    unconfirmed: 0,
    errors,
    not_tested: 0,
    inferred: 0,
    inferred_error: null,
  };
}

function portOverview(port: number, alike: readonly Alike[]): TruthRow[] {
  const { protocol, tls_mode } = mailPort(port)!;
  const endpoints = sum(alike, ({ count }) => count);
  const rejecting_all = countWhere(alike, (one) => !accepts(one));
  return [
    {
      port,
      protocol,
      tls_mode,
      endpoints,
      tls_endpoints: endpoints,
      rejecting_all,
      // What hellos a server takes is known of those that accept.
      inconsistent: rejecting_all < endpoints ? 0 : null,
      no_starttls: 0,
      errors: 0,
    },
  ];
}

/** The answer on a version is known where one suite is accepted, or all are refused. */
const isKnown = (one: Alike, version: number): boolean =>
  acceptsAt(one, version) || errorsAt(one, version) === 0;

/** Each refusal is confirmed, and nothing is inferred. */
const ALL_CONFIRMED = { inferred_error: null, unconfirmed: 0 };

function versionSupport(port: number, alike: readonly Alike[]): TruthRow[] {
  return VERSIONS.map(({ version }) => ({
    port,
    version: nameOfVersion(version),
    endpoints: countWhere(alike, (one) => isKnown(one, version)),
    supporting: countWhere(alike, (one) => acceptsAt(one, version)),
    inferred: 0,
    ...ALL_CONFIRMED,
    ...{ completed: 0, not_completed: 0 },
    unknown: countWhere(alike, (one) => !isKnown(one, version)),
  }));
}

const ALL_VERSIONS = VERSIONS.map(({ version }) => version);
const [SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2] = ALL_VERSIONS as [number, number, number, number, number];

function knownOnes(alike: readonly Alike[]): Alike[] {
  return alike.filter((one) => ALL_VERSIONS.every((version) => isKnown(one, version)));
}

function versionCombinations(port: number, alike: readonly Alike[]): TruthRow[] {
  const known = knownOnes(alike);
  const counts = new Map<string, number>();
  for (const one of known) {
    const names = ALL_VERSIONS.filter((version) => acceptsAt(one, version)).map(nameOfVersion);
    const versions = names.join(' ') || 'none';
    counts.set(versions, (counts.get(versions) ?? 0) + one.count);
  }
  const endpoints = sum(known, ({ count }) => count);
  return [...counts]
    .sort(([left, one], [right, other]) => other - one || (left < right ? -1 : 1))
    .map(([versions, matching]) => ({ port, versions, endpoints, matching, unconfirmed: 0 }));
}

function versionOnly(port: number, alike: readonly Alike[]): TruthRow[] {
  const known = knownOnes(alike);
  const endpoints = sum(known, ({ count }) => count);
  return SETS.map(([version_set, versions]) => ({
    port,
    version_set,
    endpoints,
    matching: countWhere(known, (one) => {
      const accepted = one.answer.accepted.map(({ version }) => version);
      return accepted.length > 0 && accepted.every((version) => versions.includes(version));
    }),
    unconfirmed: 0,
  })).filter(() => known.length > 0);
}

const SETS: readonly (readonly [name: string, versions: readonly number[]])[] = [
  ['SSLv2 and SSLv3 only', [SSL2, SSL3]],
  ['TLSv1.0 only', [TLS1_0]],
  ['TLSv1.1 and TLSv1.2 only', [TLS1_1, TLS1_2]],
  ['TLSv1.0 upwards', [TLS1_0, TLS1_1, TLS1_2]],
  ['TLSv1.2 upwards', [TLS1_2]],
];

function suiteRows(port: number, alike: readonly Alike[]): TruthRow[] {
  return VERSIONS.flatMap(({ version, cipher_suites }) => {
    const complete = (one: Alike): boolean => errorsAt(one, version) === 0;
    const endpoints = countWhere(alike, complete);
    const unknown = countWhere(alike, (one) => !complete(one));
    const supporting = new Map<number, number>();
    for (const one of alike) {
      for (const code of acceptedAt(one.answer, version)) {
        supporting.set(code, (supporting.get(code) ?? 0) + (complete(one) ? one.count : 0));
      }
    }
    const codes = cipher_suites.filter((code) => supporting.has(code));
    return codes.map((code) => ({
      port,
      version: nameOfVersion(version),
      code,
      endpoints,
      supporting: supporting.get(code)!,
      inferred: 0,
      ...ALL_CONFIRMED,
      unknown,
    }));
  });
}

const METHODS = new Map(
  cipherSuites().map((suite) => [suite.code, `${suite.key_exchange}${suite.export ? '_EXPORT' : ''}`]),
);

function keyExchange(port: number, alike: readonly Alike[]): TruthRow[] {
  const complete = (one: Alike): boolean => one.silent === null || errorsAt(one, one.silent) === 0;
  const endpoints = countWhere(alike, complete);
  const unknown = countWhere(alike, (one) => !complete(one));
  const supporting = new Map<string, number>();
  for (const one of alike) {
    const suites = one.answer.accepted.flatMap(({ cipher_suites }) => cipher_suites);
    for (const method of new Set(suites.map((code) => METHODS.get(code)!))) {
      supporting.set(method, (supporting.get(method) ?? 0) + (complete(one) ? one.count : 0));
    }
  }
  return [...supporting]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key_exchange, count]) => ({
      port,
      key_exchange,
      endpoints,
      supporting: count,
      inferred: 0,
      ...ALL_CONFIRMED,
      unknown,
    }));
}

interface Refusing {
  refused_by: string;
  code: number | null;
  answer: string | null;
}

/** How all that is refused at a version is refused. */
function refusalOf(one: Alike, version: number): Refusing {
  if (version === SSL2 && acceptsAt(one, version))
    return { refused_by: 'not_listed', code: null, answer: null };
  if (version === SSL2) return { refused_by: 'ssl2_error', code: 1, answer: 'NO-CIPHER-ERROR' };
  if (acceptsAt(one, version)) return { refused_by: 'alert', code: 40, answer: 'handshake_failure' };
  return { refused_by: 'alert', code: 70, answer: 'protocol_version' };
}

function refusals(port: number, alike: readonly Alike[]): TruthRow[] {
  return VERSIONS.flatMap(({ version }) => {
    const refusedAt = (one: Alike): number =>
      offeredAt(version) - acceptedAt(one.answer, version).length - errorsAt(one, version);
    const refusing = alike.filter((one) => refusedAt(one) > 0);
    const ways = new Map<string, Alike[]>();
    for (const one of refusing) {
      const way = JSON.stringify(refusalOf(one, version));
      ways.set(way, [...(ways.get(way) ?? []), one]);
    }
    return [...ways]
      .map(([way, ones]) => ({
        port,
        version: nameOfVersion(version),
        ...(JSON.parse(way) as Refusing),
        endpoints: sum(refusing, ({ count }) => count),
        refusing: sum(ones, ({ count }) => count),
        unconfirmed: 0,
        cipher_suites: sum(ones, (one) => one.count * refusedAt(one)),
        cipher_suites_unconfirmed: 0,
      }))
      .sort(
        (a, b) =>
          b.refusing - a.refusing ||
          (a.refused_by === b.refused_by
            ? Number(a.code) - Number(b.code)
            : a.refused_by < b.refused_by
              ? -1
              : 1),
      );
  });
}

/** Of those that accept anything: one suite a hello, and nothing else is told. */
function helloTolerance(port: number, alike: readonly Alike[]): TruthRow[] {
  const endpoints = countWhere(alike, accepts);
  const row = { port, feature: 'none', extension: null, endpoints, matching: endpoints, silent: 0 };
  const unknown = countWhere(alike, (one) => !accepts(one));
  return endpoints > 0 ? [{ ...row, least_value: null, longest_hello: null, unknown }] : [];
}

function nameOfVersion(version: number): string {
  return tlsVersions().find(({ code }) => code === version)!.name;
}
