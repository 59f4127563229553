/** KeyUsage (RFC 5280, 4.2.1.3) → the names of the bits that are set. */
import type { DerReader } from '../der.ts';
import { bitString } from '../der-value.ts';

/** Joined by spaces; empty where none is set. Bits that the RFC doesn't name are left out. Throws DecodeError. */
export function keyUsage(reader: DerReader): string {
  const { content } = bitString(reader.any('key usage'), 'key usage');
  return NAMES.filter((_, bit) => ((content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0).join(' ');
}

const NAMES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];
