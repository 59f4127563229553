/** Records of TLS 1.3 as a server seals them under a known traffic secret (RFC 8446, 5.2 and 7.3): TLS_AES_128_GCM_SHA256. */
import { createCipheriv, createHmac } from 'node:crypto';
import { APPLICATION_DATA, HANDSHAKE } from '../../pipeline/tls/content-types.ts';

/** `content`, of handshake messages unless told otherwise, in as many records as it takes; the first has number `first`. */
export function sealedRecords(
  secret: Uint8Array,
  content: Uint8Array,
  content_type = HANDSHAKE,
  first = 0,
): Uint8Array {
  const [key, iv] = [expandLabel(secret, 'key', 16), expandLabel(secret, 'iv', 12)];
  const records: Buffer[] = [];
  for (let start = 0; start < content.length; start += FRAGMENT_BYTES) {
    const nonce = Buffer.from(iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ (first + records.length)) >>> 0, 8);
    records.push(seal(key, nonce, content.subarray(start, start + FRAGMENT_BYTES), content_type));
  }
  return new Uint8Array(Buffer.concat(records));
}

function seal(key: Buffer, nonce: Buffer, fragment: Uint8Array, content_type: number): Buffer {
  const header = Buffer.of(APPLICATION_DATA, 3, 3, 0, 0);
  header.writeUInt16BE(fragment.length + 1 + TAG_BYTES, 3);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(header);
  const body = [cipher.update(fragment), cipher.update(Uint8Array.of(content_type)), cipher.final()];
  return Buffer.concat([header, ...body, cipher.getAuthTag()]);
}

function expandLabel(secret: Uint8Array, label: string, length: number): Buffer {
  const full = `tls13 ${label}`;
  const info = Buffer.concat([Buffer.of(0, length, full.length), Buffer.from(full), Buffer.of(0, 1)]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

const FRAGMENT_BYTES = 16_384;
const TAG_BYTES = 16;
