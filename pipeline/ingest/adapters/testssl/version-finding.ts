/**
 * testssl's words about a protocol version (`run_protocols`) → whether it is offered. What it could not ask, what broke off and what
 * it finds strange are errors; `likely not offered` is no answer. "not offered" itself is testssl's word: it does not
 * say what the server answered.
 */
import type { ErrorKind } from '../../../formats/raw-record.ts';
import { toolWords } from '../tool-words.ts';

export type VersionFinding =
  /** `cipherless`: SSLv2's answer without a cipher kind in common. */
  | { is: 'offered'; cipherless: boolean }
  | { is: 'not offered' }
  | { is: 'error'; error_kind: ErrorKind; error_detail: string };

/** Undefined where it was not asked, or says nothing. */
export function versionFinding(finding: string): VersionFinding | undefined {
  if (/^not tested|^likely not/.test(finding)) return undefined;
  if (/not offered|^server responded with (?:higher )?version/.test(finding)) return { is: 'not offered' };
  if (/^offered, no cipher|^offered with 0 ciphers/.test(finding)) return { is: 'offered', cipherless: true };
  if (/^offered|^vulnerable with \d+ ciphers/i.test(finding)) return { is: 'offered', cipherless: false };
  const kind = ERRORS.find(([pattern]) => pattern.test(finding))?.[1] ?? 'protocol_error';
  return { is: 'error', error_kind: kind, error_detail: toolWords('testssl', finding) };
}

const ERRORS: readonly (readonly [RegExp, ErrorKind])[] = [
  [/^received 4xx\/5xx after STARTTLS/, 'temporary_failure'],
  [/^connection failed/, 'closed'],
];
