/**
 * Hellos by hand, as short as they can be, and what a server chooses: a second opinion on what a defective server can
 * be got to accept, which owes nothing to `pipeline/tls`. RFC 5246, 7.4.1; RFC 8446, 4.1 and 9.2.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';

export interface HelloShape {
  /** Host name of a server_name. */
  name?: string;
  /** Whether supported_groups and signature_algorithms are there: up to TLS 1.2 they need not be. */
  groups?: boolean;
  schemes?: boolean;
}

export interface ServerChoice {
  version: number;
  cipher_suite: number;
}

/** A ClientHello of `version` with this one suite, in one record. */
export function handMadeHello(version: number, suite: number, shape: HelloShape = {}): Buffer {
  const { name, groups = true, schemes = version === TLS1_2 } = shape;
  const is13 = version === TLS1_3;
  const list = [
    ...(name === undefined ? [] : [extension(0, serverNames(name))]),
    ...(groups || is13 ? [extension(10, vector(2, numbers(GROUPS)))] : []),
    ...(schemes || is13 ? [extension(13, vector(2, numbers(SCHEMES)))] : []),
    ...(is13 ? [extension(43, vector(1, numbers([TLS1_3]))), extension(51, vector(2, keyShare()))] : []),
  ];
  const body = Buffer.concat([
    numbers([Math.min(version, TLS1_2)]),
    randomBytes(32),
    vector(1, is13 ? randomBytes(32) : Buffer.alloc(0)),
    vector(2, numbers([suite])),
    vector(1, Buffer.of(0)),
    list.length > 0 ? vector(2, Buffer.concat(list)) : Buffer.alloc(0),
  ]);
  const message = Buffer.concat([Buffer.of(1), vector(3, body)]);
  return Buffer.concat([Buffer.of(22, 3, 1), vector(2, message)]);
}

/** What the server on `port` of the loopback chooses; null where it refuses or says nothing. */
export function serverChoice(port: number, hello: Buffer, limit_ms = 5000): Promise<ServerChoice | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let bytes = Buffer.alloc(0);
    const end = (choice: ServerChoice | null) => {
      socket.destroy();
      resolve(choice);
    };
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const choice = choiceIn(bytes);
      if (choice !== undefined) end(choice);
    });
    socket.once('end', () => end(null)).on('error', () => end(null));
    socket.setTimeout(limit_ms, () => end(null)).write(hello);
  });
}

/** Undefined while the first record is not whole; null where it is no ServerHello. */
function choiceIn(bytes: Buffer): ServerChoice | null | undefined {
  if (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3)) return undefined;
  if (bytes[0] !== 22 || bytes[5] !== 2) return null;
  const suite_at = 44 + bytes[43]!;
  const cipher_suite = bytes.readUInt16BE(suite_at);
  // RFC 8446, 4.1.3: supported_versions is in the ServerHello of TLS 1.3 and in no other.
  const is13 = bytes.includes(numbers([43, 2, TLS1_3]), suite_at);
  return { version: is13 ? TLS1_3 : bytes.readUInt16BE(9), cipher_suite };
}

function serverNames(name: string): Buffer {
  return vector(2, Buffer.concat([Buffer.of(0), vector(2, Buffer.from(name))]));
}

/** Any 32 bytes are a point of X25519 (RFC 7748, 5). */
function keyShare(): Buffer {
  return Buffer.concat([numbers([X25519]), vector(2, randomBytes(32))]);
}

function extension(type: number, data: Buffer): Buffer {
  return Buffer.concat([numbers([type]), vector(2, data)]);
}

function vector(lengthBytes: number, content: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}

function numbers(values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 255]));
}

const TLS1_2 = 0x0303;
const TLS1_3 = 0x0304;
const X25519 = 29;
const GROUPS = [X25519, 23];
/** rsa_pss_rsae_sha256, rsa_pkcs1_sha256, rsa_pkcs1_sha1. */
const SCHEMES = [0x0804, 0x0401, 0x0201];
