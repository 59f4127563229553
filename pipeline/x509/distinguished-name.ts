/**
 * Name (RFC 5280, 4.1.2.4) → RFC 4514 text, most specific part first, and the attributes that tables show.
 * Attribute types without a short name here, and values that are no string, are written `1.2.3=#hex`.
 */
import { toHex } from '../base/hex.ts';
import { type DerElement, TAG, whole, within } from './der.ts';
import { isString, objectIdentifier, text } from './der-value.ts';
import type { ProblemLog } from './problem-log.ts';

export interface DistinguishedName {
  /** RFC 4514 form; empty for the empty name. */
  rfc4514: string;
  /** Last value of each attribute, in the order of the certificate; null where there is none. */
  common_name: string | null;
  organization: string | null;
  organizational_unit: string | null;
}

interface Attribute {
  type: string;
  /** Null where the value is no character string. */
  value: string | null;
  hex: string;
}

/** Throws DecodeError where the name is cut off or no sequence of sets of attributes. */
export function distinguishedName(element: DerElement, what: string, log: ProblemLog): DistinguishedName {
  const parts: Attribute[][] = [];
  for (const set of within(whole(element, what), log).all(what)) {
    parts.push([...within(set, log).all(what)].map((pair) => attribute(pair, what, log)));
  }
  const attributes = parts.flat();
  const last = (type: string) => attributes.findLast((one) => one.type === type && one.value !== null)?.value;
  return {
    rfc4514: parts
      .reverse()
      .map((part) => part.map(attributeText).join('+'))
      .join(','),
    common_name: shown(last(COMMON_NAME)),
    organization: shown(last(ORGANIZATION)),
    organizational_unit: shown(last(ORGANIZATIONAL_UNIT)),
  };
}

function attribute(pair: DerElement, what: string, log: ProblemLog): Attribute {
  const reader = within(whole(pair, what), log);
  const type = objectIdentifier(reader.next(TAG.objectIdentifier, what), what);
  const value = whole(reader.any(what), what);
  const string = isString(value) ? text(value, what, log) : null;
  if (string?.includes('\0')) log.note(`${what}: a NUL in a string`, value.offset);
  return { type, value: string, hex: toHex(value.bytes) };
}

function attributeText({ type, value, hex }: Attribute): string {
  const name = SHORT_NAMES.get(type);
  return name !== undefined && value !== null ? `${name}=${escapeValue(value)}` : `${type}=#${hex}`;
}

/** RFC 4514, 2.4. */
function escapeValue(value: string): string {
  return value
    .replace(/[\\"+,;<>]/g, '\\$&')
    .replaceAll('\0', '\\00')
    .replace(/^[ #]/, '\\$&')
    .replace(/(?<!^\\?) $/, '\\ ');
}

/** A NUL, which hides what is behind it from C programs, would be cut there by engines too. */
function shown(value: string | null | undefined): string | null {
  return value?.replaceAll('\0', '\ufffd') ?? null;
}

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
