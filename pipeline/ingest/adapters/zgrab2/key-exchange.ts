/**
 * `server_key_exchange` as zcrypto/tls writes it → what a record says of it. Numbers of any length lose their leading zeros there: a
 * public value is hashed only where what was sent is certain all the same.
 */
import { sha256Hex } from '../../../base/hex.ts';
import { namedGroups } from '../../../formats/datasets.ts';
import { TLS1_2 } from '../../../tls/versions.ts';
import type { ForeignHandshake } from '../adapter.ts';
import { base64At, bitLength, dhGroupId, integerAt, positiveInteger } from '../foreign-bytes.ts';
import { part, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { groupNamed } from '../spelled-names.ts';

export interface KeyExchange {
  fields: Pick<
    ForeignHandshake,
    'dh_group_id' | 'named_group' | 'key_bits' | 'signature_scheme' | 'public_key_sha256'
  >;
  group: { prime: Uint8Array; generator: Uint8Array } | null;
}

/** All null where there is none: RSA key exchange, TLS 1.3, or a flight that broke off. */
export function keyExchange(message: JsonValue, version: number): KeyExchange {
  const signature_scheme = version === TLS1_2 ? signatureScheme(message) : null;
  const found =
    finiteField(part(message, 'dh_params')) ??
    ellipticCurve(part(message, 'ecdh_params')) ??
    temporaryRsa(part(message, 'rsa_params'));
  return { fields: { ...UNKNOWN, ...found?.fields, signature_scheme }, group: found?.group ?? null };
}

interface Found {
  fields: Partial<KeyExchange['fields']>;
  group: KeyExchange['group'];
}

function finiteField(params: JsonValue): Found | null {
  const prime = positiveInteger(base64At(params, 'prime', 'value'));
  const generator = positiveInteger(base64At(params, 'generator', 'value'));
  if (prime === null || generator === null || prime.length > MOST_BYTES || generator.length > MOST_BYTES)
    return null;
  const value = base64At(params, 'server_public', 'value');
  // As long as the prime: nothing can have been cut off.
  const isAsSent = value !== null && value.length === prime.length && value[0] !== 0;
  return {
    fields: {
      dh_group_id: dhGroupId(prime, generator),
      key_bits: bitLength(prime),
      public_key_sha256: isAsSent ? sha256Hex(value) : null,
    },
    group: { prime, generator },
  };
}

function ellipticCurve(params: JsonValue): Found | null {
  const name = textAt(params, 'curve_id', 'name');
  const named_group =
    integerAt(params, 0xffff, 'curve_id', 'id') ??
    integerAt(params, 0xffff, 'curve_id') ??
    groupNamed(name ?? '')?.code ??
    null;
  if (named_group === null || named_group === 0) return null;
  const key_bits = namedGroups().find(({ code }) => code === named_group)?.bits || null;
  return {
    fields: { named_group, key_bits, public_key_sha256: pointHash(params, named_group, key_bits) },
    group: null,
  };
}

/** Of curves over prime fields zcrypto takes uncompressed points only (SEC 1, 2.3.3), so that x and y give them back. */
function pointHash(params: JsonValue, group: number, bits: number | null): string | null {
  const [x, y] = ['x', 'y'].map((name) => base64At(params, 'server_public', name, 'value'));
  const length = Math.ceil((bits ?? 0) / 8);
  if (!x || !y || !PRIME_CURVES.has(group) || x.length > length || y.length > length) return null;
  return sha256Hex(Buffer.concat([Uint8Array.of(0x04), padded(x, length), padded(y, length)]));
}

function padded(number: Uint8Array, length: number): Uint8Array {
  return Buffer.concat([new Uint8Array(length - number.length), number]);
}

function temporaryRsa(params: JsonValue): Found | null {
  const modulus = positiveInteger(base64At(params, 'modulus'));
  if (modulus === null || modulus.length > MOST_BYTES) return null;
  return { fields: { key_bits: bitLength(modulus), public_key_sha256: sha256Hex(modulus) }, group: null };
}

/** RFC 5246, 7.4.1.4.1: the hash's number, then the signature's. */
function signatureScheme(message: JsonValue): number | null {
  const pair = part(message, 'signature', 'signature_and_hash_type');
  const hash = HASHES.indexOf(textAt(pair, 'hash_algorithm')?.toLowerCase() ?? '');
  const signature = SIGNATURES.indexOf(textAt(pair, 'signature_algorithm')?.toLowerCase() ?? '');
  return hash < 1 || signature < 1 ? null : hash * 256 + signature;
}

const UNKNOWN = {
  dh_group_id: null,
  named_group: null,
  key_bits: null,
  signature_scheme: null,
  public_key_sha256: null,
};
const HASHES = ['none', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];
const SIGNATURES = ['anonymous', 'rsa', 'dsa', 'ecdsa'];

/** secp160k1 to secp521r1, but those over binary fields; brainpool (RFC 8422, 5.1.1; RFC 7027). */
const PRIME_CURVES: ReadonlySet<number> = new Set([15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]);
/** ServerKeyExchange holds up to 65,535 (RFC 5246, 7.4.3). */
const MOST_BYTES = 65_535;
