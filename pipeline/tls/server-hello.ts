/**
 * ServerHello of SSLv3 to TLS 1.3, which is HelloRetryRequest too (RFC 6101, 5.6.1.3; RFC 5246, 7.4.1.3; RFC 8446, 4.1.3 and
 * 4.1.4), and what TLS 1.3 says in its extensions: the version and the group.
 */
import { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { DecodeError } from '../base/errors.ts';
import { fromHex } from '../base/hex.ts';
import { type Extension, readExtensionList, writeExtensionList } from './extension-list.ts';
import { KEY_SHARE, SUPPORTED_VERSIONS } from './extensions.ts';

export interface ServerHello {
  /** As in the message; TLS 1.3 says 0x0303 here and the truth in supported_versions. */
  legacy_version: number;
  /** 32 bytes. */
  random: Uint8Array;
  session_id: Uint8Array;
  cipher_suite: number;
  compression_method: number;
  /** Null: the hello ends before them. */
  extensions: Extension[] | null;
}

export function readServerHello(reader: ByteReader): ServerHello {
  const legacy_version = reader.u16('server_version');
  const random = reader.bytes(32, 'random');
  const session_id = readSessionId(reader);
  const cipher_suite = reader.u16('cipher_suite');
  const compression_method = reader.u8('compression_method');
  const extensions = readExtensionList(reader, (type, body) => {
    if (type === SUPPORTED_VERSIONS) readSelectedVersion(body);
    if (type === KEY_SHARE) readSelectedGroup(body, isRetryRandom(random));
  });
  reader.end('ServerHello');
  return { legacy_version, random, session_id, cipher_suite, compression_method, extensions };
}

export function writeServerHello(writer: ByteWriter, hello: ServerHello): void {
  writer.u16(hello.legacy_version).bytes(hello.random);
  writer.u8(hello.session_id.length).bytes(hello.session_id);
  writer.u16(hello.cipher_suite).u8(hello.compression_method);
  writeExtensionList(writer, hello.extensions);
}

/** The version of supported_versions, null where the server speaks TLS 1.2 or older. */
export function selectedVersion(hello: ServerHello): number | null {
  const data = extensionData(hello, SUPPORTED_VERSIONS);
  return data ? readSelectedVersion(new ByteReader(data)) : null;
}

/** The group of key_share, null where the server sent none. */
export function selectedGroup(hello: ServerHello): number | null {
  const data = extensionData(hello, KEY_SHARE);
  return data ? readSelectedGroup(new ByteReader(data), isHelloRetryRequest(hello)) : null;
}

/** Whether the random is the one that RFC 8446, 4.1.3 sets aside for HelloRetryRequest. */
export function isHelloRetryRequest(hello: ServerHello): boolean {
  return isRetryRandom(hello.random);
}

function isRetryRandom(random: Uint8Array): boolean {
  // Looked at for each hello: most differ in the first byte.
  for (let at = 0; at < random.length; at++) {
    if (random[at] !== HELLO_RETRY_REQUEST_RANDOM[at]) return false;
  }
  return true;
}

function readSelectedVersion(body: ByteReader): number {
  const version = body.u16('selected_version');
  body.end('supported_versions');
  return version;
}

/** RFC 8446, 4.2.8: a HelloRetryRequest names the group only, a ServerHello sends its share too. */
function readSelectedGroup(body: ByteReader, retry: boolean): number {
  const group = body.u16('selected_group');
  if (!retry) body.vector(2, 'key_exchange');
  body.end('key_share');
  return group;
}

function readSessionId(reader: ByteReader): Uint8Array {
  const { offset } = reader;
  const id = reader.vectorBytes(1, 'session_id');
  if (id.length > 32) throw new DecodeError('session_id', offset, 'at most 32 bytes', `${id.length}`);
  return id;
}

function extensionData(hello: ServerHello, type: number): Uint8Array | undefined {
  return hello.extensions?.find((extension) => extension.type === type)?.data;
}

/** SHA-256 of "HelloRetryRequest". */
export const HELLO_RETRY_REQUEST_RANDOM: Uint8Array = fromHex(
  'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c',
);
