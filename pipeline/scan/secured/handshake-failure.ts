/**
 * What node:tls and the socket say of a handshake that was not finished → whose doing it was. The server's: its alert,
 * a close, a reset, bytes that are no TLS record. All else that OpenSSL finds wrong (a small key, a curve or certificate
 * that it doesn't know, a signature that doesn't verify) another client might take: ours.
 */
import type { ServerEnd } from './tapped-stream.ts';

/** Whether the server ended it. `error`: what node:tls said first; `endedBy`: what the server did to the connection. */
export function isByServer(error: NodeJS.ErrnoException | null, endedBy: ServerEnd | null): boolean {
  const code = error?.code ?? '';
  if (ALERT.test(error?.message ?? '') || NO_RECORDS.has(code)) return true;
  return !OPENSSL.test(error?.message ?? '') && endedBy !== null;
}

/** The same for people. */
export function describeFailure(error: NodeJS.ErrnoException | null, endedBy: ServerEnd | null): string {
  const message = error?.message ?? '';
  const [, library, reason] = OPENSSL.exec(message) ?? [];
  if (reason === undefined) return endedBy ?? (message || 'closed');
  const [, alert] = ALERT.exec(message) ?? [];
  return alert === undefined ? `${library}: ${reason}` : `${library}: ${reason} (alert ${alert})`;
}

/** "…:error:0A000438:SSL routines:ssl3_read_bytes:tlsv1 alert internal error:…/rec_layer_s3.c:1584:SSL alert number 80" */
const OPENSSL = /error:[0-9A-F]{8}:([^:]*):[^:]*:([^:]*)/i;

/** OpenSSL tells the number of an alert that it is sent, beside its reason (rec_layer_s3.c). */
const ALERT = /SSL alert number (\d+)/;

/** What the record layer says of bytes that are none of TLS, or of a record that can't come there. */
const NO_RECORDS: ReadonlySet<string> = new Set([
  'ERR_SSL_BAD_RECORD_TYPE',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_RECORD_LENGTH_MISMATCH',
  'ERR_SSL_UNEXPECTED_RECORD',
  'ERR_SSL_WRONG_VERSION_NUMBER',
]);
