/** The first record of an SSLv2 server to its answer: SERVER-HELLO or ERROR (draft-hickman-netscape-ssl-00, 2.4 and 2.6). */
import { ByteReader } from '../base/byte-reader.ts';
import { DecodeError } from '../base/errors.ts';
import type { ServerAnswer } from './server-flight.ts';
import { showBytes } from './show-bytes.ts';
import { readSsl2Error } from './ssl2-error.ts';
import { SSL2_ERROR, SSL2_SERVER_HELLO } from './ssl2-message-types.ts';
import { readSsl2Record, readSsl2RecordHeader } from './ssl2-record.ts';
import { readSsl2ServerHello } from './ssl2-server-hello.ts';

/** At least this many bytes for `readSsl2Answer`: the longer header, and the message type. */
const LEAST_BYTES = 4;

/** The answer that `bytes` begin with, undefined while it isn't whole. Throws DecodeError for what is none. */
export function readSsl2Answer(bytes: Uint8Array): ServerAnswer | undefined {
  if (bytes.length < LEAST_BYTES) return undefined;
  const reader = new ByteReader(bytes);
  const header = readSsl2RecordHeader(reader);
  const { offset } = reader;
  // Looked at before the record is whole: text, read as a length, would have us wait for thousands of bytes.
  const type = reader.u8('SSLv2 message type');
  if (type !== SSL2_ERROR && type !== SSL2_SERVER_HELLO) {
    throw new DecodeError('SSLv2 message type', offset, '0 or 4', showBytes(bytes.subarray(0, LEAST_BYTES)));
  }
  if (bytes.length < offset + header.length) return undefined;
  const message = readSsl2Record(new ByteReader(bytes));
  if (type === SSL2_ERROR) return { kind: 'ssl2_error', code: readSsl2Error(message) };
  const { version, cipher_kinds, certificate, connection_id } = readSsl2ServerHello(message);
  return { kind: 'ssl2_server_hello', version, cipher_kinds: [...cipher_kinds], certificate, connection_id };
}
