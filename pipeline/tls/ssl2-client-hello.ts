/**
 * SSLv2 CLIENT-HELLO (draft-hickman-netscape-ssl-00, 2.5), also as SSLv3 and TLS clients used it (RFC 5246, E.2).
 * Without the record header; with the message type.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { readCipherKinds, writeCipherKinds } from './cipher-kinds.ts';
import { readSsl2MessageType, SSL2_CLIENT_HELLO } from './ssl2-message-types.ts';

export interface Ssl2ClientHello {
  version: number;
  cipher_kinds: readonly number[];
  session_id: Uint8Array;
  /** 16 to 32 bytes. */
  challenge: Uint8Array;
}

export function readSsl2ClientHello(reader: ByteReader): Ssl2ClientHello {
  readSsl2MessageType(reader, SSL2_CLIENT_HELLO);
  const version = reader.u16('SSLv2 version');
  const cipherBytes = reader.u16('SSLv2 cipher kinds length');
  const sessionBytes = reader.u16('SSLv2 session id length');
  const challengeBytes = reader.u16('SSLv2 challenge length');
  const cipher_kinds = readCipherKinds(reader, cipherBytes);
  const session_id = reader.bytes(sessionBytes, 'SSLv2 session id');
  const challenge = reader.bytes(challengeBytes, 'SSLv2 challenge');
  reader.end('SSLv2 CLIENT-HELLO');
  return { version, cipher_kinds, session_id, challenge };
}

export function writeSsl2ClientHello(writer: ByteWriter, hello: Ssl2ClientHello): void {
  writer.u8(SSL2_CLIENT_HELLO).u16(hello.version);
  writer
    .u16(hello.cipher_kinds.length * 3)
    .u16(hello.session_id.length)
    .u16(hello.challenge.length);
  writeCipherKinds(writer, hello.cipher_kinds);
  writer.bytes(hello.session_id).bytes(hello.challenge);
}
