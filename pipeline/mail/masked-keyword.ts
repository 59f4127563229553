/**
 * Capability keywords that a middlebox wrote over so that clients don't see them. The length stays, since the box edits
 * packets in place: Cisco's PIX and ASA (fixup smtp, inspect esmtp) make XXXXXXXA of STARTTLS, the letters A, B, …
 * counting what was masked; others fill with X or another sign, wholly or in part. CHUNKING and SMTPUTF8 have the same
 * length: where one of them was masked, this is wrong.
 */

/** The first of `words` that may have been `keyword`; undefined where there is none, or `keyword` itself is there. */
export function maskedKeyword(words: readonly string[], keyword: string): string | undefined {
  if (words.some((word) => word.toUpperCase() === keyword)) return undefined;
  return words.find((word) => isMasked(word.toUpperCase(), keyword));
}

function isMasked(word: string, keyword: string): boolean {
  if (word.length !== keyword.length) return false;
  const letters = [...word];
  const fillers = letters.filter((letter, index) => letter !== keyword[index]);
  const one = new Set(fillers).size === 1 && FILLER.test(fillers[0]!);
  return one || (FILLER.test(word[0]!) && COUNTED.test(word));
}

const FILLER = /^[X*#.\-_?=@]$/;
/** One sign again and again, then a letter that counts. */
const COUNTED = /^(.)\1+[A-Z]$/;
