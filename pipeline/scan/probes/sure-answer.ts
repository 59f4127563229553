/**
 * A question of a probe to an answer that one can build on: a broken one is asked once more, and a silence counts as a
 * refusal only where a control right after it is accepted (docs/raw-record.md, what an outcome means).
 */
import type { Rejection } from '../../formats/raw-record.ts';
import type { ServerFlight } from '../../tls/index.ts';
import type { EndpointSession, Question, Reply } from '../session.ts';

export type SureAnswer =
  | { kind: 'accepted'; flight: ServerFlight }
  | { kind: 'refused'; by: Rejection['by']; code: number | null }
  /** Not asked, or no answer that says anything. */
  | { kind: 'unknown' };

/** One to three hellos: `question`, once more where the answer is broken, and a control where it is silent again. */
export async function sureAnswer(session: EndpointSession, question: Question): Promise<SureAnswer> {
  if (session.stopped) return UNKNOWN;
  let reply = await session.ask(question);
  if (isBroken(reply) && !session.stopped) {
    session.effort.retries++;
    reply = await session.ask(question);
  }
  return reply.kind === 'ambiguous' ? meaningOfSilence(session, reply) : meaning(reply);
}

function isBroken(reply: Reply): boolean {
  return reply.kind === 'failed' || reply.kind === 'ambiguous';
}

async function meaningOfSilence(
  session: EndpointSession,
  { error_kind }: Extract<Reply, { kind: 'ambiguous' }>,
): Promise<SureAnswer> {
  if (!(await session.control())) return UNKNOWN;
  return { kind: 'refused', by: error_kind === 'reset' ? 'reset' : 'close', code: null };
}

function meaning(reply: Reply): SureAnswer {
  if (reply.kind === 'rejected') return { kind: 'refused', by: reply.by, code: reply.code };
  if (reply.kind !== 'accepted' || reply.flight.kind !== 'server_hello') return UNKNOWN;
  return { kind: 'accepted', flight: reply.flight };
}

const UNKNOWN: SureAnswer = { kind: 'unknown' };
