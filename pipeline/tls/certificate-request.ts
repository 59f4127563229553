/** CertificateRequest of SSLv3 to TLS 1.1, and of TLS 1.2 with signature algorithms (RFC 2246, 7.4.4; RFC 5246, 7.4.4). */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { readUint16List, writeUint16List } from './uint16-list.ts';
import { TLS1_2 } from './versions.ts';

export interface CertificateRequest {
  certificate_types: Uint8Array;
  /** Null below TLS 1.2. */
  signature_schemes: readonly number[] | null;
  /** DER of distinguished names. */
  certificate_authorities: readonly Uint8Array[];
}

/** `version` is that of ServerHello: it says which of the two forms stands here. */
export function readCertificateRequest(reader: ByteReader, version: number): CertificateRequest {
  const certificate_types = reader.vector(1, 'certificate_types').rest();
  const signature_schemes =
    version >= TLS1_2 ? readUint16List(reader, 'supported_signature_algorithms') : null;
  const list = reader.vector(2, 'certificate_authorities');
  const certificate_authorities: Uint8Array[] = [];
  while (list.remaining > 0) certificate_authorities.push(list.vector(2, 'distinguished name').rest());
  reader.end('CertificateRequest');
  return { certificate_types, signature_schemes, certificate_authorities };
}

export function writeCertificateRequest(writer: ByteWriter, request: CertificateRequest): void {
  writer.u8(request.certificate_types.length).bytes(request.certificate_types);
  if (request.signature_schemes) writeUint16List(writer, request.signature_schemes);
  writer.vector(2, (list) => {
    for (const name of request.certificate_authorities) list.u16(name.length).bytes(name);
  });
}
