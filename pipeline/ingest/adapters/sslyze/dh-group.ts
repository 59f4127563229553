/** A finite-field group as sslyze writes it (prime and generator in base64) → the raw record's group. */
import { sha256Hex, toHex } from '../../../base/hex.ts';

export interface DhGroup {
  dh_group_id: string;
  bits: number;
  prime: Uint8Array;
  generator: Uint8Array;
}

/** Null where there is none, or one that no server can have sent. */
export function dhGroup(prime64: string | null, generator64: string | null): DhGroup | null {
  const [prime, generator] = [bytesOf(prime64), bytesOf(generator64)];
  if (prime === null || generator === null) return null;
  const bits = prime.length * 8 - Math.clz32(prime[0]!) + 24;
  return { dh_group_id: sha256Hex(`${toHex(prime)}:${toHex(generator)}`), bits, prime, generator };
}

/** Without leading zeros. */
function bytesOf(base64: string | null): Uint8Array | null {
  const bytes =
    base64 === null || base64.length > MAX_BASE64 ? new Uint8Array() : Buffer.from(base64, 'base64');
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? null : bytes.subarray(first);
}

/** Of 65,535 bytes, the most that ServerKeyExchange can hold (RFC 5246, 7.4.3). */
const MAX_BASE64 = 87_380;
