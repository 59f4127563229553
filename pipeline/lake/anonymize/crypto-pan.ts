/**
 * Crypto-PAn: addresses → pseudonyms that share as long a prefix as the addresses do (Xu, Fan, Ammar, Moon: "Prefix-
 * Preserving IP Address Anonymization", 2002). Bit n of a pseudonym is bit n of the address, flipped by the first bit of
 * AES-128 over the n bits before it, filled up from a secret pad. Many addresses go through AES at once.
 */
import { type Cipher, createCipheriv } from 'node:crypto';

export const CRYPTO_PAN_KEY_BYTES = 32;

const BLOCK = 16;

export class CryptoPan {
  readonly #cipher: Cipher;
  readonly #pad: Uint32Array;

  /** `key`: 16 bytes for AES, then 16 that become the pad. */
  constructor(key: Uint8Array) {
    if (key.length !== CRYPTO_PAN_KEY_BYTES) throw new RangeError(`a key of ${key.length} bytes`);
    this.#cipher = createCipheriv('aes-128-ecb', key.subarray(0, BLOCK), null).setAutoPadding(false);
    const pad = this.#cipher.update(key.subarray(BLOCK));
    this.#pad = Uint32Array.from({ length: 4 }, (_, word) => pad.readUInt32BE(4 * word));
  }

  /** Pseudonyms of IPv4 addresses. */
  ofIPv4(addresses: readonly number[]): number[] {
    return [...this.#pseudonyms(Uint32Array.from(addresses), 1)];
  }

  /** The pseudonym of an IPv6 address. */
  ofIPv6(address: bigint): bigint {
    const words = Uint32Array.from({ length: 4 }, (_, word) =>
      Number((address >> BigInt(96 - 32 * word)) & 0xffff_ffffn),
    );
    return this.#pseudonyms(words, 4).reduce((value, word) => (value << 32n) | BigInt(word), 0n);
  }

  /** `words`: addresses of so many words each, one after the other. */
  #pseudonyms(words: Uint32Array, wordsEach: 1 | 4): Uint32Array {
    const blocks = this.#cipher.update(this.#blocks(words, wordsEach));
    const pseudonyms = Uint32Array.from(words);
    for (let bit = 0; bit < 32 * words.length; bit++) {
      const flip = blocks[bit * BLOCK]! >>> 7;
      pseudonyms[bit >>> 5]! ^= flip << (31 - (bit & 31));
    }
    return pseudonyms;
  }

  /** For each bit of each address: the bits of the address before it, then the pad. */
  #blocks(words: Uint32Array, wordsEach: 1 | 4): Buffer {
    const blocks = Buffer.allocUnsafe(32 * words.length * BLOCK);
    const bitsEach = 32 * wordsEach;
    for (let bit = 0; bit < 32 * words.length; bit++) {
      const [address, place] = [Math.floor(bit / bitsEach) * wordsEach, bit % bitsEach];
      for (let word = 0; word < 4; word++) {
        const known = Math.min(32, Math.max(0, place - 32 * word));
        const mask = known === 0 ? 0 : -1 << (32 - known);
        const value = ((words[address + word] ?? 0) & mask) | (this.#pad[word]! & ~mask);
        blocks.writeInt32BE(value, bit * BLOCK + 4 * word);
      }
    }
    return blocks;
  }
}
