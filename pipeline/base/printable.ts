/**
 * Text from peers, made safe to show. Control characters (C0, DEL, C1), line and paragraph separators,
 * bidirectional controls and lone surrogates become visible escapes; nothing else changes.
 */

const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u{feff}]/gu;

/** One line that a terminal shows as it is, at most `limit` characters long (an ellipsis marks a cut). */
export function printable(text: string, limit = Number.POSITIVE_INFINITY): string {
  const safe = text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  if (safe.length <= limit) return safe;
  // A cut may fall between the two halves of a character: then that goes as a whole.
  return `${safe.slice(0, Math.max(0, limit - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** `text` for an HTML text node or a quoted attribute. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
