/**
 * One handshake record and the bytes that the server sent → what today's reader makes of them, by the same rules as the
 * scan's. What a flight can't tell stays as it is: the chain and signature of TLS 1.3, which came encrypted, and why a
 * connection ended. So do outcomes: which suites a failed hello offered is not in the record.
 */
import { DecodeError } from '../../base/errors.ts';
import { sha256Hex } from '../../base/hex.ts';
import { printable } from '../../base/printable.ts';
import type { HandshakeRecord } from '../../formats/raw-record.ts';
import { FlightReader, type HelloOffer, type ServerAnswer } from '../../tls/index.ts';
import type { Evidence } from '../evidence.ts';
import { suiteOf } from '../offer-lists.ts';
import { judge } from '../verdict.ts';
import { acceptedHandshake, DETAIL_LENGTH } from '../version-tally.ts';

export interface Reread {
  /** As it is to be written. */
  record: HandshakeRecord;
  /** Fields of which the bytes say something else; where they say another `outcome`, the record stays as it was. */
  differing: string[];
}

/** Never throws, whatever the bytes. `evidence` takes the chain and the group of an accepted one. */
export function rereadHandshake(record: HandshakeRecord, bytes: Uint8Array, evidence: Evidence): Reread {
  if (sha256Hex(bytes) !== record.flight_sha256) return { record, differing: ['flight_sha256'] };
  const offer = offerOf(record);
  const read = readAgain(offer, bytes);
  return record.outcome === 'accepted'
    ? rereadAccepted(record, offer, read, evidence)
    : rereadError(record, offer, read);
}

type Read =
  /** `byEnd`: more was awaited when there was no more. */
  | { kind: 'answer'; answer: ServerAnswer; byEnd: boolean }
  | { kind: 'none'; problem: string; byEnd: boolean };

function readAgain(offer: HelloOffer, bytes: Uint8Array): Read {
  const reader = new FlightReader(offer, suiteOf);
  let byEnd = false;
  try {
    const answer = reader.push(bytes);
    byEnd = answer === undefined;
    return { kind: 'answer', answer: answer ?? reader.end(), byEnd };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { kind: 'none', problem: error.message, byEnd };
  }
}

function rereadAccepted(record: HandshakeRecord, offer: HelloOffer, read: Read, evidence: Evidence): Reread {
  if (read.kind === 'none') return { record, differing: ['outcome'] };
  const verdict = judgeAgain(offer, read.answer);
  if (verdict.kind !== 'accepted') return { record, differing: [whatElse(record, read.answer)] };
  const facts = acceptedHandshake(verdict, evidence, record);
  const { cipher_suite, chain_id, signature_scheme, error_detail, flight_sha256 } = record;
  const encrypted = facts.flight_complete === null;
  const known = {
    flight_sha256,
    cipher_suite,
    ...(encrypted && { chain_id, signature_scheme }),
    ...((encrypted || read.byEnd) && { error_detail }),
  };
  return compared(record, { ...record, ...facts, ...known });
}

function whatElse(record: HandshakeRecord, answer: ServerAnswer): string {
  if (answer.kind !== 'server_hello') return 'outcome';
  return answer.version === record.version ? 'cipher_suite' : 'version';
}

function rereadError(record: HandshakeRecord, offer: HelloOffer, read: Read): Reread {
  const isNonsense = record.error_kind === 'protocol_error';
  if (read.kind === 'answer') {
    const verdict = judgeAgain(offer, read.answer);
    const same = verdict.kind === 'failed' && verdict.error_detail === record.error_detail;
    return { record, differing: same ? [] : ['outcome'] };
  }
  if (read.byEnd === isNonsense) return { record, differing: ['error_kind'] };
  const error_detail = isNonsense ? printable(read.problem, DETAIL_LENGTH) : record.error_detail;
  return compared(record, { ...record, error_detail });
}

function judgeAgain(offer: HelloOffer, answer: ServerAnswer) {
  const broken_by = answer.kind === 'server_hello' ? answer.broken_by : null;
  return judge(offer, { kind: 'answer', answer, broken_by }, null);
}

/** What the reader has to know of the hello. */
function offerOf({ version, cipher_suite }: HandshakeRecord): HelloOffer {
  const cipher_suites = cipher_suite === null ? [] : [cipher_suite];
  return { version, cipher_suites, random: new Uint8Array(32), named_groups: [] };
}

function compared(before: HandshakeRecord, record: HandshakeRecord): Reread {
  const fields = Object.keys(record) as (keyof HandshakeRecord)[];
  const differing = fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(record[field]));
  return { record, differing };
}
