/**
 * Whether a certificate's own key verifies its signature (RFC 5280, 4.1.1.3): true, false, or null where that can't
 * be checked: digests that today's libraries lack (MD2, MD4), keys they refuse, explicit curve parameters.
 * Keys of the usual kinds are handed over as numbers (RFC 7517): the library reads these twenty times as fast as DER.
 */
import { createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { PublicKeyFacts } from './public-key.ts';

export interface SignedParts {
  der: Uint8Array;
  tbs: Uint8Array;
  spki: Uint8Array;
  key: PublicKeyFacts;
  /** Object identifier. */
  algorithm: string;
  signature: Uint8Array;
}

/** Never throws. */
export function verifiesItself(parts: SignedParts): boolean | null {
  try {
    return parts.algorithm === RSASSA_PSS ? verifyWhole(parts.der) : verifyParts(parts);
  } catch {
    return null; // The library refuses the key, the digest or the certificate: nothing is known.
  }
}

/** The parameters of RSASSA-PSS are left to the library. */
function verifyWhole(der: Uint8Array): boolean {
  const certificate = new X509Certificate(der);
  return certificate.verify(certificate.publicKey);
}

function verifyParts(parts: SignedParts): boolean | null {
  const digest = DIGESTS.get(parts.algorithm);
  if (digest === undefined) return null;
  return verify(digest, parts.tbs, keyOf(parts), parts.signature);
}

function keyOf({ key, spki }: SignedParts): KeyObject {
  if (key.algorithm === RSA_ENCRYPTION && key.rsa !== null) {
    const [n, e] = [key.rsa.modulus, key.rsa.exponent].map(base64url);
    return createPublicKey({ key: { kty: 'RSA', n: n!, e: e! }, format: 'jwk' });
  }
  const curve = JWK_CURVES.find(({ header }) => header.equals(spki.subarray(0, header.length)));
  if (curve !== undefined && spki.length === curve.header.length + 2 * curve.size) {
    const middle = curve.header.length + curve.size;
    const x = base64url(spki.subarray(curve.header.length, middle));
    const key = { kty: 'EC', crv: curve.crv, x, y: base64url(spki.subarray(middle)) };
    return createPublicKey({ key, format: 'jwk' });
  }
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
/** All of SubjectPublicKeyInfo before the two coordinates, whose sizes are given in bytes (RFC 5480, uncompressed). */
const JWK_CURVES = [
  { crv: 'P-256', size: 32, hex: '3059301306072a8648ce3d020106082a8648ce3d03010703420004' },
  { crv: 'P-384', size: 48, hex: '3076301006072a8648ce3d020106052b8104002203620004' },
  { crv: 'P-521', size: 66, hex: '30819b301006072a8648ce3d020106052b810400230381860004' },
].map(({ hex, ...curve }) => ({ ...curve, header: Buffer.from(hex, 'hex') }));

const RSASSA_PSS = '1.2.840.113549.1.1.10';

/** Digest by signature algorithm; null where the algorithm has its own (EdDSA). */
const DIGESTS: ReadonlyMap<string, string | null> = new Map([
  ['1.2.840.113549.1.1.4', 'md5'],
  ['1.3.14.3.2.3', 'md5'],
  ['1.2.840.113549.1.1.5', 'sha1'],
  ['1.3.14.3.2.29', 'sha1'],
  ['1.3.36.3.3.1.2', 'ripemd160'],
  ['1.2.840.113549.1.1.14', 'sha224'],
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.2.840.113549.1.1.15', 'sha512-224'],
  ['1.2.840.113549.1.1.16', 'sha512-256'],
  ['2.16.840.1.101.3.4.3.13', 'sha3-224'],
  ['2.16.840.1.101.3.4.3.14', 'sha3-256'],
  ['2.16.840.1.101.3.4.3.15', 'sha3-384'],
  ['2.16.840.1.101.3.4.3.16', 'sha3-512'],
  ['1.2.840.10040.4.3', 'sha1'],
  ['1.3.14.3.2.27', 'sha1'],
  ['2.16.840.1.101.3.4.3.1', 'sha224'],
  ['2.16.840.1.101.3.4.3.2', 'sha256'],
  ['2.16.840.1.101.3.4.3.3', 'sha384'],
  ['2.16.840.1.101.3.4.3.4', 'sha512'],
  ['1.2.840.10045.4.1', 'sha1'],
  ['1.2.840.10045.4.3.1', 'sha224'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
  ['2.16.840.1.101.3.4.3.9', 'sha3-224'],
  ['2.16.840.1.101.3.4.3.10', 'sha3-256'],
  ['2.16.840.1.101.3.4.3.11', 'sha3-384'],
  ['2.16.840.1.101.3.4.3.12', 'sha3-512'],
  ['1.3.101.112', null],
  ['1.3.101.113', null],
]);
