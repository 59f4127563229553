/**
 * The record layer of SSLv3 to TLS 1.3: a five-byte header, then a fragment (RFC 6101, 5.2; RFC 5246, 6.2; RFC 8446, 5.1).
 * Fragments are bytes here, cleartext or not: compression, encryption and authentication are left out.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { DecodeError } from '../base/errors.ts';
import { APPLICATION_DATA, CHANGE_CIPHER_SPEC } from './content-types.ts';
import { showBytes } from './show-bytes.ts';

export const RECORD_HEADER_BYTES = 5;

/** Most bytes that a writer puts into one fragment. */
export const MAX_FRAGMENT_BYTES = 2 ** 14;

/** Most bytes that a reader takes: an encrypted record may grow by 2,048 (RFC 5246, 6.2.3). */
export const MAX_RECORD_BYTES = MAX_FRAGMENT_BYTES + 2048;

export interface RecordHeader {
  content_type: number;
  /** Of the record layer: says little about the version of the connection. */
  version: number;
  /** Bytes of the fragment. */
  length: number;
}

export interface TlsRecord {
  content_type: number;
  version: number;
  fragment: Uint8Array;
}

/** Five bytes. Throws DecodeError for what no TLS peer sends; then `found` shows them as text, too. */
export function readRecordHeader(reader: ByteReader): RecordHeader {
  const { offset } = reader;
  const bytes = reader.bytes(RECORD_HEADER_BYTES, 'record header');
  const content_type = bytes[0]!;
  if (content_type < CHANGE_CIPHER_SPEC || content_type > APPLICATION_DATA) {
    throw new DecodeError('record header', offset, 'content type 20 to 23', showBytes(bytes));
  }
  if (bytes[1] !== 3) throw new DecodeError('record header', offset + 1, 'major version 3', showBytes(bytes));
  const length = bytes[3]! * 256 + bytes[4]!;
  if (length > MAX_RECORD_BYTES) {
    throw new DecodeError('record length', offset + 3, `at most ${MAX_RECORD_BYTES}`, `${length}`);
  }
  return { content_type, version: 0x300 + bytes[2]!, length };
}

export function readRecord(reader: ByteReader): TlsRecord {
  const { content_type, version, length } = readRecordHeader(reader);
  return { content_type, version, fragment: reader.bytes(length, 'record fragment') };
}

/** One record. A fragment longer than 2^14 bytes is a bug and throws RangeError. */
export function writeRecord(writer: ByteWriter, record: TlsRecord): void {
  if (record.fragment.length > MAX_FRAGMENT_BYTES) {
    throw new RangeError(`fragment of ${record.fragment.length} bytes`);
  }
  writer.u8(record.content_type).u16(record.version).u16(record.fragment.length).bytes(record.fragment);
}

/** `payload` in as many records as it takes, full ones first. */
export function writeRecords(
  writer: ByteWriter,
  content_type: number,
  version: number,
  payload: Uint8Array,
): void {
  for (let start = 0; start < payload.length; start += MAX_FRAGMENT_BYTES) {
    const fragment = payload.subarray(start, start + MAX_FRAGMENT_BYTES);
    writeRecord(writer, { content_type, version, fragment });
  }
}
