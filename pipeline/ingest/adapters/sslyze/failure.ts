/**
 * The last line of a Python trace, which is all that sslyze says of a failure (`sslyze.errors.NAME: HOST -> "MESSAGE".`) → the
 * kind of error, and what it tells of STARTTLS. A kind that can't be told apart there is the nearest one.
 */

import type { EndpointOutcome, ErrorKind } from '../../../formats/raw-record.ts';
import { namedEntry } from '../named-entry.ts';
import { toolWords } from '../tool-words.ts';

export interface Failure {
  outcome: Extract<EndpointOutcome, 'error' | 'no_starttls'>;
  error_kind: ErrorKind | null;
  error_detail: string;
  starttls_offered: boolean | null;
  starttls_accepted: boolean | null;
}

/** `trace` null: sslyze gave none. */
export function failureOf(trace: string | null): Failure {
  const line = (trace ?? '').trimEnd().split('\n').at(-1)!.slice(0, 2000);
  const [, name = '', message = line] = /^(?:[\w.]*\.)?(\w+): (?:.*? -> )?"?(.*?)"?\.?$/s.exec(line) ?? [];
  const error_detail = toolWords('sslyze', `${name === '' ? '' : `${name}: `}${message}`);
  if (name === 'ServerRejectedOpportunisticTlsNegotiation') return { ...negotiation(message), error_detail };
  const starttls_accepted = IN_TLS.has(name) ? true : null;
  return {
    ...ERROR,
    error_kind: namedEntry(KINDS, name) ?? 'protocol_error',
    error_detail,
    starttls_accepted,
  };
}

/** sslyze/connection_helpers/opportunistic_tls_helpers.py. The codes of SMTP replies are lost there. */
function negotiation(message: string): Omit<Failure, 'error_detail'> {
  if (message.startsWith('Server does not support STARTTLS')) {
    return { ...ERROR, outcome: 'no_starttls', error_kind: null, starttls_offered: false };
  }
  if (
    / was rejected| STARTTLS rejected| STARTTLS not supported/.test(message) &&
    !/^SMTP EHLO/.test(message)
  ) {
    // Only sslyze 6 looks whether it is offered, and only with SMTP.
    const starttls_offered = message.startsWith('SMTP STARTTLS rejected') ? true : null;
    return { ...ERROR, error_kind: 'starttls_refused', starttls_offered, starttls_accepted: false };
  }
  return { ...ERROR, error_kind: WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? 'protocol_error' };
}

const WORDS: readonly (readonly [RegExp, ErrorKind])[] = [
  [/: 4\.\d+\.\d+\b/, 'temporary_failure'],
  [/^Server did not send a '220/, 'service_refused'],
  [/timed out$/, 'read_timeout'],
  [/unexpectedly closed/, 'closed'],
];

const ERROR = {
  outcome: 'error',
  error_kind: 'protocol_error',
  starttls_offered: null,
  starttls_accepted: null,
} as const;

/** What comes after STARTTLS, where there is one. */
const IN_TLS = new Set([
  'ServerRejectedTlsHandshake',
  'ServerTlsConfigurationNotSupported',
  'TlsHandshakeTimedOut',
]);

/** sslyze/errors.py. What is not there is sslyze's own trouble, or OpenSSL's with what the server sent. */
const KINDS: Readonly<Record<string, ErrorKind>> = {
  ConnectionToServerTimedOut: 'connect_timeout',
  ServerRejectedConnection: 'connection_refused',
  ConnectionToServerFailed: 'unreachable',
  ServerHostnameCouldNotBeResolved: 'name_not_resolved',
  TlsHandshakeTimedOut: 'read_timeout',
  ServerRejectedTlsHandshake: 'closed',
  ConnectionToHttpProxyFailed: 'local_failure',
  ConnectionToHttpProxyTimedOut: 'local_failure',
  HttpProxyRejectedConnection: 'local_failure',
};
