/** CertificateStatus: a stapled OCSP response (RFC 6066, 8; RFC 6961 for the list, which stays bytes). */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

/** CertificateStatusType ocsp. */
export const OCSP = 1;

export interface CertificateStatus {
  status_type: number;
  /** DER of the OCSPResponse; for a type other than `OCSP`, all bytes after the type. */
  response: Uint8Array;
}

export function readCertificateStatus(reader: ByteReader): CertificateStatus {
  const status_type = reader.u8('status_type');
  if (status_type !== OCSP) return { status_type, response: reader.rest() };
  const response = reader.vector(3, 'OCSPResponse').rest();
  reader.end('CertificateStatus');
  return { status_type, response };
}

export function writeCertificateStatus(writer: ByteWriter, status: CertificateStatus): void {
  writer.u8(status.status_type);
  if (status.status_type === OCSP) writer.u24(status.response.length);
  writer.bytes(status.response);
}
