/** Certificate of SSLv3 to TLS 1.2: a list of DER (RFC 5246, 7.4.2). TLS 1.3 encrypts its own: left out. */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

/** Certificates in the order sent; what is in them is nobody's business here, not even that there is something. */
export function readCertificate(reader: ByteReader): Uint8Array[] {
  const list = reader.vector(3, 'certificate_list');
  const certificates: Uint8Array[] = [];
  while (list.remaining > 0) certificates.push(list.vectorBytes(3, 'certificate'));
  reader.end('Certificate');
  return certificates;
}

export function writeCertificate(writer: ByteWriter, certificates: readonly Uint8Array[]): void {
  writer.vector(3, (list) => {
    for (const der of certificates) list.u24(der.length).bytes(der);
  });
}
