/** SSLv2 SERVER-HELLO (draft-hickman-netscape-ssl-00, 2.6), without the record header; with the message type. */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { readCipherKinds, writeCipherKinds } from './cipher-kinds.ts';
import { readSsl2MessageType, SSL2_SERVER_HELLO } from './ssl2-message-types.ts';

export interface Ssl2ServerHelloMessage {
  /** Not 0: the server knew the session id. */
  session_id_hit: number;
  /** 1: X.509. */
  certificate_type: number;
  version: number;
  certificate: Uint8Array;
  cipher_kinds: readonly number[];
  connection_id: Uint8Array;
}

export function readSsl2ServerHello(reader: ByteReader): Ssl2ServerHelloMessage {
  readSsl2MessageType(reader, SSL2_SERVER_HELLO);
  const session_id_hit = reader.u8('SSLv2 session id hit');
  const certificate_type = reader.u8('SSLv2 certificate type');
  const version = reader.u16('SSLv2 version');
  const certificateBytes = reader.u16('SSLv2 certificate length');
  const cipherBytes = reader.u16('SSLv2 cipher kinds length');
  const connectionBytes = reader.u16('SSLv2 connection id length');
  const certificate = reader.bytes(certificateBytes, 'SSLv2 certificate');
  const cipher_kinds = readCipherKinds(reader, cipherBytes);
  const connection_id = reader.bytes(connectionBytes, 'SSLv2 connection id');
  reader.end('SSLv2 SERVER-HELLO');
  return { session_id_hit, certificate_type, version, certificate, cipher_kinds, connection_id };
}

export function writeSsl2ServerHello(writer: ByteWriter, hello: Ssl2ServerHelloMessage): void {
  writer.u8(SSL2_SERVER_HELLO).u8(hello.session_id_hit).u8(hello.certificate_type).u16(hello.version);
  writer
    .u16(hello.certificate.length)
    .u16(hello.cipher_kinds.length * 3)
    .u16(hello.connection_id.length);
  writer.bytes(hello.certificate);
  writeCipherKinds(writer, hello.cipher_kinds);
  writer.bytes(hello.connection_id);
}
