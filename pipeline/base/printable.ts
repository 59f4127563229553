/**
 * Text from peers, made safe to show. Control characters (C0, DEL, C1), line and paragraph separators,
 * bidirectional controls and lone surrogates become visible escapes; nothing else changes.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

/** One line that a terminal shows as it is, at most `limit` characters long (an ellipsis marks a cut). */
export function printable(text: string, limit = Number.POSITIVE_INFINITY): string {
  const safe = text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return safe.length > limit ? `${safe.slice(0, Math.max(0, limit - 1))}…` : safe;
}

/** `text` for an HTML text node or a quoted attribute. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
