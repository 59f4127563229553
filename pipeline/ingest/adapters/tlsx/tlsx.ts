/**
 * tlsx's JSONL (`tlsx -json`, by ProjectDiscovery), one server a line → endpoints. Written against the sources of tlsx 1.0 to 1.2, its
 * modes ctls, ztls and openssl. An accepted suite is told, a refused one never: all counts are null. What it says of certificates is
 * passed over but the certificates themselves (-cert, -tls-chain).
 */
import type { Adapter } from '../adapter.ts';
import { ObjectReader } from '../json-lines/object-reader.ts';
import { probeResult } from './probe.ts';

export const tlsx: Adapter = {
  name: 'tlsx',
  written_against: '1.0 to 1.2',
  detects: (head) => /^\ufeff?\s*\{/.test(head) && (/"probe_status"\s*:/.test(head) || isOld(head)),
  open: ({ port }) => new ObjectReader('tlsx', (value) => probeResult(value, port)),
};

/** Before it told of failures. */
function isOld(head: string): boolean {
  return /"tls_connection"\s*:/.test(head) && /"tls_version"\s*:/.test(head);
}
