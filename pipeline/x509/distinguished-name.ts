/**
 * Name (RFC 5280, 4.1.2.4) → RFC 4514 text, most specific part first, and the attributes that tables show.
 * Attribute types without a short name here, and values that are no string, are written `1.2.3=#hex`.
 */
import { toHex } from '../base/hex.ts';
import { boundedText, MAX_NAME_CHARACTERS, MAX_VALUE_CHARACTERS } from './bounded-text.ts';
import { type DerElement, TAG, whole, within } from './der.ts';
import { isString, text } from './der-text.ts';
import { objectIdentifier } from './der-value.ts';
import type { ProblemLog } from './problem-log.ts';

export interface DistinguishedName {
  /** RFC 4514 form; empty for the empty name. */
  rfc4514: string;
  /** Last value of each attribute, in the order of the certificate; null where there is none. */
  common_name: string | null;
  organization: string | null;
  organizational_unit: string | null;
}

/** Throws DecodeError where the name is cut off or no sequence of sets of attributes. What is too long is cut, and noted. */
export function distinguishedName(element: DerElement, what: string, log: ProblemLog): DistinguishedName {
  const last = new Map<string, string>();
  const parts: string[] = [];
  let attributes = 0;
  for (const set of within(whole(element, what), log).all(what)) {
    const part: string[] = [];
    for (const pair of within(set, log).all(what)) {
      if (++attributes > MAX_ATTRIBUTES) break;
      part.push(attribute(pair, what, log, last));
    }
    parts.push(part.join('+'));
    if (attributes > MAX_ATTRIBUTES) {
      log.note(`${what}: more than ${MAX_ATTRIBUTES} attributes`, set.offset);
      break;
    }
  }
  const all = parts.reverse().join(',');
  return {
    rfc4514: boundedText(all, MAX_NAME_CHARACTERS, what, element.offset, log),
    common_name: shown(last.get(COMMON_NAME)),
    organization: shown(last.get(ORGANIZATION)),
    organizational_unit: shown(last.get(ORGANIZATIONAL_UNIT)),
  };
}

/** Its text in the name; what it says is put into `last`. */
function attribute(pair: DerElement, what: string, log: ProblemLog, last: Map<string, string>): string {
  const reader = within(whole(pair, what), log);
  const type = objectIdentifier(reader.next(TAG.objectIdentifier, what), what);
  const element = whole(reader.any(what), what);
  const value = isString(element) ? string(element, what, log) : null;
  if (value !== null) last.set(type, value);
  const name = SHORT_NAMES.get(type);
  if (name !== undefined && value !== null) return `${name}=${escapeValue(value)}`;
  const hex = toHex(element.bytes.subarray(0, MAX_VALUE_CHARACTERS));
  return `${type}=#${boundedText(hex, MAX_VALUE_CHARACTERS, what, element.offset, log)}`;
}

function string(element: DerElement, what: string, log: ProblemLog): string {
  const all = text(element, what, log);
  if (all.includes('\0')) log.note(`${what}: a NUL in a string`, element.offset);
  return boundedText(all, MAX_VALUE_CHARACTERS, what, element.offset, log);
}

/** RFC 4514, 2.4. */
function escapeValue(value: string): string {
  if (!SPECIAL.test(value)) return value;
  return value
    .replace(/[\\"+,;<>]/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[ #]/, '\\$&')
    .replace(/(?<!^\\?) $/, '\\ ');
}

const SPECIAL = /[\\"+,;<>\0]|^[ #]| $/;

/** A NUL, which hides what is behind it from C programs, would be cut there by engines too. */
function shown(value: string | undefined): string | null {
  return value?.replaceAll('\0', '\ufffd') ?? null;
}

/** Names of real certificates have about ten. */
const MAX_ATTRIBUTES = 256;

const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const ORGANIZATIONAL_UNIT = '2.5.4.11';

/** RFC 4514, 3, and descriptors of RFC 4519, RFC 2985 and the CA/Browser Forum for what certificates hold. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  [COMMON_NAME, 'CN'],
  ['2.5.4.4', 'sn'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  [ORGANIZATION, 'O'],
  [ORGANIZATIONAL_UNIT, 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.13', 'description'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.17', 'postalCode'],
  ['2.5.4.18', 'postOfficeBox'],
  ['2.5.4.41', 'name'],
  ['2.5.4.42', 'givenName'],
  ['2.5.4.43', 'initials'],
  ['2.5.4.44', 'generationQualifier'],
  ['2.5.4.46', 'dnQualifier'],
  ['2.5.4.65', 'pseudonym'],
  ['2.5.4.97', 'organizationIdentifier'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
  ['1.2.840.113549.1.9.2', 'unstructuredName'],
  ['1.2.840.113549.1.9.8', 'unstructuredAddress'],
  ['1.3.6.1.4.1.311.60.2.1.1', 'jurisdictionL'],
  ['1.3.6.1.4.1.311.60.2.1.2', 'jurisdictionST'],
  ['1.3.6.1.4.1.311.60.2.1.3', 'jurisdictionC'],
]);
