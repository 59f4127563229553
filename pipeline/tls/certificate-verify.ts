/** CertificateVerify of TLS 1.3: which scheme the server signs with, and its signature (RFC 8446, 4.4.3), which nobody checks here. */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

export interface CertificateVerify {
  /** SignatureScheme. */
  algorithm: number;
  signature: Uint8Array;
}

export function readCertificateVerify(reader: ByteReader): CertificateVerify {
  const algorithm = reader.u16('algorithm');
  const signature = reader.vector(2, 'signature').rest();
  reader.end('CertificateVerify');
  return { algorithm, signature };
}

export function writeCertificateVerify(
  writer: ByteWriter,
  { algorithm, signature }: CertificateVerify,
): void {
  writer.u16(algorithm).u16(signature.length).bytes(signature);
}
