/**
 * A client's first message, SSLv2 CLIENT-HELLO or ClientHello in TLS records (RFC 8446, 4.1.2), to what it offers. Read
 * here anew, without the codec that scans are made with, so that a fault of that codec shows.
 */
import { ByteReader } from '../../pipeline/base/byte-reader.ts';

export interface ClientOffer {
  /** The highest version offered. */
  version: number;
  /** Suites, or cipher kinds of SSLv2, in the client's order. */
  cipher_suites: number[];
  /** supported_groups; null where the client says nothing of groups. */
  groups: number[] | null;
  /** Groups in key_share; null where there is none (up to TLS 1.2). */
  shares: number[] | null;
}

/** The offer in `bytes`; undefined while it is not all there. Throws DecodeError or RangeError for what is none. */
export function readClientOffer(bytes: Uint8Array): ClientOffer | undefined {
  if (bytes.length < 5) return undefined;
  if (bytes[0] === HANDSHAKE && bytes[1] === 3) return readTls(bytes);
  if (bytes[0]! >= 0x80 && bytes[2] === CLIENT_HELLO) return readSsl2(bytes);
  throw new RangeError(`no hello: ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`);
}

function readSsl2(bytes: Uint8Array): ClientOffer | undefined {
  const length = ((bytes[0]! & 0x7f) << 8) | bytes[1]!;
  if (bytes.length < 2 + length) return undefined;
  const reader = new ByteReader(bytes.subarray(3, 2 + length));
  const version = reader.u16('version');
  const kinds = reader.u16('length of the cipher kinds');
  reader.bytes(4, 'lengths of session and challenge');
  return { version, cipher_suites: numbers(reader.nested(kinds, 'kinds'), 3), groups: null, shares: null };
}

function readTls(bytes: Uint8Array): ClientOffer | undefined {
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
  const cipher_suites = numbers(hello.vector(2, 'cipher suites'), 2);
  hello.vector(1, 'compression methods');
  const offer: ClientOffer = { version, cipher_suites, groups: null, shares: null };
  if (hello.remaining > 0) readExtensions(hello.vector(2, 'extensions'), offer);
  return offer;
}

function readExtensions(list: ByteReader, offer: ClientOffer): void {
  while (list.remaining > 0) {
    const type = list.u16('type');
    const data = list.vector(2, 'data');
    if (type === SUPPORTED_GROUPS) offer.groups = numbers(data.vector(2, 'groups'), 2);
    if (type === SUPPORTED_VERSIONS) {
      offer.version = Math.max(...numbers(data.vector(1, 'versions'), 2).filter(isNoGrease));
    }
    if (type === KEY_SHARE) offer.shares = sharesIn(data.vector(2, 'shares'));
  }
}

function sharesIn(list: ByteReader): number[] {
  const groups: number[] = [];
  while (list.remaining > 0) {
    groups.push(list.u16('group'));
    list.vector(2, 'key exchange');
  }
  return groups;
}

function numbers(list: ByteReader, width: 2 | 3): number[] {
  const values: number[] = [];
  while (list.remaining > 0) values.push(width === 2 ? list.u16('number') : list.u24('number'));
  return values;
}

/** The contents of the handshake records at the start of `bytes`, joined. */
export function handshakeBytes(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 5 <= bytes.length && bytes[at] === HANDSHAKE; ) {
    const end = at + 5 + ((bytes[at + 3]! << 8) | bytes[at + 4]!);
    if (bytes.length < end) break;
    parts.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** RFC 8701. */
function isNoGrease(version: number): boolean {
  return (version & 0x0f0f) !== 0x0a0a;
}

const HANDSHAKE = 22;
/** In SSLv2, too. */
const CLIENT_HELLO = 1;
const SUPPORTED_GROUPS = 10;
const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;
