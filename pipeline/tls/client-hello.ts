/**
 * ClientHello of SSLv3 to TLS 1.3 (RFC 6101, 5.6.1.2; RFC 5246, 7.4.1.2; RFC 8446, 4.1.2).
 * Which fields and extensions a hello of ours has is said in `write-hello.ts`; SSLv2's form is in `ssl2-client-hello.ts`.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { type Extension, readExtensionList, writeExtensionList } from './extension-list.ts';
import { readUint16List, writeUint16List } from './uint16-list.ts';

export interface ClientHello {
  version: number;
  /** 32 bytes. */
  random: Uint8Array;
  session_id: Uint8Array;
  cipher_suites: readonly number[];
  compression_methods: Uint8Array;
  /** Null: the hello ends before them. */
  extensions: readonly Extension[] | null;
}

export function readClientHello(reader: ByteReader): ClientHello {
  const hello = {
    version: reader.u16('client_version'),
    random: reader.bytes(32, 'random'),
    session_id: reader.vector(1, 'session_id').rest(),
    cipher_suites: readUint16List(reader, 'cipher_suites'),
    compression_methods: reader.vector(1, 'compression_methods').rest(),
    extensions: readExtensionList(reader),
  };
  reader.end('ClientHello');
  return hello;
}

export function writeClientHello(writer: ByteWriter, hello: ClientHello): void {
  writer.u16(hello.version).bytes(hello.random);
  writer.u8(hello.session_id.length).bytes(hello.session_id);
  writeUint16List(writer, hello.cipher_suites);
  writer.u8(hello.compression_methods.length).bytes(hello.compression_methods);
  writeExtensionList(writer, hello.extensions);
}
