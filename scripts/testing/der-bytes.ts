/** DER written by hand, for tests that need what no tool makes. */

/** An element with the tag octet `tag`: its length in the shortest form, then the contents one after the other. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.of(tag), lengthOctets(content.length), content]);
}

/** An element from hexadecimal. */
export const derHex = (hex: string): Buffer => Buffer.from(hex, 'hex');

function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(length);
  const digits = octets.subarray(octets.findIndex((octet) => octet !== 0));
  return Buffer.concat([Buffer.of(0x80 | digits.length), digits]);
}
