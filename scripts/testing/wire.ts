/** Answers of servers made up byte by byte, for what no recorded server ever said. */
import { ByteWriter } from '../../pipeline/base/byte-writer.ts';
import { HANDSHAKE } from '../../pipeline/tls/content-types.ts';
import { writeHandshake } from '../../pipeline/tls/handshake.ts';
import { SERVER_HELLO } from '../../pipeline/tls/handshake-types.ts';
import { writeRecord } from '../../pipeline/tls/record.ts';
import { type ServerHello, writeServerHello } from '../../pipeline/tls/server-hello.ts';
import { TLS1_2 } from '../../pipeline/tls/versions.ts';

export function recordOf(content_type: number, fragment: Uint8Array, version = TLS1_2): Uint8Array {
  const writer = new ByteWriter();
  writeRecord(writer, { content_type, version, fragment });
  return writer.finish();
}

/** A handshake message, without record. */
export function messageOf(type: number, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const writer = new ByteWriter();
  writeHandshake(writer, type, (inner) => inner.bytes(body));
  return writer.finish();
}

/** A ServerHello of TLS 1.2 with no session id and no extensions, unless told otherwise; without record. */
export function serverHelloOf(change: Partial<ServerHello> = {}): Uint8Array {
  const writer = new ByteWriter();
  writeServerHello(writer, {
    legacy_version: TLS1_2,
    random: new Uint8Array(32).fill(7),
    session_id: new Uint8Array(0),
    cipher_suite: 0xc02f,
    compression_method: 0,
    extensions: null,
    ...change,
  });
  return messageOf(SERVER_HELLO, writer.finish());
}

/** Each message in a record of its own. */
export function flightOf(...messages: Uint8Array[]): Uint8Array {
  return join(...messages.map((message) => recordOf(HANDSHAKE, message)));
}

export function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
