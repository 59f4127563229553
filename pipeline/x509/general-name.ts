/** GeneralName (RFC 5280, 4.2.1.6) → a word: dNSName, uniformResourceIdentifier and iPAddress, without blanks. */
import { DecodeError } from '../base/errors.ts';
import type { DerElement } from './der.ts';

/** IA5String; what would break a list of words or hide a name (blanks, control characters) is written \HH. */
export function ia5Word(name: DerElement): string {
  const text = name.content.toString('latin1');
  return text.replace(UNPRINTED, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is written in another way.
const UNPRINTED = /[\x00-\x20\x7f\\]/g;

/** RFC 4291 and dotted decimal. Throws DecodeError for another size than 4 and 16 bytes. */
export function ipAddress({ content, offset }: DerElement): string {
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
