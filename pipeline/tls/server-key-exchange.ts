/**
 * ServerKeyExchange of SSLv3 to TLS 1.2: the ephemeral key and its signature, by the suite's key exchange
 * (RFC 5246, 7.4.3; RFC 2246, 7.4.3 for temporary RSA; RFC 8422, 5.4; RFC 4279 and 5489 for PSK).
 * Forms that nothing here can read (SRP, KRB5, GOST, unknown suites) stay bytes. Signatures are not checked.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { readEcKey, writeEcKey } from './ec-key.ts';
import type { EphemeralKey, SuiteKeyExchange } from './server-flight.ts';
import { TLS1_2 } from './versions.ts';

export interface ServerKeyExchange {
  psk_identity_hint: Uint8Array | null;
  ephemeral_key: EphemeralKey | null;
  /** SignatureAndHashAlgorithm: TLS 1.2, signed key exchanges only. */
  signature_scheme: number | null;
  /** Null where the key exchange is anonymous or by PSK. */
  signature: Uint8Array | null;
  /** The whole message where the suite doesn't say how to read it; else empty. */
  unread: Uint8Array;
}

/** `version` and `suite` are those of ServerHello; `suite` is undefined for one that no table knows. */
export function readServerKeyExchange(
  reader: ByteReader,
  version: number,
  suite: SuiteKeyExchange | undefined,
): ServerKeyExchange {
  const form = suite && FORMS.get(suite.key_exchange);
  if (!form) return { ...EMPTY, unread: reader.rest() };
  const psk_identity_hint = form.hint ? reader.vectorBytes(2, 'psk_identity_hint') : null;
  const ephemeral_key = form.key ? KEY_READERS[form.key](reader) : null;
  const signature_scheme = form.signed && version >= TLS1_2 ? reader.u16('signature algorithm') : null;
  const signature = form.signed ? reader.vectorBytes(2, 'signature') : null;
  reader.end('ServerKeyExchange');
  return { psk_identity_hint, ephemeral_key, signature_scheme, signature, unread: NO_BYTES };
}

export function writeServerKeyExchange(writer: ByteWriter, message: ServerKeyExchange): void {
  if (message.psk_identity_hint) writeInteger(writer, message.psk_identity_hint);
  if (message.ephemeral_key) writeEphemeralKey(writer, message.ephemeral_key);
  if (message.signature_scheme !== null) writer.u16(message.signature_scheme);
  if (message.signature) writeInteger(writer, message.signature);
  writer.bytes(message.unread);
}

function readDhKey(reader: ByteReader): EphemeralKey {
  return {
    kind: 'dh',
    prime: reader.vectorBytes(2, 'dh_p'),
    generator: reader.vectorBytes(2, 'dh_g'),
    public_value: reader.vectorBytes(2, 'dh_Ys'),
  };
}

function readRsaKey(reader: ByteReader): EphemeralKey {
  return {
    kind: 'rsa',
    modulus: reader.vectorBytes(2, 'rsa_modulus'),
    exponent: reader.vectorBytes(2, 'rsa_exponent'),
  };
}

function writeEphemeralKey(writer: ByteWriter, key: EphemeralKey): void {
  if (key.kind === 'dh') {
    for (const integer of [key.prime, key.generator, key.public_value]) writeInteger(writer, integer);
  } else if (key.kind === 'rsa') {
    for (const integer of [key.modulus, key.exponent]) writeInteger(writer, integer);
  } else {
    writeEcKey(writer, key);
  }
}

function writeInteger(writer: ByteWriter, bytes: Uint8Array): void {
  writer.u16(bytes.length).bytes(bytes);
}

interface Form {
  hint: boolean;
  key: 'dh' | 'ec' | 'rsa' | null;
  signed: boolean;
}

const NO_BYTES = new Uint8Array(0);
const EMPTY: ServerKeyExchange = {
  psk_identity_hint: null,
  ephemeral_key: null,
  signature_scheme: null,
  signature: null,
  unread: NO_BYTES,
};
const KEY_READERS = { dh: readDhKey, ec: readEcKey, rsa: readRsaKey };

/**
 * DH and ECDH have no such message by their RFC; where a server sends one all the same, it is in the ephemeral form.
 * So has RSA, unless it is of export grade; a server that sends a temporary key nevertheless has the bug named FREAK.
 */
const FORMS: ReadonlyMap<string, Form> = new Map([
  ['RSA', { hint: false, key: 'rsa', signed: true }],
  ['DH', { hint: false, key: 'dh', signed: true }],
  ['DHE', { hint: false, key: 'dh', signed: true }],
  ['DH_anon', { hint: false, key: 'dh', signed: false }],
  ['ECDH', { hint: false, key: 'ec', signed: true }],
  ['ECDHE', { hint: false, key: 'ec', signed: true }],
  ['ECDH_anon', { hint: false, key: 'ec', signed: false }],
  ['PSK', { hint: true, key: null, signed: false }],
  ['RSA_PSK', { hint: true, key: null, signed: false }],
  ['DHE_PSK', { hint: true, key: 'dh', signed: false }],
  ['ECDHE_PSK', { hint: true, key: 'ec', signed: false }],
]);
