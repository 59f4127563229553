/**
 * The first message of a client, as a legacy server needs it: an SSLv2 CLIENT-HELLO (draft-hickman-netscape-ssl-00)
 * or a ClientHello in TLS records (RFC 2246, 7.4.1.2). Extensions are left out: no such server knew them.
 */
import { ByteReader } from '../../../pipeline/base/byte-reader.ts';

export type Hello =
  | { kind: 'ssl2'; version: number; cipher_kinds: number[] }
  | { kind: 'tls'; record_version: number; version: number; cipher_suites: number[] };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
/** SSLv2's CLIENT-HELLO has the same message number by chance. */
const SSL2_CLIENT_HELLO = 1;

/** The hello in `bytes`; undefined while it is not all there. Throws DecodeError or RangeError for what is none. */
export function readHello(bytes: Uint8Array): Hello | undefined {
  if (bytes.length < 3) return undefined;
  if (bytes[0] === HANDSHAKE && bytes[1] === 3) return readTls(bytes);
  if (bytes[0]! >= 0x80 && bytes[2] === SSL2_CLIENT_HELLO) return readSsl2(bytes);
  throw new RangeError('no hello');
}

function readSsl2(bytes: Uint8Array): Hello | undefined {
  const length = ((bytes[0]! & 0x7f) << 8) | bytes[1]!;
  if (bytes.length < 2 + length) return undefined;
  const reader = new ByteReader(bytes.subarray(3, 2 + length));
  const version = reader.u16('version');
  const [kinds, session, challenge] = [reader.u16('length'), reader.u16('length'), reader.u16('length')];
  const list = reader.nested(kinds, 'cipher kinds');
  reader.bytes(session + challenge, 'session and challenge');
  const cipher_kinds: number[] = [];
  while (list.remaining > 0) cipher_kinds.push(list.u24('cipher kind'));
  return { kind: 'ssl2', version, cipher_kinds };
}

function readTls(bytes: Uint8Array): Hello | undefined {
  const message = handshakeBytes(bytes);
  if (!message || message.length < 4) return undefined;
  const outer = new ByteReader(message);
  if (outer.u8('type') !== CLIENT_HELLO) throw new RangeError('no ClientHello');
  const length = outer.u24('length');
  if (outer.remaining < length) return undefined;
  const hello = outer.nested(length, 'ClientHello');
  const version = hello.u16('version');
  hello.bytes(32, 'random');
  hello.vector(1, 'session id');
  const list = hello.vector(2, 'cipher suites');
  const cipher_suites: number[] = [];
  while (list.remaining > 0) cipher_suites.push(list.u16('cipher suite'));
  return { kind: 'tls', record_version: (bytes[1]! << 8) | bytes[2]!, version, cipher_suites };
}

/** The contents of the handshake records at the start of `bytes`, joined; undefined while one is not whole. */
function handshakeBytes(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length < at + 5 || bytes[at] !== HANDSHAKE) break;
    const length = (bytes[at + 3]! << 8) | bytes[at + 4]!;
    if (bytes.length < at + 5 + length) break;
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return parts.length > 0 ? Buffer.concat(parts) : undefined;
}
