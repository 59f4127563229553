/**
 * SignedCertificateTimestampList (RFC 6962, 3.3) → how many timestamps of Certificate Transparency the certificate
 * brings along, and of which logs. Signatures are not checked: nobody's keys are at hand.
 */
import { ByteReader } from '../../base/byte-reader.ts';
import { toHex } from '../../base/hex.ts';
import { WordList } from '../bounded-text.ts';
import { type DerReader, TAG, whole } from '../der.ts';
import type { ProblemLog } from '../problem-log.ts';

export interface SignedTimestamps {
  sct_count: number | null;
  /** SHA-256 of each log's key, hexadecimal, joined by spaces; of timestamps of version 1 only. */
  sct_log_ids: string | null;
}

/** Throws DecodeError. */
export function signedTimestamps(reader: DerReader, log: ProblemLog): SignedTimestamps {
  const { content, contentOffset } = whole(reader.next(TAG.octetString, WHAT), WHAT);
  const outer = new ByteReader(content, contentOffset);
  const list = outer.vector(2, WHAT);
  outer.end(WHAT);
  const logs = new WordList(WHAT, log);
  let sct_count = 0;
  for (; list.remaining > 0; sct_count++) {
    const timestamp = list.vector(2, WHAT);
    const offset = timestamp.offset;
    if (timestamp.u8(WHAT) === VERSION_1) logs.add(toHex(timestamp.bytes(LOG_ID_BYTES, WHAT)), offset);
  }
  return { sct_count, sct_log_ids: logs.text };
}

const WHAT = 'signed certificate timestamps';
const VERSION_1 = 0;
const LOG_ID_BYTES = 32;
