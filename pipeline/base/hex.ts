/** Bytes to lower-case hexadecimal and back; SHA-256 and SHA-1 as hexadecimal. */
import { hash } from 'node:crypto';

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** The bytes of `hex`, an even number of hexadecimal digits in either case. Throws RangeError for anything else. */
export function fromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/i.test(hex)) throw new RangeError(`not hexadecimal: ${hex.slice(0, 20)}`);
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex');
}

export function sha1Hex(bytes: Uint8Array | string): string {
  return hash('sha1', bytes, 'hex');
}
