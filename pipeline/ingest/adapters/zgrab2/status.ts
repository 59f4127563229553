/**
 * zgrab2's `status` and `error` → the kind of error. Versions up to 2018 call nearly every failure to connect connection-timeout and
 * every end of a connection io-timeout: where the text of the error says more, it goes before the status.
 */
import type { ErrorKind } from '../../../formats/raw-record.ts';
import { type GoFailure, goFailure } from '../go-failure.ts';

/** Null for success. */
export function failureOf(status: string | null, error: string | null): GoFailure | null {
  if (status === 'success') return null;
  const told = goFailure(error ?? '');
  const error_kind = KINDS.get(status ?? '') ?? 'protocol_error';
  if (told === null) return { error_kind, alert: false };
  // A status that says what only zgrab2 can know.
  return FIRM.has(status ?? '') ? { error_kind, alert: told.alert } : told;
}

/** status.go. Of a status that is not here nothing is known but that it is no success. */
const KINDS: ReadonlyMap<string, ErrorKind> = new Map([
  ['connection-refused', 'connection_refused'],
  ['connection-timeout', 'connect_timeout'],
  ['connection-closed', 'closed'],
  ['io-timeout', 'read_timeout'],
  ['handshake-error', 'protocol_error'],
  ['protocol-error', 'protocol_error'],
  ['application-error', 'service_refused'],
  ['unknown-error', 'protocol_error'],
  ['invalid-inputs', 'local_failure'],
  ['blocklisted', 'excluded_address'],
  ['blocklisted-target', 'excluded_address'],
]);

const FIRM: ReadonlySet<string> = new Set([
  ...['connection-refused', 'application-error', 'invalid-inputs', 'blocklisted', 'blocklisted-target'],
]);
