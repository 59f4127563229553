/** The form of a server's flight, for tests: what remains when keys, randoms and signatures are taken out. */
import { ByteReader } from '../../../pipeline/base/byte-reader.ts';

export interface FlightShape {
  version: number;
  cipher_suite: number;
  session_id_bytes: number;
  extension_bytes: number;
  /** Version in the head of each record. */
  record_versions: number[];
  /** Message types, one list a record. */
  messages: number[][];
  /** Lengths of the vectors in ServerKeyExchange: p, g, Ys and signature, or modulus, exponent, signature. */
  server_key_exchange: number[];
  /** ServerKeyExchange without its signature, and the signature. */
  parameters: Uint8Array;
  signature: Uint8Array;
  server_random: Uint8Array;
  certificates: Uint8Array[];
}

/** The shape of a whole flight up to ServerHelloDone. `vectors`: how many the key parameters have (DH 3, RSA 2). */
export function flightShape(bytes: Uint8Array, vectors: 2 | 3): FlightShape {
  const shape = { record_versions: [], messages: [], server_key_exchange: [], certificates: [] } as unknown;
  const known = shape as FlightShape;
  const reader = new ByteReader(bytes);
  while (reader.remaining > 0 && known.messages.flat().at(-1) !== 14) {
    if (reader.u8('type') !== 22) throw new Error('no handshake record');
    known.record_versions.push(reader.u16('version'));
    const record = reader.vector(2, 'record');
    const types: number[] = [];
    while (record.remaining > 0) types.push(readMessage(record, known, vectors));
    known.messages.push(types);
  }
  return known;
}

function readMessage(record: ByteReader, shape: FlightShape, vectors: number): number {
  const type = record.u8('type');
  const body = record.vector(3, 'message');
  if (type === 2) readHello(body, shape);
  if (type === 11) readCertificates(body, shape);
  if (type === 12) readKeyExchange(body, shape, vectors);
  return type;
}

function readHello(body: ByteReader, shape: FlightShape): void {
  shape.version = body.u16('version');
  shape.server_random = body.bytes(32, 'random');
  shape.session_id_bytes = body.vector(1, 'session id').remaining;
  shape.cipher_suite = body.u16('suite');
  body.u8('compression');
  shape.extension_bytes = body.remaining;
}

function readCertificates(body: ByteReader, shape: FlightShape): void {
  const list = body.vector(3, 'list');
  while (list.remaining > 0) shape.certificates.push(list.vector(3, 'certificate').rest());
}

function readKeyExchange(body: ByteReader, shape: FlightShape, vectors: number): void {
  const whole = body.rest();
  const reader = new ByteReader(whole);
  for (let index = 0; index < vectors; index++) {
    const parameter = reader.vector(2, 'parameter');
    shape.server_key_exchange.push(parameter.remaining);
  }
  shape.parameters = whole.subarray(0, reader.offset);
  if (reader.remaining === 0) return;
  if (shape.version >= 0x0303) reader.u16('signature algorithm');
  shape.signature = reader.vector(2, 'signature').rest();
  shape.server_key_exchange.push(shape.signature.length);
}
