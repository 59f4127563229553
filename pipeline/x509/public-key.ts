/**
 * SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) → algorithm, size, curve. RSA and DSA: RFC 3279; EC: RFC 5480, explicit
 * parameters: X9.62; EdDSA: RFC 8410; GOST: RFC 4491 and 9215. The key itself is not judged.
 */
import { DecodeError } from '../base/errors.ts';
import { type DerElement, type DerReader, TAG, within } from './der.ts';
import { bitLength, bitString, isShortest, objectIdentifier, unsignedInteger } from './der-value.ts';
import type { ProblemLog } from './problem-log.ts';

export interface PublicKeyFacts {
  /** Object identifier. */
  algorithm: string;
  /** Modulus, prime or field size; null where it can't be told. */
  bits: number | null;
  /** Object identifier of a named curve. */
  curve: string | null;
  /** RSA, without leading zeros; null for others, and where they are none or out of all bounds. */
  rsa: { modulus: Uint8Array; exponent: Uint8Array } | null;
  /** EC domain parameters are written out: too costly to compute with unseen. */
  explicit_parameters: boolean;
}

/** Throws DecodeError where not even the algorithm can be read. */
export function publicKeyFacts(spki: DerElement, log: ProblemLog): PublicKeyFacts {
  const reader = within(spki, log);
  const identifier = within(reader.next(TAG.sequence, 'public key algorithm'), log);
  const algorithm = objectIdentifier(identifier.any('public key algorithm'), 'public key algorithm');
  const parameters = identifier.done ? undefined : log.attempt(() => identifier.any('key parameters'));
  const facts: PublicKeyFacts = { algorithm, bits: null, curve: null, rsa: null, explicit_parameters: false };
  const measure = MEASURES.get(algorithm);
  const found = log.attempt(() => measure?.(parameters ?? undefined, reader, log) ?? {});
  return { ...facts, ...found };
}

type Measure = (
  parameters: DerElement | undefined,
  reader: DerReader,
  log: ProblemLog,
) => Partial<PublicKeyFacts>;

/** RSAPublicKey in the bit string: the size of the modulus, and both numbers. */
const rsa: Measure = (_parameters, reader, log) => {
  const bits = bitString(reader.any('RSA key'), 'RSA key');
  const key = within(within(bits, log, 1).next(TAG.sequence, 'RSA key'), log);
  const modulus = key.any('RSA modulus');
  const size = bitLength(unsignedInteger(modulus, 'RSA modulus'));
  return { bits: size, rsa: log.attempt(() => rsaNumbers(modulus, key.any('RSA exponent'), log)) };
};

function rsaNumbers(modulus: DerElement, exponent: DerElement, log: ProblemLog): PublicKeyFacts['rsa'] {
  const numbers = [modulus, exponent].map((element) => {
    const what = element === modulus ? 'RSA modulus' : 'RSA exponent';
    const magnitude = unsignedInteger(element, what);
    if (!isShortest(element)) log.note(`${what} not in its shortest form`, element.offset);
    if (element.source[element.contentOffset]! >= 0x80)
      throw new DecodeError(what, element.offset, 'a positive number', 'a negative one');
    if (magnitude.length > MAX_RSA_BYTES)
      throw new DecodeError(what, element.offset, `at most ${MAX_RSA_BYTES} bytes`, `${magnitude.length}`);
    return magnitude;
  });
  return { modulus: numbers[0]!, exponent: numbers[1]! };
}

/** 16384 bits: no library goes further. */
const MAX_RSA_BYTES = 2048;

/** Dss-Parms and Diffie-Hellman's DomainParameters both begin with the prime; DSA's may be inherited. */
const primeFirst: Measure = (parameters, _reader, log) => {
  if (parameters?.tag !== TAG.sequence) return {};
  return { bits: bitLength(unsignedInteger(within(parameters, log).any('prime'), 'prime')) };
};

const ellipticCurve: Measure = (parameters, _reader, log) => {
  if (parameters === undefined) throw new DecodeError('curve', 0, 'EC parameters', 'none');
  if (parameters.tag === TAG.sequence)
    return { bits: explicitFieldBits(parameters, log), explicit_parameters: true };
  if (parameters.tag === TAG.null) return {};
  const curve = objectIdentifier(parameters, 'curve');
  const bits = CURVE_BITS.get(curve) ?? null;
  if (bits === null) log.note(`curve ${curve} is not known`, parameters.offset);
  return { bits, curve };
};

