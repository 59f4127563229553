/**
 * Records of TLS 1.3 as their receiver opens them: key and nonces from a traffic secret (RFC 8446, 5.2, 5.3, 7.1 and 7.3;
 * HKDF-Expand of RFC 5869). Only opening; sealing, key updates and the key schedule above the secret are left out.
 */
import { type CipherCCMTypes, createDecipheriv, createHmac } from 'node:crypto';
import { DecodeError } from '../base/errors.ts';
import { RECORD_HEADER_BYTES } from './record.ts';

export interface Opened {
  content_type: number;
  content: Uint8Array;
}

/** Opens the records of one direction under one secret, in their order. */
export class TrafficKey {
  readonly #aead: Aead;
  readonly #key: Uint8Array;
  readonly #iv: Uint8Array;
  #sequence = 0;

  /** Undefined for a suite whose AEAD isn't known here. */
  static of(cipherSuite: number, secret: Uint8Array): TrafficKey | undefined {
    const aead = AEADS.get(cipherSuite);
    return aead && new TrafficKey(aead, secret);
  }

  private constructor(aead: Aead, secret: Uint8Array) {
    this.#aead = aead;
    this.#key = expandLabel(aead.hash, secret, 'key', aead.key_bytes);
    this.#iv = expandLabel(aead.hash, secret, 'iv', IV_BYTES);
  }

  /** A whole record, its header included; `offset` is where it stands in the stream. Throws DecodeError where it doesn't open. */
  open(record: Uint8Array, offset: number): Opened {
    const inner = this.#decrypt(record, offset);
    this.#sequence++;
    // RFC 8446, 5.4: "scans the field from the end toward the beginning until it finds a non-zero octet"
    const end = inner.findLastIndex((byte) => byte !== 0);
    if (end < 0) throw new DecodeError('TLSInnerPlaintext', offset, 'a content type', 'zeros only');
    return { content_type: inner[end]!, content: inner.subarray(0, end) };
  }

  #decrypt(record: Uint8Array, offset: number): Uint8Array {
    const { algorithm, tag_bytes } = this.#aead;
    const length = record.length - RECORD_HEADER_BYTES - tag_bytes;
    if (length < 1)
      throw new DecodeError('encrypted record', offset, 'a tag and more', `${record.length} bytes`);
    // ChaCha20-Poly1305 and GCM take the same calls; CCM wants the length beforehand.
    const decipher = createDecipheriv(algorithm as CipherCCMTypes, this.#key, this.#nonce(), {
      authTagLength: tag_bytes,
    });
    decipher.setAAD(record.subarray(0, RECORD_HEADER_BYTES), { plaintextLength: length });
    decipher.setAuthTag(record.subarray(record.length - tag_bytes));
    try {
      const inner = decipher.update(record.subarray(RECORD_HEADER_BYTES, record.length - tag_bytes));
      decipher.final();
      return inner;
    } catch {
      throw new DecodeError('encrypted record', offset, 'a record under this secret', 'another one');
    }
  }

  #nonce(): Uint8Array {
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(IV_BYTES - 4) ^ this.#sequence) >>> 0, IV_BYTES - 4);
    return nonce;
  }
}

/** HKDF-Expand-Label with an empty context; what it gives is never longer than one hash here. */
function expandLabel(hash: string, secret: Uint8Array, label: string, length: number): Uint8Array {
  const full = `tls13 ${label}`;
  const info = Buffer.concat([Buffer.from([0, length, full.length]), Buffer.from(full), Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}

interface Aead {
  /** As node:crypto calls it. */
  algorithm: string;
  hash: string;
  key_bytes: number;
  tag_bytes: number;
}

const IV_BYTES = 12;

/** RFC 8446, B.4. */
const AEADS: ReadonlyMap<number, Aead> = new Map([
  [0x1301, { algorithm: 'aes-128-gcm', hash: 'sha256', key_bytes: 16, tag_bytes: 16 }],
  [0x1302, { algorithm: 'aes-256-gcm', hash: 'sha384', key_bytes: 32, tag_bytes: 16 }],
  [0x1303, { algorithm: 'chacha20-poly1305', hash: 'sha256', key_bytes: 32, tag_bytes: 16 }],
  [0x1304, { algorithm: 'aes-128-ccm', hash: 'sha256', key_bytes: 16, tag_bytes: 16 }],
  [0x1305, { algorithm: 'aes-128-ccm', hash: 'sha256', key_bytes: 16, tag_bytes: 8 }],
]);
