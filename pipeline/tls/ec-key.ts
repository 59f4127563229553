/**
 * ServerECDHParams: the curve, named or spelt out, and the server's point (RFC 8422, 5.4; RFC 4492, 5.4 for explicit curves).
 * The parameters of an explicit curve are kept as they were sent; only what says its size is looked into.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import { ByteWriter } from '../base/byte-writer.ts';
import { DecodeError } from '../base/errors.ts';
import type { EphemeralKey } from './server-flight.ts';

/** The elliptic kinds of EphemeralKey. */
export type EcKey = Extract<EphemeralKey, { point: Uint8Array }>;

export function readEcKey(reader: ByteReader): EcKey {
  const { offset } = reader;
  const curveType = reader.u8('curve_type');
  if (curveType === NAMED_CURVE) {
    return { kind: 'named_group', named_group: reader.u16('named_curve'), point: readPoint(reader) };
  }
  if (curveType === EXPLICIT_PRIME) {
    const prime = reader.vectorBytes(1, 'prime_p');
    return { kind: 'explicit_prime', prime, curve: readCurve(reader), point: readPoint(reader) };
  }
  if (curveType === EXPLICIT_CHAR2) {
    const field_bits = reader.u16('m');
    return { kind: 'explicit_char2', field_bits, curve: readChar2Curve(reader), point: readPoint(reader) };
  }
  throw new DecodeError('curve_type', offset, '1, 2 or 3', `${curveType}`);
}

export function writeEcKey(writer: ByteWriter, key: EcKey): void {
  if (key.kind === 'named_group') {
    writer.u8(NAMED_CURVE).u16(key.named_group);
  } else if (key.kind === 'explicit_prime') {
    writer.u8(EXPLICIT_PRIME).u8(key.prime.length).bytes(key.prime).bytes(key.curve);
  } else {
    writer.u8(EXPLICIT_CHAR2).u16(key.field_bits).bytes(key.curve);
  }
  writer.u8(key.point.length).bytes(key.point);
}

function readPoint(reader: ByteReader): Uint8Array {
  return reader.vectorBytes(1, 'public point');
}

/** a, b, base, order and cofactor, as sent. */
function readCurve(reader: ByteReader): Uint8Array {
  const copy = new ByteWriter();
  for (const part of ['curve a', 'curve b', 'base', 'order', 'cofactor']) copyVector(reader, copy, part);
  return copy.finish();
}

/** Basis with its exponents, then as `readCurve`. */
function readChar2Curve(reader: ByteReader): Uint8Array {
  const copy = new ByteWriter();
  const { offset } = reader;
  const basis = reader.u8('basis');
  const exponents = EXPONENTS[basis];
  if (!exponents) throw new DecodeError('basis', offset, '1 or 2', `${basis}`);
  copy.u8(basis);
  for (const exponent of exponents) copyVector(reader, copy, exponent);
  return copy.bytes(readCurve(reader)).finish();
}

function copyVector(reader: ByteReader, copy: ByteWriter, what: string): void {
  const bytes = reader.vectorBytes(1, what);
  copy.u8(bytes.length).bytes(bytes);
}

const EXPLICIT_PRIME = 1;
const EXPLICIT_CHAR2 = 2;
const NAMED_CURVE = 3;

/** ECBasisType: ec_basis_trinomial, ec_basis_pentanomial. */
const EXPONENTS: Readonly<Record<number, readonly string[]>> = { 1: ['k'], 2: ['k1', 'k2', 'k3'] };
