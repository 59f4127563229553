/** Contents of DER elements → values: integers as hexadecimal or bit counts, object identifiers, strings. */
import { DecodeError } from '../base/errors.ts';
import { toHex } from '../base/hex.ts';
import { type DerElement, TAG, whole } from './der.ts';
import type { ProblemLog } from './problem-log.ts';

/** Longer identifiers than this are no algorithm of ours; decoding time grows with the square. */
const MAX_OID_BYTES = 64;

/** Dotted decimal. Throws DecodeError for an empty, cut or overlong identifier. */
export function objectIdentifier(element: DerElement, what: string): string {
  const { content, offset } = expectTag(element, TAG.objectIdentifier, what);
  if (content.length === 0 || content.length > MAX_OID_BYTES || content.at(-1)! >= 0x80) {
    throw new DecodeError(what, offset, 'an object identifier', `0x${toHex(content.subarray(0, 16))}`);
  }
  const numbers: bigint[] = [];
  let number = 0n;
  for (const octet of content) {
    number = (number << 7n) | BigInt(octet & 0x7f);
    if (octet >= 0x80) continue;
    numbers.push(number);
    number = 0n;
  }
  const [first = 0n, ...rest] = numbers;
  const root = first < 80n ? first / 40n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}

/** The magnitude's bytes, without leading zeros. Throws DecodeError where there are none. */
export function unsignedInteger(element: DerElement, what: string): Uint8Array {
  const { content, offset } = expectTag(element, TAG.integer, what);
  if (content.length === 0) throw new DecodeError(what, offset, 'an integer', 'no bytes');
  const significant = content.findIndex((byte) => byte !== 0);
  return significant === -1 ? content.subarray(content.length) : content.subarray(significant);
}

/** Size in bits of an unsigned integer given as bytes without leading zeros. */
export function bitLength(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : bytes.length * 8 - Math.clz32(bytes[0]!) + 24;
}

/** The octets of a BIT STRING, without the count of unused bits before them. */
export function bitString(element: DerElement, what: string): { octets: Uint8Array; offset: number } {
  const { content, contentOffset, offset } = expectTag(element, TAG.bitString, what);
  if (content.length === 0) throw new DecodeError(what, offset, 'a bit string', 'no bytes');
  return { octets: content.subarray(1), offset: contentOffset + 1 };
}

/** Whether the element is one of ASN.1's character strings. */
export function isString(element: DerElement): boolean {
  return STRING_DECODERS.has(element.tag) && !element.constructed;
}

/** Text of a character string. Bytes that its type does not allow are replaced, and noted. */
export function text(element: DerElement, what: string, log: ProblemLog): string {
  const decode = STRING_DECODERS.get(element.tag);
  if (!decode) throw new DecodeError(what, element.offset, 'a character string', `tag ${element.tag}`);
  const { content, offset } = whole(element, what);
  const { value, flawed } = decode(content);
  if (flawed) log.note(`${what}: bytes that its string type does not have`, offset);
  return value;
}

/** Throws DecodeError where `element` is something else, or not all there. */
export function expectTag(element: DerElement, tag: number, what: string): DerElement {
  if (element.tag === tag) return whole(element, what);
  throw new DecodeError(what, element.offset, `tag ${tag}`, `tag ${element.tag}`);
}

interface Decoded {
  value: string;
  flawed: boolean;
}

const REPLACEMENT = '\ufffd';

function utf8(bytes: Uint8Array): Decoded {
  const value = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  return { value, flawed: value.includes(REPLACEMENT) };
}

function latin1(bytes: Uint8Array): Decoded {
  return { value: Buffer.from(bytes).toString('latin1'), flawed: false };
}

/** Issuers put UTF-8 and Latin-1 into strings that are ASCII only. */
function ascii(bytes: Uint8Array): Decoded {
  if (bytes.every((byte) => byte < 0x80)) return latin1(bytes);
  const asUtf8 = utf8(bytes);
  return { value: asUtf8.flawed ? latin1(bytes).value : asUtf8.value, flawed: true };
}

function utf16(bytes: Uint8Array): Decoded {
  const even = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
  const value = new TextDecoder('utf-16le', { ignoreBOM: true }).decode(even);
  return { value, flawed: even.length < bytes.length || value.includes(REPLACEMENT) };
}

function utf32(bytes: Uint8Array): Decoded {
  let value = '';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = view.getUint32(at);
    const scalar = code < 0xd800 || (code > 0xdfff && code < 0x110000);
    value += scalar ? String.fromCodePoint(code) : REPLACEMENT;
  }
  return { value, flawed: bytes.length % 4 !== 0 || value.includes(REPLACEMENT) };
}

/** T61String is read as Latin-1, as every implementation does. */
const STRING_DECODERS = new Map<number, (bytes: Uint8Array) => Decoded>([
  [TAG.utf8String, utf8],
  [TAG.numericString, ascii],
  [TAG.printableString, ascii],
  [TAG.t61String, latin1],
  [TAG.videotexString, latin1],
  [TAG.ia5String, ascii],
  [TAG.graphicString, latin1],
  [TAG.visibleString, ascii],
  [TAG.generalString, latin1],
  [TAG.universalString, utf32],
  [TAG.bmpString, utf16],
]);
