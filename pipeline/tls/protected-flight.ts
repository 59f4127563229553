/**
 * What a TLS 1.3 server sends under its handshake secret: EncryptedExtensions, CertificateRequest, Certificate,
 * CertificateVerify, Finished (RFC 8446, 4.3 and 4.4). For whoever finished the handshake, and so knows the secret:
 * nothing is verified.
 */
import { ByteReader } from '../base/byte-reader.ts';
import { DecodeError } from '../base/errors.ts';
import { readCertificateVerify } from './certificate-verify.ts';
import { APPLICATION_DATA, HANDSHAKE } from './content-types.ts';
import { type Extension, readExtensionList } from './extension-list.ts';
import type { HandshakeMessage } from './handshake.ts';
import { HandshakeStream } from './handshake-stream.ts';
import * as types from './handshake-types.ts';
import { RECORD_HEADER_BYTES, readRecord } from './record.ts';
import { readTls13Certificate } from './tls13-certificate.ts';
import { TrafficKey } from './traffic-key.ts';

export interface ProtectedFlight {
  /** Of EncryptedExtensions. */
  extensions: readonly Extension[];
  /** In the order sent. */
  certificates: readonly Uint8Array[];
  /** Of CertificateVerify; null where the server shows no certificate. */
  signature_scheme: number | null;
  certificate_requested: boolean;
}

/**
 * `bytes`: what the server sent from its first byte on; what comes after its Finished is not looked at. `secret`: its
 * handshake traffic secret. Null for a suite that isn't known here. Throws DecodeError, also where Finished isn't there.
 */
export function readProtectedFlight(
  bytes: Uint8Array,
  cipherSuite: number,
  secret: Uint8Array,
): ProtectedFlight | null {
  const key = TrafficKey.of(cipherSuite, secret);
  if (!key) return null;
  const flight = { extensions: [], certificates: [], signature_scheme: null, certificate_requested: false };
  const stream = new HandshakeStream();
  const reader = new ByteReader(bytes);
  for (;;) {
    const { offset } = reader;
    const { content_type } = readRecord(reader);
    if (content_type !== APPLICATION_DATA) continue;
    const opened = key.open(bytes.subarray(offset, reader.offset), offset);
    if (opened.content_type !== HANDSHAKE) throw unexpected('content type', offset, opened.content_type);
    stream.push(opened.content, offset + RECORD_HEADER_BYTES);
    if (takeAll(stream, flight)) return flight;
  }
}

/** Whether Finished was among the messages that are whole. */
function takeAll(stream: HandshakeStream, flight: ProtectedFlight): boolean {
  try {
    for (let message = stream.next(); message; message = stream.next()) {
      if (message.type === types.FINISHED) return true;
      take(message, flight);
    }
    return false;
  } catch (error) {
    throw error instanceof DecodeError ? stream.inStream(error) : error;
  }
}

function take({ type, body }: HandshakeMessage, flight: ProtectedFlight): void {
  switch (type) {
    case types.ENCRYPTED_EXTENSIONS:
      flight.extensions = readExtensionList(body) ?? [];
      body.end('EncryptedExtensions');
      return;
    case types.CERTIFICATE:
      flight.certificates = readTls13Certificate(body);
      return;
    case types.CERTIFICATE_VERIFY:
      flight.signature_scheme = readCertificateVerify(body).algorithm;
      return;
    case types.CERTIFICATE_REQUEST:
      flight.certificate_requested = true;
      return;
    default:
      throw unexpected('handshake type', body.offset, type);
  }
}

function unexpected(what: string, offset: number, found: number): DecodeError {
  return new DecodeError(what, offset, "one of a server's protected flight", `${found}`);
}
