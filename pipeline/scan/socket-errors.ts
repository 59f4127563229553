/** Error codes of sockets as the error kinds of the raw record. A code that is in neither is a local_failure. */
import type { ErrorKind } from '../formats/raw-record.ts';

/** What the peer or the way to it did. ETIMEDOUT depends on what was awaited. */
export const SOCKET_ERRORS: ReadonlyMap<string, ErrorKind> = new Map([
  ['ECONNREFUSED', 'connection_refused'],
  ['ECONNRESET', 'reset'],
  ['EPIPE', 'reset'],
  ['ECONNABORTED', 'reset'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EPROTO', 'unreachable'],
  ['EACCES', 'unreachable'],
  ['EPERM', 'unreachable'],
]);

/** This machine ran out of something, which says nothing of the peer: the connection waits, at last the scan ends. */
export const LOCAL_ERRORS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
