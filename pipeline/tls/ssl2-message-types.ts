/** SSLv2 message types that stand in cleartext (draft-hickman-netscape-ssl-00, C.1), and the codes of its ERROR (C.4). */
import type { ByteReader } from '../base/byte-reader.ts';
import { DecodeError } from '../base/errors.ts';

export const SSL2_ERROR = 0;
export const SSL2_CLIENT_HELLO = 1;
export const SSL2_SERVER_HELLO = 4;

/** SSL-PE-NO-CIPHER: no cipher kind in common. */
export const SSL2_NO_CIPHER = 1;

/** Reads the type that a message begins with. Throws DecodeError for another one. */
export function readSsl2MessageType(reader: ByteReader, expected: number): void {
  const { offset } = reader;
  const type = reader.u8('SSLv2 message type');
  if (type !== expected) throw new DecodeError('SSLv2 message type', offset, `${expected}`, `${type}`);
}
