/** A vector of two-byte numbers with a two-byte length: suites, groups, signature algorithms (RFC 8446, 3.4). */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

export function readUint16List(reader: ByteReader, what: string): number[] {
  const list = reader.vector(2, what);
  const values: number[] = [];
  while (list.remaining > 0) values.push(list.u16(what));
  return values;
}

export function writeUint16List(writer: ByteWriter, values: readonly number[]): void {
  writer.vector(2, (list) => {
    for (const value of values) list.u16(value);
  });
}
