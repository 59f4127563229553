/**
 * A question of a probe to an answer that one can build on: a broken one is asked once more, and silence means no by the
 * same rule as for suites (silence.ts; docs/raw-record.md, what an outcome means).
 */
import type { Rejection } from '../../formats/raw-record.ts';
import type { ServerFlight } from '../../tls/index.ts';
import type { Question, Reply } from '../session.ts';
import { type Asking, heard } from '../silence.ts';
import type { ProbeSession } from './probe-session.ts';

export type SureAnswer =
  | { kind: 'accepted'; flight: ServerFlight }
  | { kind: 'refused'; by: Rejection['by']; code: number | null }
  /** Not asked, or no answer that says anything. */
  | { kind: 'unknown' };

/** One or two hellos; where silence is what comes, up to eight more, in turns with controls. */
export async function sureAnswer(session: ProbeSession, question: Question): Promise<SureAnswer> {
  if (session.isOver) return UNKNOWN;
  const answer = meaning(await heard(await session.ask(question), askingFor(session, question)));
  if (answer.kind === 'refused' && isSilent(answer.by)) session.whole.silentRefusals++;
  return answer;
}

function askingFor(session: ProbeSession, question: Question): Asking {
  const { whole } = session;
  return {
    repeat: () => session.askAgain(question),
    control: () => session.controlReply(),
    waitOut: (why) => whole.waitOut(why),
    get isOver() {
      return session.isOver;
    },
    hasControl: whole.hasAccepted,
    turns: whole.turnsOfSilence,
    // Who refuses suites in words may still drop what it can't read.
    silenceMayMeanNo: true,
  };
}

function isSilent(by: Rejection['by']): boolean {
  return by === 'close' || by === 'reset';
}

function meaning(reply: Reply): SureAnswer {
  if (reply.kind === 'rejected') return { kind: 'refused', by: reply.by, code: reply.code };
  if (reply.kind !== 'accepted' || reply.flight.kind !== 'server_hello') return UNKNOWN;
  return { kind: 'accepted', flight: reply.flight };
}

const UNKNOWN: SureAnswer = { kind: 'unknown' };
