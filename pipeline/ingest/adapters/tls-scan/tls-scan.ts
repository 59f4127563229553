/**
 * tls-scan's JSON (prbinu/tls-scan), one server an object, on one line or (`--pretty`) on several → endpoints. Written against the
 * sources of tls-scan 1.0 to 1.4.8. Servers that failed are told on standard error only. It enumerates suites without saying at
 * which version, and calls failures unsupported: what is told for certain is kept, all counts are null.
 */
import type { Adapter } from '../adapter.ts';
import { ObjectReader } from '../json-lines/object-reader.ts';
import { scannedServer } from './scanned-server.ts';

export const tlsScan: Adapter = {
  name: 'tls-scan',
  written_against: '1.0 to 1.4.8',
  detects: (head) =>
    /"(?:x509ChainDepth|verifyCertResult|secureRenego)"\s*:/.test(head) && /"cipher"\s*:/.test(head),
  open: ({ port }) => new ObjectReader('tls-scan', (value) => scannedServer(value, port)),
};
