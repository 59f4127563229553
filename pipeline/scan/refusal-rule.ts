/**
 * When a refusal counts as a no: the decision table of docs/raw-record.md, "When a no counts", as one function. A test goes
 * through the table row by row. Pure.
 */
import type { RefusalErrorKind, Rejection } from '../formats/raw-record.ts';
import {
  DECODE_ERROR,
  HANDSHAKE_FAILURE,
  ILLEGAL_PARAMETER,
  INSUFFICIENT_SECURITY,
  PROTOCOL_VERSION,
  RECORD_OVERFLOW,
  SSL2,
  UNEXPECTED_MESSAGE,
} from '../tls/index.ts';

/** What a server said of the same suites at one version, over all the hellos that offered them. */
export interface RefusalEvidence {
  /** Hellos refused by an answer about suites or versions, or by a silence that controls have proven. */
  refusals: number;
  /** How many are needed: 2, more at an endpoint that has contradicted itself. */
  needed: number;
  /** Distinct forms of hello among them. */
  forms: number;
  /** What came to other hellos that offered them: the first of these that did. */
  other: 'name' | 'alert' | 'failure' | 'nothing';
  /** A hello of the form of the question that could be accepted: was it? `none`: nothing was ever accepted here. */
  control: 'accepted' | 'refused' | 'none';
}

/** `rejected` counts as a no, all else is an error of that kind; `failure` one of the kind of the failure. */
export type Ruling = 'rejected' | 'failure' | RefusalErrorKind;

export function ruleOnRefusal({ refusals, needed, forms, other, control }: RefusalEvidence): Ruling {
  if (refusals === 0) return WITHOUT_REFUSAL[other];
  if (control === 'refused') return 'form_intolerant';
  if (forms >= 2 && refusals >= needed) return control === 'accepted' ? 'rejected' : 'unconfirmed';
  if (needed > LEAST_REFUSALS) return 'inconsistent';
  return BESIDE_A_REFUSAL[other];
}

/** Refusals of a no at an endpoint that has not contradicted itself. */
export const LEAST_REFUSALS = 2;

/** No answer at all that says yes or no; `nothing` can't be: something came. */
const WITHOUT_REFUSAL = {
  name: 'refused_by_name',
  alert: 'other_alert',
  failure: 'failure',
  nothing: 'unconfirmed',
} as const satisfies Record<RefusalEvidence['other'], Ruling>;

const BESIDE_A_REFUSAL = {
  name: 'refused_by_name',
  alert: 'transient_alert',
  failure: 'failure',
  nothing: 'unconfirmed',
} as const satisfies Record<RefusalEvidence['other'], Ruling>;

/** An answer to a hello of `version` that is about suites or versions; of another alert that is not. */
export function isAboutSuites(version: number, { by, code }: Pick<Rejection, 'by' | 'code'>): boolean {
  if (by !== 'alert') return true;
  return ABOUT_SUITES.has(code!) || (version === SSL2 && UNREADABLE.has(code!));
}

const ABOUT_SUITES: ReadonlySet<number> = new Set([
  HANDSHAKE_FAILURE,
  INSUFFICIENT_SECURITY,
  PROTOCOL_VERSION,
]);

/** Alerts of TLS for what is no record of TLS (NSS, rustls): the hello of SSLv2 is none. */
const UNREADABLE: ReadonlySet<number> = new Set([
  UNEXPECTED_MESSAGE,
  RECORD_OVERFLOW,
  ILLEGAL_PARAMETER,
  DECODE_ERROR,
]);
