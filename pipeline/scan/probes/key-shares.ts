/**
 * Key shares of TLS 1.3 that need no arithmetic, since no handshake of ours is ever finished: RFC 7748, 5 takes any
 * bytes for a public value of x25519 and x448; of the other curves it is the generator (SEC 2, 2.4.2, 2.5.1, 2.6.1).
 * Left out: finite fields, and the hybrids.
 */
import { fromHex } from '../../base/hex.ts';
import { SECP256R1, SECP384R1, SECP521R1, X448, X25519 } from '../../tls/index.ts';
import type { Question } from '../session.ts';

export type KeyShares = NonNullable<Question['key_shares']>;

/** Groups that there is a share for, those first that servers have most often. */
export const SHAREABLE_GROUPS: readonly number[] = [X25519, SECP256R1, SECP384R1, SECP521R1, X448];

/** What every hello of TLS 1.3 carries, unless it asks about groups. The highest bit is never set in a real one; wolfSSL refuses it. */
export function x25519Share(randomBytes: (length: number) => Uint8Array): KeyShares {
  const key_exchange = Uint8Array.from(randomBytes(32));
  key_exchange[31]! &= 0x7f;
  return [{ named_group: X25519, key_exchange }];
}

/** The one share for `group`; RangeError for a group of no use here. */
export function keyShare(group: number, randomBytes: (length: number) => Uint8Array): KeyShares {
  if (group === X25519) return x25519Share(randomBytes);
  const key_exchange = group === X448 ? randomBytes(56) : GENERATORS.get(group);
  if (!key_exchange) throw new RangeError(`no key share for group ${group}`);
  return [{ named_group: group, key_exchange }];
}

/** Uncompressed points. */
const GENERATORS: ReadonlyMap<number, Uint8Array> = new Map([
  [
    SECP256R1,
    fromHex(
      '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
        '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    ),
  ],
  [
    SECP384R1,
    fromHex(
      '04aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7' +
        '3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f',
    ),
  ],
  [
    SECP521R1,
    fromHex(
      '0400c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8' +
        'de3348b3c1856a429bf97e7e31c2e5bd66011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e66' +
        '2c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650',
    ),
  ],
]);
