/** ASN.1's character strings → text. T61String is read as Latin-1, as every implementation does. */
import { DecodeError } from '../base/errors.ts';
import { type DerElement, TAG, whole } from './der.ts';
import type { ProblemLog } from './problem-log.ts';

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

interface Decoded {
  value: string;
  flawed: boolean;
}

const REPLACEMENT = '\ufffd';
const UTF_8 = new TextDecoder('utf-8', { ignoreBOM: true });
const UTF_16 = new TextDecoder('utf-16le', { ignoreBOM: true });

function utf8(bytes: Buffer): Decoded {
  if (isAscii(bytes)) return latin1(bytes);
  const value = UTF_8.decode(bytes);
  return { value, flawed: value.includes(REPLACEMENT) };
}

function latin1(bytes: Buffer): Decoded {
  return { value: bytes.toString('latin1'), flawed: false };
}

/** Issuers put UTF-8 and Latin-1 into strings that are ASCII only. */
function ascii(bytes: Buffer): Decoded {
  if (isAscii(bytes)) return latin1(bytes);
  const asUtf8 = utf8(bytes);
  return { value: asUtf8.flawed ? latin1(bytes).value : asUtf8.value, flawed: true };
}

function isAscii(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! >= 0x80) return false;
  return true;
}

function utf16(bytes: Buffer): Decoded {
  const even = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
  const value = UTF_16.decode(even);
  return { value, flawed: even.length < bytes.length || value.includes(REPLACEMENT) };
}

function utf32(bytes: Buffer): Decoded {
  let value = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = bytes.readUInt32BE(at);
    const scalar = code < 0xd800 || (code > 0xdfff && code < 0x110000);
    value += scalar ? String.fromCodePoint(code) : REPLACEMENT;
  }
  return { value, flawed: bytes.length % 4 !== 0 || value.includes(REPLACEMENT) };
}

const STRING_DECODERS = new Map<number, (bytes: Buffer) => Decoded>([
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
