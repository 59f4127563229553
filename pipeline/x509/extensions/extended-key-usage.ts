/** ExtKeyUsageSyntax (RFC 5280, 4.2.1.12) → the purposes, as object identifiers. */
import { WordList } from '../bounded-text.ts';
import { type DerReader, TAG, within } from '../der.ts';
import { objectIdentifier } from '../der-value.ts';
import type { ProblemLog } from '../problem-log.ts';

/** Joined by spaces, in the order of the certificate; null where there are none. Throws DecodeError. */
export function extendedKeyUsage(reader: DerReader, log: ProblemLog): string | null {
  const purposes = new WordList(WHAT, log);
  for (const purpose of within(reader.next(TAG.sequence, WHAT), log).all(WHAT)) {
    if (!purposes.add(objectIdentifier(purpose, WHAT), purpose.offset)) break;
  }
  return purposes.text;
}

const WHAT = 'extended key usage';
