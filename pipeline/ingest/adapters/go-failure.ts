/**
 * What programs written in Go (zgrab2, tlsx) say of a failure: texts of the packages net and crypto/tls, of zcrypto/tls likewise →
 * the kind of error, and whether the server answered in TLS.
 */
import type { ErrorKind } from '../../formats/raw-record.ts';

export interface GoFailure {
  error_kind: ErrorKind;
  /** A TLS alert came. */
  alert: boolean;
}

/** Null where the text is none of theirs that is known here. */
export function goFailure(text: string): GoFailure | null {
  const start = text.slice(0, 2000);
  if (ALERT.test(start)) return { error_kind: 'protocol_error', alert: true };
  const found = TEXTS.find(([pattern]) => pattern.test(start));
  return found ? { error_kind: found[1], alert: false } : null;
}

/** crypto/tls: `remote error: ` and the alert's name, since Go 1.8 with `tls: ` before that. */
const ALERT = /\bremote error: (?:tls: )?\w/;

/** The first that matches tells. */
const TEXTS: readonly (readonly [RegExp, ErrorKind])[] = [
  [/\bconnection refused\b/, 'connection_refused'],
  [/\bno such host\b|\bserver misbehaving\b|\blookup \S+ on \S+|\bno address found\b/, 'name_not_resolved'],
  [/\bno route to host\b|\b(?:network|host) is (?:unreachable|down)\b/, 'unreachable'],
  [/\bconnection reset\b/, 'reset'],
  [/\b(?:dial|connect)\b.*(?:\bi\/o timeout|\bdeadline exceeded|\btimed? ?out)/, 'connect_timeout'],
  [/\bi\/o timeout\b|\bdeadline exceeded\b|\btimed? ?out\b|\btimeout while\b/, 'read_timeout'],
  [/\bEOF\b|\bbroken pipe\b|\bclosed network connection\b|\bconnection (?:was )?closed\b/, 'closed'],
  [/\btoo many open files\b|\bcannot assign requested address\b|\bpermission denied\b/, 'local_failure'],
  [/\btls: |\bfirst record does not look like\b|\boversized record\b|\bmalformed\b/, 'protocol_error'],
];