/** ECParameters: version, FieldID {fieldType, parameters}, … The prime of a prime field, m of 2^m. */
function explicitFieldBits(parameters: DerElement, log: ProblemLog): number {
  const reader = within(parameters, log);
  reader.next(TAG.integer, 'EC parameters version');
  const field = within(reader.next(TAG.sequence, 'EC field'), log);
  const type = objectIdentifier(field.any('EC field type'), 'EC field type');
  const value = field.any('EC field');
  if (type === PRIME_FIELD) return bitLength(unsignedInteger(value, 'EC prime'));
  const degree = unsignedInteger(within(value, log).any('EC field degree'), 'EC field degree');
  if (degree.length > 2) throw new DecodeError('EC field degree', value.offset, 'below 65536', 'more');
  return degree.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** GOST: the first identifier of the parameters names the curve. */
const gost =
  (bits: number): Measure =>
  (parameters, _reader, log) => {
    if (parameters?.tag !== TAG.sequence) return { bits };
    return { bits, curve: objectIdentifier(within(parameters, log).any('curve'), 'curve') };
  };

const fixed =
  (bits: number): Measure =>
  () => ({ bits });

const PRIME_FIELD = '1.2.840.10045.1.1';

const MEASURES: ReadonlyMap<string, Measure> = new Map([
  ['1.2.840.113549.1.1.1', rsa],
  ['1.2.840.113549.1.1.7', rsa],
  ['1.2.840.113549.1.1.10', rsa],
  ['2.5.8.1.1', rsa],
  ['1.2.840.10040.4.1', primeFirst],
  ['1.2.840.10046.2.1', primeFirst],
  ['1.2.840.113549.1.3.1', primeFirst],
  ['1.2.840.10045.2.1', ellipticCurve],
  ['1.3.132.1.12', ellipticCurve],
  ['1.3.101.110', fixed(255)],
  ['1.3.101.111', fixed(448)],
  ['1.3.101.112', fixed(255)],
  ['1.3.101.113', fixed(448)],
  ['1.2.643.2.2.20', fixed(1024)],
  ['1.2.643.2.2.19', gost(256)],
  ['1.2.643.7.1.1.1.1', gost(256)],
  ['1.2.643.7.1.1.1.2', gost(512)],
]);

/** Field sizes. X9.62 and SEC 2 curves, RFC 5639 (brainpool), GB/T 32918.5 (SM2). */
const CURVE_BITS: ReadonlyMap<string, number> = new Map([
  ...sizes('1.2.840.10045.3.1', { 1: 192, 2: 192, 3: 192, 4: 239, 5: 239, 6: 239, 7: 256 }),
  ...sizes('1.3.132.0', { 1: 163, 2: 163, 3: 239, 4: 113, 5: 113, 6: 112, 7: 112, 8: 160, 9: 160, 10: 256 }),
  ...sizes('1.3.132.0', { 15: 163, 16: 283, 17: 283, 22: 131, 23: 131, 24: 193, 25: 193, 26: 233, 27: 233 }),
  ...sizes('1.3.132.0', { 28: 128, 29: 128, 30: 160, 31: 192, 32: 224, 33: 224, 34: 384, 35: 521 }),
  ...sizes('1.3.132.0', { 36: 409, 37: 409, 38: 571, 39: 571 }),
  ...sizes('1.3.36.3.3.2.8.1.1', { 1: 160, 2: 160, 3: 192, 4: 192, 5: 224, 6: 224, 7: 256, 8: 256 }),
  ...sizes('1.3.36.3.3.2.8.1.1', { 9: 320, 10: 320, 11: 384, 12: 384, 13: 512, 14: 512 }),
  ['1.2.156.10197.1.301', 256],
]);

function sizes(arc: string, bits: Record<number, number>): [string, number][] {
  return Object.entries(bits).map(([last, size]) => [`${arc}.${last}`, size]);
}
