/** A TLS 1.3 server's first bytes → how far it came in the clear: ServerHello, HelloRetryRequest alone, or neither. */
import { ByteReader } from '../base/byte-reader.ts';
import { DecodeError } from '../base/errors.ts';
import { HANDSHAKE } from './content-types.ts';
import { HANDSHAKE_HEADER_BYTES } from './handshake.ts';
import { SERVER_HELLO } from './handshake-types.ts';
import { readRecord } from './record.ts';
import { HELLO_RETRY_REQUEST_RANDOM } from './server-hello.ts';

export type FirstHello = 'server_hello' | 'hello_retry_request' | null;

/** The last of both in `bytes`, which may be cut short anywhere; below TLS 1.3 it is a ServerHello. */
export function firstHello(bytes: Uint8Array): FirstHello {
  const reader = new ByteReader(bytes);
  let hello: FirstHello = null;
  try {
    while (hello !== 'server_hello') hello = helloIn(readRecord(reader)) ?? hello;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  return hello;
}

function helloIn({ content_type, fragment }: ReturnType<typeof readRecord>): FirstHello {
  if (content_type !== HANDSHAKE || fragment[0] !== SERVER_HELLO) return null;
  // legacy_version, then the random.
  const random = fragment.subarray(HANDSHAKE_HEADER_BYTES + 2, HANDSHAKE_HEADER_BYTES + 2 + 32);
  return Buffer.compare(random, HELLO_RETRY_REQUEST_RANDOM) === 0 ? 'hello_retry_request' : 'server_hello';
}
