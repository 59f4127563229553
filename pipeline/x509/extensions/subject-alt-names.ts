/**
 * SubjectAltName (RFC 5280, 4.2.1.6) → names of the server. Only dNSName and iPAddress are kept: mail servers are found
 * by these.
 */
import { WordList } from '../bounded-text.ts';
import { context, type DerReader, TAG, whole, within } from '../der.ts';
import { ia5Word, ipAddress } from '../general-name.ts';
import type { ProblemLog } from '../problem-log.ts';

/** Joined by spaces, in the order of the certificate; null where there are none. Throws DecodeError. */
export function subjectAltNames(reader: DerReader, log: ProblemLog): string | null {
  const names = new WordList(WHAT, log);
  for (const name of within(reader.next(TAG.sequence, WHAT), log).all(WHAT)) {
    const read = READINGS.get(name.tag);
    if (read && !names.add(read(whole(name, WHAT)), name.offset)) break;
  }
  return names.text;
}

const WHAT = 'subject alternative names';
const READINGS = new Map([
  [context(2), ia5Word],
  [context(7), ipAddress],
]);
