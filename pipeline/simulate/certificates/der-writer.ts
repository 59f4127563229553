/** Values → DER (ITU-T X.690), as far as certificates need it. Bytes given are taken as they are. */

/** Tag, length and content; the content is the parts one after the other. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([header(tag, content.length), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => element(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => element(0x31, ...parts);
/** [number] with its content inside, EXPLICIT. */
export const explicit = (number: number, ...parts: readonly Uint8Array[]): Buffer =>
  element(0xa0 | number, ...parts);
export const octetString = (...parts: readonly Uint8Array[]): Buffer => element(0x04, ...parts);
/** A whole number of octets. */
export const bitString = (octets: Uint8Array): Buffer => element(0x03, Buffer.of(0), octets);
export const nothing = (): Buffer => Buffer.of(0x05, 0);
export const yes = (): Buffer => Buffer.of(0x01, 1, 0xff);

/** A non-negative INTEGER of big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const short = first < 0 ? Buffer.of(0) : bytes.subarray(first);
  return element(0x02, short[0]! >= 0x80 ? Buffer.of(0) : Buffer.alloc(0), short);
}

/** OBJECT IDENTIFIER of dotted decimal text. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

/** UTF8String, or PrintableString (19), IA5String (22) and the like. */
export function text(value: string, tag = 0x0c): Buffer {
  return element(tag, Buffer.from(value, 'utf8'));
}

/** UTCTime up to 2049, then GeneralizedTime (RFC 5280, 4.1.2.5); whole seconds. */
export function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '');
  const isShort = digits < '2050';
  return element(isShort ? 0x17 : 0x18, Buffer.from(isShort ? digits.slice(2) : digits));
}

function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.of(tag, length);
  if (length < 0x100) return Buffer.of(tag, 0x81, length);
  return Buffer.of(tag, 0x82, length >>> 8, length & 0xff);
}

function base128(number: number): number[] {
  const groups = [number & 0x7f];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) {
    groups.unshift((rest & 0x7f) | 0x80);
  }
  return groups;
}
