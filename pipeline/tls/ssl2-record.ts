/**
 * The record layer of SSLv2: a header of two bytes, or of three with padding (draft-hickman-netscape-ssl-00, 1.1).
 * Cleartext only: a MAC is not looked for.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { DecodeError } from '../base/errors.ts';

/** Enough bytes for `readSsl2RecordHeader`, whichever header it is. */
export const SSL2_HEADER_BYTES = 3;

const MAX_SSL2_RECORD_BYTES = 0x7fff;

export interface Ssl2RecordHeader {
  /** Bytes after the header, padding included. */
  length: number;
  padding: number;
}

export function readSsl2RecordHeader(reader: ByteReader): Ssl2RecordHeader {
  const { offset } = reader;
  const word = reader.u16('SSLv2 record length');
  if (word & 0x8000) return { length: word & 0x7fff, padding: 0 };
  const length = word & 0x3fff;
  const padding = reader.u8('SSLv2 padding');
  if (padding > length) throw new DecodeError('SSLv2 padding', offset + 2, `at most ${length}`, `${padding}`);
  return { length, padding };
}

/** The next record's bytes, without its padding. */
export function readSsl2Record(reader: ByteReader): ByteReader {
  const { length, padding } = readSsl2RecordHeader(reader);
  const data = reader.nested(length - padding, 'SSLv2 record');
  reader.bytes(padding, 'SSLv2 padding');
  return data;
}

/** One record with a header of two bytes. More than 32,767 bytes are a bug and throw RangeError. */
export function writeSsl2Record(writer: ByteWriter, data: Uint8Array): void {
  if (data.length > MAX_SSL2_RECORD_BYTES) throw new RangeError(`SSLv2 record of ${data.length} bytes`);
  writer.u16(0x8000 | data.length).bytes(data);
}
