/** SSLv2 ERROR (draft-hickman-netscape-ssl-00, 2.4), without the record header; with the message type. */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { readSsl2MessageType, SSL2_ERROR } from './ssl2-message-types.ts';

/** The error code. */
export function readSsl2Error(reader: ByteReader): number {
  readSsl2MessageType(reader, SSL2_ERROR);
  const code = reader.u16('SSLv2 error code');
  reader.end('SSLv2 ERROR');
  return code;
}

export function writeSsl2Error(writer: ByteWriter, code: number): void {
  writer.u8(SSL2_ERROR).u16(code);
}
