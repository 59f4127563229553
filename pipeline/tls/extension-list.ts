/** The list of extensions that ends a hello (RFC 8446, 4.2; RFC 5246, 7.4.1.4). Bodies stay bytes. */
import { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

/** Type and length. */
export const EXTENSION_HEADER_BYTES = 4;

export interface Extension {
  type: number;
  data: Uint8Array;
}

/**
 * The list at the end of a hello, null where the hello ends before it, as in SSLv3.
 * `check` sees each body while its place is still known, so that what it throws says where.
 */
export function readExtensionList(
  reader: ByteReader,
  check?: (type: number, body: ByteReader) => void,
): Extension[] | null {
  if (reader.remaining === 0) return null;
  const list = reader.vector(2, 'extensions');
  const extensions: Extension[] = [];
  while (list.remaining > 0) {
    const type = list.u16('extension type');
    const body = list.vector(2, 'extension');
    const data = body.rest();
    if (check) check(type, new ByteReader(data, body.offset - data.length));
    extensions.push({ type, data });
  }
  return extensions;
}

export function writeExtensionList(writer: ByteWriter, extensions: readonly Extension[] | null): void {
  if (extensions === null) return;
  writer.vector(2, (list) => {
    for (const { type, data } of extensions) {
      list.u16(type).u16(data.length).bytes(data);
    }
  });
}
