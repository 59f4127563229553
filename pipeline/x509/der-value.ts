/** Contents of DER elements → values: integers as bytes or bit counts, object identifiers, bit strings. */
import { DecodeError } from '../base/errors.ts';
import { toHex } from '../base/hex.ts';
import { type DerElement, TAG, whole } from './der.ts';

/** Longer identifiers than this are no algorithm of ours; decoding time grows with the square. */
const MAX_OID_BYTES = 64;

/** Dotted decimal. Throws DecodeError for an empty, cut or overlong identifier. */
export function objectIdentifier(element: DerElement, what: string): string {
  const { source, contentOffset, contentEnd, size } = expectTag(element, TAG.objectIdentifier, what);
  if (size === 0 || size > MAX_OID_BYTES || source[contentEnd - 1]! >= 0x80) {
    const shown = toHex(element.content.subarray(0, 16));
    throw new DecodeError(what, element.offset, 'an object identifier', `0x${shown}`);
  }
  let dotted = '';
  for (let at = contentOffset, start = at; at < contentEnd; at++) {
    if (source[at]! >= 0x80) continue;
    dotted += dotted === '' ? rootArcs(arc(source, start, at)) : `.${arc(source, start, at)}`;
    start = at + 1;
  }
  return dotted;
}

/** Base 128, from `start` to `last`; beyond seven octets it is past what a number holds. */
function arc(source: Uint8Array, start: number, last: number): number | bigint {
  if (last - start >= 7) return bigArc(source.subarray(start, last + 1));
  let value = 0;
  for (let at = start; at <= last; at++) value = value * 128 + (source[at]! & 0x7f);
  return value;
}

function bigArc(octets: Uint8Array): bigint {
  return octets.reduce((value, octet) => (value << 7n) | BigInt(octet & 0x7f), 0n);
}

/** X.690, 8.19.4: the first two arcs share a number, and the first is 0, 1 or 2. */
function rootArcs(first: number | bigint): string {
  if (first >= 80) return typeof first === 'bigint' ? `2.${first - 80n}` : `2.${first - 80}`;
  return `${first >= 40 ? 1 : 0}.${Number(first) % 40}`;
}

/** The magnitude's bytes, without leading zeros. Throws DecodeError where there are none. */
export function unsignedInteger(element: DerElement, what: string): Uint8Array {
  const { source, contentOffset, contentEnd, offset } = expectTag(element, TAG.integer, what);
  if (contentEnd === contentOffset) throw new DecodeError(what, offset, 'an integer', 'no bytes');
  let start = contentOffset;
  while (start < contentEnd && source[start] === 0) start++;
  return source.subarray(start, contentEnd);
}

/** Whether an INTEGER has no byte that it could do without (X.690, 8.3.2): strict parsers refuse others. */
export function isShortest({ source, contentOffset, size }: DerElement): boolean {
  if (size < 2) return true;
  const [first, second] = [source[contentOffset]!, source[contentOffset + 1]!];
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
}

/** Size in bits of an unsigned integer given as bytes without leading zeros. */
export function bitLength(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : bytes.length * 8 - Math.clz32(bytes[0]!) + 24;
}

/** The BIT STRING itself, which has at least its count of unused bits; its octets follow that. */
export function bitString(element: DerElement, what: string): DerElement {
  const { size, offset } = expectTag(element, TAG.bitString, what);
  if (size === 0) throw new DecodeError(what, offset, 'a bit string', 'no bytes');
  return element;
}

/** Throws DecodeError where `element` is something else, or not all there. */
export function expectTag(element: DerElement, tag: number, what: string): DerElement {
  if (element.tag === tag) return whole(element, what);
  throw new DecodeError(what, element.offset, `tag ${tag}`, `tag ${element.tag}`);
}
