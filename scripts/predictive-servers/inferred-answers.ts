/** A predictive scan's records against what `adaptive` found at the same servers: what was inferred, and what of it is wrong. */
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import { acceptedAt } from '../../pipeline/scan/testing/scan-local.ts';

export interface Inferred {
  count: number;
  /** `version:suite`, hexadecimal. */
  wrong: string[];
  /** Suites of which the two scans say something else, inferred or not. */
  differing: string[];
}

/** `found`: the record of the adaptive scan of the same server. */
export function inferredAnswers(record: EndpointRecord, found: EndpointRecord): Inferred {
  const hex = (version: number, suite: number): string => `${version.toString(16)}:${suite.toString(16)}`;
  const truth = new Set(
    found.versions.flatMap(({ version }) => acceptedAt(found, version).map((suite) => hex(version, suite))),
  );
  const inferred = record.inferred_suites.flatMap(({ version, cipher_suites }) =>
    cipher_suites.map((suite) => hex(version, suite)),
  );
  const verified = record.versions.flatMap(({ version }) =>
    acceptedAt(record, version).map((suite) => hex(version, suite)),
  );
  const offered = (one: string): boolean =>
    record.versions.some(({ version }) => one.startsWith(hex(version, 0).slice(0, -1)));
  const said = new Set([...inferred, ...verified]);
  const missed = [...truth].filter((one) => offered(one) && !said.has(one));
  const wrong = inferred.filter((one) => !truth.has(one));
  return {
    count: inferred.length,
    wrong,
    differing: [...wrong, ...missed, ...verified.filter((one) => !truth.has(one))],
  };
}
