/** What a tool says of one server, in one shape for all tools; and how that stands to the server's configuration. */
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../../pipeline/tls/index.ts';
import type { Answers } from '../../peers/expected-answers.ts';

export interface Findings {
  /** Accepted suites by version number. */
  suites: ReadonlyMap<number, ReadonlySet<number>>;
  /** Named groups, of all versions together; null for a tool that doesn't name them. */
  groups: ReadonlySet<number> | null;
  /** Sizes of Diffie-Hellman primes; null as above. */
  dh_bits: ReadonlySet<number> | null;
  /** SHA-256 of the certificates; null as above. */
  certificates: ReadonlySet<string> | null;
}

/** Of one kind of fact: how many are right, and how many are said that are not so; null where the tool is mute. */
export interface Score {
  right: number;
  wrong: number;
  truth: number;
}

export type Scores = Record<keyof Findings, Score | null>;

/** The configuration's answers as findings, so that they can be compared. */
export function truthOf(answers: Answers, groups: readonly number[]): Findings {
  const all = Object.values(answers.suites).flatMap((suites) => Object.values(suites));
  const primes = all.flatMap(({ prime_hex }) => (prime_hex === null ? [] : [prime_hex.length * 4]));
  const suites = Object.entries(answers.suites).map(
    ([version, codes]) => [Number(version), new Set(Object.keys(codes).map(Number))] as const,
  );
  return {
    suites: new Map(suites),
    groups: new Set(groups),
    dh_bits: new Set(primes),
    certificates: new Set(all.flatMap(({ chain }) => chain ?? [])),
  };
}

export function score(found: Findings, truth: Findings): Scores {
  return {
    suites: scoreOf(suiteKeys(found), suiteKeys(truth)),
    groups: found.groups && scoreOf(found.groups, truth.groups!),
    dh_bits: found.dh_bits && scoreOf(found.dh_bits, truth.dh_bits!),
    certificates: found.certificates && scoreOf(found.certificates, truth.certificates!),
  };
}

/** Adds `code` to the suites of `version`. */
export function addSuite(suites: Map<number, Set<number>>, version: number, code: number): void {
  const known = suites.get(version);
  if (known) known.add(code);
  else suites.set(version, new Set([code]));
}

export const NOTHING_FOUND: Findings = { suites: new Map(), groups: null, dh_bits: null, certificates: null };

/** As tools spell them. */
export const VERSION_NAMES: Readonly<Record<string, number>> = {
  'TLSv1.0': TLS1_0,
  'TLSv1.1': TLS1_1,
  'TLSv1.2': TLS1_2,
  'TLSv1.3': TLS1_3,
  SSLv3: 768,
  SSLv2: 2,
};

function suiteKeys({ suites }: Findings): Set<string> {
  return new Set([...suites].flatMap(([version, codes]) => [...codes].map((code) => `${version} ${code}`)));
}

function scoreOf<T>(found: ReadonlySet<T>, truth: ReadonlySet<T>): Score {
  const right = [...found].filter((one) => truth.has(one)).length;
  return { right, wrong: found.size - right, truth: truth.size };
}
