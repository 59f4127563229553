/**
 * Extensions (RFC 5280, 4.2) → the two facts that tables ask for: the names of the subject, and whether it is a CA.
 * Of GeneralName only dNSName and iPAddress are kept: mail servers are found by these.
 */
import { DecodeError } from '../base/errors.ts';
import { context, type DerElement, DerReader, TAG, whole, within } from './der.ts';
import { objectIdentifier } from './der-value.ts';
import type { ProblemLog } from './problem-log.ts';

export interface ExtensionFacts {
  /** DNS names and addresses, joined by spaces; null where there are none. */
  subject_alt_names: string | null;
  /** Basic constraints: cA; false where there are none; null where that can't be told. */
  is_ca: boolean | null;
}

/** Facts of a certificate that has no extensions. */
export const NO_EXTENSIONS: ExtensionFacts = { subject_alt_names: null, is_ca: false };

/** `element` is [3], EXPLICIT SEQUENCE OF Extension. Never throws: what can't be read is null, and noted. */
export function extensionFacts(element: DerElement, log: ProblemLog): ExtensionFacts {
  const values = new Map<string, DerElement>();
  const complete = log.attempt(() => collect(element, values, log)) !== null;
  const constraints = values.get(BASIC_CONSTRAINTS);
  const names = values.get(SUBJECT_ALT_NAME);
  return {
    is_ca: constraints ? log.attempt(() => readIsCa(constraints, log)) : complete ? false : null,
    subject_alt_names: names ? log.attempt(() => readAltNames(names, log)) : null,
  };
}

/** Puts the OCTET STRING of each extension into `values`, the first where one is there twice. */
function collect(element: DerElement, values: Map<string, DerElement>, log: ProblemLog): true {
  const list = within(element, log).next(TAG.sequence, 'extensions');
  for (const extension of within(list, log).all('extension')) {
    const reader = within(extension, log);
    const oid = objectIdentifier(reader.any('extension identifier'), 'extension identifier');
    reader.optional(TAG.boolean, 'extension criticality');
    const value = reader.next(TAG.octetString, 'extension value');
    if (!values.has(oid)) values.set(oid, value);
  }
  whole(list, 'extensions');
  return true;
}

function readIsCa(value: DerElement, log: ProblemLog): boolean {
  const what = 'basic constraints';
  const constraints = inside(value, what, log).next(TAG.sequence, what);
  const flag = within(constraints, log).optional(TAG.boolean, what);
  return flag !== undefined && (flag.content[0] ?? 0) !== 0;
}

function readAltNames(value: DerElement, log: ProblemLog): string | null {
  const what = 'subject alternative names';
  const names: string[] = [];
  for (const name of within(inside(value, what, log).next(TAG.sequence, what), log).all(what)) {
    if (name.tag === context(2)) names.push(dnsName(whole(name, what)));
    if (name.tag === context(7)) names.push(ipAddress(whole(name, what)));
  }
  return names.length > 0 ? names.join(' ') : null;
}

function inside(value: DerElement, what: string, log: ProblemLog): DerReader {
  const { content, contentOffset, depth } = whole(value, what);
  return new DerReader(content, log, contentOffset, depth + 1);
}

/** IA5String; what would break the list or hide a name (blanks, control characters) is written \HH. */
function dnsName(name: DerElement): string {
  const text = Buffer.from(name.content).toString('latin1');
  return Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    const plain = code > 0x20 && code !== 0x7f && character !== '\\';
    return plain ? character : `\\${code.toString(16).padStart(2, '0')}`;
  }).join('');
}

function ipAddress({ content, offset }: DerElement): string {
  if (content.length === 4) return content.join('.');
  if (content.length === 16) return ipv6Text(content);
  throw new DecodeError('IP address', offset, '4 or 16 bytes', `${content.length}`);
}

/** RFC 5952: the longest run of two or more zero groups, the first of equals, becomes `::`. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[2 * index]! << 8) | bytes[2 * index + 1]!).toString(16),
  );
  const text = groups.join(':');
  const runs = text.match(/(?:\b0(?::|$)){2,}/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const at = text.indexOf(longest);
  const before = text.slice(0, at).replace(/:$/, '');
  return `${before}::${text.slice(at + longest.length)}`;
}

const BASIC_CONSTRAINTS = '2.5.29.19';
const SUBJECT_ALT_NAME = '2.5.29.17';
