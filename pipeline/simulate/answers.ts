/**
 * What endpoints answer: for each port, distinct lists of accepted suites with their weights. From the study's patterns
 * where the caller has them, else from the published margins (published-answers.ts).
 */
import { studySuites } from '../formats/datasets.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2 } from '../tls/versions.ts';

/** Accepted suites of one version, in the order they are recorded in. */
export interface AcceptedSuites {
  version: number;
  cipher_suites: number[];
}

/** Endpoints that answer all questions alike. */
export interface Answer {
  /** Relative to the other answers of the port: a count, or a share. */
  weight: number;
  /** Versions with at least one accepted suite, ascending. */
  accepted: AcceptedSuites[];
}

/** The study's pattern files, read: `pattern` has a character a position, `a` for accepted. */
export interface StudyPatterns {
  positions: readonly { version: number; cipher_suite: number }[];
  patterns: readonly { port: number; count: number; pattern: string }[];
}

/** The versions that the study asked about, ascending, with the suites it offered: 551 questions in all. */
export function studyOffer(): AcceptedSuites[] {
  return [SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2].map((version) => ({
    version,
    cipher_suites: studySuites(version).map(({ code }) => code),
  }));
}

/** The suites of `answer` at `version`. */
export function acceptedAt(answer: Answer, version: number): readonly number[] {
  return answer.accepted.find((one) => one.version === version)?.cipher_suites ?? [];
}

/** The version that an endpoint of this answer falls silent at: the one of which it refuses most. */
export function silentVersion(answer: Answer): number {
  const refused = studyOffer().map(({ version, cipher_suites }) => ({
    version,
    count: cipher_suites.length - acceptedAt(answer, version).length,
  }));
  return refused.reduce((most, one) => (one.count > most.count ? one : most)).version;
}

/** Answers by port, of the ports that the patterns have. */
export function answersOfPatterns({ positions, patterns }: StudyPatterns): Map<number, Answer[]> {
  const byPort = new Map<number, Answer[]>();
  for (const { port, count, pattern } of patterns) {
    const accepted = new Map<number, number[]>();
    for (let place = pattern.indexOf('a'); place >= 0; place = pattern.indexOf('a', place + 1)) {
      const { version, cipher_suite } = positions[place]!;
      const suites = accepted.get(version) ?? [];
      accepted.set(version, suites);
      suites.push(cipher_suite);
    }
    const answers = byPort.get(port) ?? [];
    byPort.set(port, answers);
    answers.push({ weight: count, accepted: sorted(accepted) });
  }
  return byPort;
}

function sorted(accepted: ReadonlyMap<number, number[]>): AcceptedSuites[] {
  const versions = [...accepted].sort(([left], [right]) => left - right);
  return versions.map(([version, cipher_suites]) => ({ version, cipher_suites }));
}
