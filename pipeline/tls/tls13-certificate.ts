/**
 * Certificate of TLS 1.3: a context, then entries of DER and extensions (RFC 8446, 4.4.2). The entries' extensions
 * (stapled OCSP responses, SCTs) are read and dropped.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { DecodeError } from '../base/errors.ts';

/** Certificates in the order sent. */
export function readTls13Certificate(reader: ByteReader): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  readInto(certificates, reader);
  return certificates;
}

/** Those that are whole, of a message that may be cut short or malformed; `broken_by` says why there are no more. */
export function readWholeCertificates(reader: ByteReader): {
  certificates: Uint8Array[];
  broken_by: DecodeError | null;
} {
  const certificates: Uint8Array[] = [];
  try {
    readInto(certificates, reader);
    return { certificates, broken_by: null };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { certificates, broken_by: error };
  }
}

export function writeTls13Certificate(writer: ByteWriter, certificates: readonly Uint8Array[]): void {
  writer.vector(1, () => {});
  writer.vector(3, (list) => {
    for (const der of certificates) list.u24(der.length).bytes(der).u16(0);
  });
}

/** Each certificate is there as soon as it was read: what comes after it may not make sense. */
function readInto(certificates: Uint8Array[], reader: ByteReader): void {
  reader.vector(1, 'certificate_request_context');
  const length = reader.u24('certificate_list length');
  const missing = length - reader.remaining;
  const list = reader.nested(Math.min(length, reader.remaining), 'certificate_list');
  while (list.remaining > 0) {
    certificates.push(list.vectorBytes(3, 'cert_data'));
    list.vector(2, 'extensions');
  }
  if (missing > 0) reader.bytes(missing, 'certificate_list');
  reader.end('Certificate');
}
