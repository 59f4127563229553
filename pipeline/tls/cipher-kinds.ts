/** SSLv2 cipher kinds, three bytes each (draft-hickman-netscape-ssl-00, C.2). A TLS suite has a zero byte before it. */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { DecodeError } from '../base/errors.ts';

export function readCipherKinds(reader: ByteReader, bytes: number): number[] {
  if (bytes % 3 !== 0) {
    throw new DecodeError('SSLv2 cipher kinds', reader.offset, 'a multiple of 3 bytes', `${bytes}`);
  }
  const list = reader.nested(bytes, 'SSLv2 cipher kinds');
  const kinds: number[] = [];
  while (list.remaining > 0) kinds.push(list.u24('SSLv2 cipher kind'));
  return kinds;
}

export function writeCipherKinds(writer: ByteWriter, kinds: readonly number[]): void {
  for (const kind of kinds) writer.u24(kind);
}
