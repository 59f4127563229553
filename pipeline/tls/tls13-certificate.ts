/**
 * Certificate of TLS 1.3: a context, then entries of DER and extensions (RFC 8446, 4.4.2). The entries' extensions
 * (stapled OCSP responses, SCTs) are read and dropped.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

/** Certificates in the order sent. */
export function readTls13Certificate(reader: ByteReader): Uint8Array[] {
  reader.vector(1, 'certificate_request_context');
  const list = reader.vector(3, 'certificate_list');
  const certificates: Uint8Array[] = [];
  while (list.remaining > 0) {
    certificates.push(list.vector(3, 'cert_data').rest());
    list.vector(2, 'extensions');
  }
  reader.end('Certificate');
  return certificates;
}

export function writeTls13Certificate(writer: ByteWriter, certificates: readonly Uint8Array[]): void {
  writer.vector(1, () => {});
  writer.vector(3, (list) => {
    for (const der of certificates) list.u24(der.length).bytes(der).u16(0);
  });
}
