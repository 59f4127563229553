/**
 * Signatures and ephemeral values of a legacy server. The signatures are true, by the server's own RSA key; the
 * finite-field public values are true powers of the generator, made with an exponent of 160 bits.
 */
import {
  constants,
  createDiffieHellman,
  createHash,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto';
import type { VillagePrime } from '../primes.ts';

/** TLS 1.2: sha256 with rsa (RFC 5246, 7.4.1.4.1). */
export const SHA256_RSA = 0x0401;
const GENERATOR = Buffer.from([2]);

/** Of SSLv3 to TLS 1.1: PKCS #1 type 1 over MD5 and SHA-1 of the data, without DigestInfo (RFC 2246, 4.7). */
export function signMd5Sha1(data: Uint8Array, key: KeyObject): Uint8Array {
  const digest = Buffer.concat([hash('md5', data), hash('sha1', data)]);
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digest);
}

/** Of TLS 1.2: PKCS #1 v1.5 with SHA-256. */
export function signSha256(data: Uint8Array, key: KeyObject): Uint8Array {
  return sign('sha256', data, key);
}

/** A public value in the group of `prime`, as many bytes as the prime has. */
export function dhPublicValue(prime: VillagePrime): Uint8Array {
  const cached = publicValues.get(prime.hex);
  if (cached) return cached;
  const exchange = createDiffieHellman(Buffer.from(prime.hex, 'hex'), GENERATOR);
  exchange.setPrivateKey(hash('sha1', Buffer.from(prime.hex)));
  const value = exchange.generateKeys();
  const padded = Buffer.concat([Buffer.alloc(Math.ceil(prime.bits / 8) - value.length), value]);
  publicValues.set(prime.hex, padded);
  return padded;
}

/** Servers of the time kept their key for as long as they ran. */
const publicValues = new Map<string, Uint8Array>();

function hash(algorithm: 'md5' | 'sha1', data: Uint8Array): Buffer {
  return createHash(algorithm).update(data).digest();
}
