/**
 * The handshake layer of SSLv3 to TLS 1.3: type, length, body (RFC 5246, 7.4; RFC 8446, 4).
 * Bodies are read by the file of each message; reassembly from records is in `handshake-stream.ts`.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

export const HANDSHAKE_HEADER_BYTES = 4;

export interface HandshakeMessage {
  type: number;
  body: ByteReader;
}

/** The next message, whatever its type. */
export function readHandshake(reader: ByteReader): HandshakeMessage {
  const type = reader.u8('handshake type');
  return { type, body: reader.vector(3, 'handshake message') };
}

/** Header and body, where `write` gives the body. */
export function writeHandshake(writer: ByteWriter, type: number, write: (writer: ByteWriter) => void): void {
  writer.u8(type).vector(3, write);
}
