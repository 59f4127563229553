/**
 * The first message of a client, as a defective server sees it: lengths, suites, compression methods and extensions of a
 * ClientHello (RFC 5246, 7.4.1.2; RFC 8446, 4.1.2), and a shorter list of suites written back into it. Independent of
 * `pipeline/tls`, so that it can contradict that. Of an SSLv2 CLIENT-HELLO nothing is read but that it is one.
 */

export interface ClientHello {
  /** As sent, record headers included. */
  bytes: Buffer;
  /** Of all records together, without their headers. */
  record_bytes: number;
  is_ssl2: boolean;
  /** Highest version that is offered: supported_versions where there is one, else the version field; 2 for SSLv2. */
  version: number;
  cipher_suites: readonly number[];
  compression_methods: readonly number[];
  /** Contents by ExtensionType. */
  extensions: ReadonlyMap<number, Buffer>;
  /** The handshake message, its header of four bytes included, and where the list of suites begins in it. */
  message: Buffer;
  suites_at: number;
}

/** The hello at the start of `bytes`; undefined while it is not all there. Throws RangeError for what is none. */
export function readClientHello(bytes: Buffer): ClientHello | undefined {
  if (bytes.length < 3) return undefined;
  if (bytes[0] !== HANDSHAKE) return readSsl2(bytes);
  const message = handshakeMessage(bytes);
  if (message === undefined) return undefined;
  if (message[0] !== CLIENT_HELLO) throw new RangeError('no ClientHello');
  return { ...fieldsOf(message), bytes, record_bytes: recordBytes(bytes), is_ssl2: false };
}

/** The same hello with the first `count` of its suites alone, in one record. */
export function withFirstSuites({ bytes, message, suites_at }: ClientHello, count: number): Buffer {
  const length = message.readUInt16BE(suites_at);
  const kept = Math.min(length, 2 * count);
  const list = message.subarray(suites_at + 2, suites_at + 2 + kept);
  const head = Buffer.from(message.subarray(0, suites_at));
  const body = Buffer.concat([head, u16(kept), list, message.subarray(suites_at + 2 + length)]);
  body.writeUIntBE(body.length - 4, 1, 3);
  return Buffer.concat([bytes.subarray(0, 3), u16(body.length), body]);
}

/** The host name of its server_name (RFC 6066, 3); undefined where there is none. */
export function serverName({ extensions }: ClientHello): string | undefined {
  return extensions.get(0)?.subarray(5).toString('latin1');
}

/** How many schemes its signature_algorithms has; 0 without it. */
export function schemeCount({ extensions }: ClientHello): number {
  const list = extensions.get(13);
  return list === undefined ? 0 : list.readUInt16BE(0) / 2;
}

function readSsl2(bytes: Buffer): ClientHello | undefined {
  if (bytes[0]! < 0x80 || bytes[2] !== CLIENT_HELLO) throw new RangeError('no hello');
  const length = bytes.readUInt16BE(0) & 0x7fff;
  if (bytes.length < 2 + length) return undefined;
  return {
    ...NO_FIELDS,
    bytes,
    record_bytes: length,
    is_ssl2: true,
    message: bytes.subarray(2),
    suites_at: 0,
  };
}

function fieldsOf(message: Buffer) {
  const legacy = message.readUInt16BE(4);
  const suites_at = 39 + message[38]!;
  const suites = message.readUInt16BE(suites_at);
  const methods_at = suites_at + 2 + suites;
  const methods = message[methods_at]!;
  const extensions = extensionsIn(message.subarray(methods_at + 1 + methods));
  const offered = extensions.get(43);
  return {
    version: offered ? Math.max(...numbers(offered.subarray(1))) : legacy,
    cipher_suites: numbers(message.subarray(suites_at + 2, methods_at)),
    compression_methods: [...message.subarray(methods_at + 1, methods_at + 1 + methods)],
    extensions,
    message,
    suites_at,
  };
}

function extensionsIn(bytes: Buffer): Map<number, Buffer> {
  const extensions = new Map<number, Buffer>();
  for (let at = 2; at < bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    extensions.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return extensions;
}

/** The first message in the handshake records at the start of `bytes`; undefined while it is not whole. */
function handshakeMessage(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length && bytes[at] === HANDSHAKE; at += 5 + bytes.readUInt16BE(at + 3)) {
    parts.push(bytes.subarray(at + 5, at + 5 + bytes.readUInt16BE(at + 3)));
  }
  const message = Buffer.concat(parts);
  if (message.length < 4 || message.length < 4 + message.readUIntBE(1, 3)) return undefined;
  return message.subarray(0, 4 + message.readUIntBE(1, 3));
}

function recordBytes(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
    sum += bytes.readUInt16BE(at + 3);
  return sum;
}

function numbers(list: Buffer): number[] {
  return Array.from({ length: Math.floor(list.length / 2) }, (_, index) => list.readUInt16BE(2 * index));
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

const HANDSHAKE = 22;
/** SSLv2's CLIENT-HELLO has the same message number by chance. */
const CLIENT_HELLO = 1;
const NO_FIELDS = {
  version: 2,
  cipher_suites: [],
  compression_methods: [0],
  extensions: new Map<number, Buffer>(),
};
