/**
 * A reply to a hello → the reply that counts. What failed is asked once more. A connection that is closed or reset
 * without a word may be how this server says no, or a bad back end, or throttling: it means no only where silence and a
 * control that is accepted take turns a few times in a row (docs/raw-record.md, what an outcome means).
 */
import type { EndpointSession, Reply } from './session.ts';
import type { VersionTally } from './version-tally.ts';

export type Ambiguous = Extract<Reply, { kind: 'ambiguous' }>;

/** One question, at one endpoint. */
export interface Asking {
  /** The same hello, once more. */
  repeat(): Promise<Reply>;
  /** A hello that was accepted before; undefined where there is none, or nothing more is asked. */
  control(): Promise<Reply | undefined>;
  /** Waits as for throttling; false where nothing more is asked. `why` says what it is. */
  waitOut(why: string): Promise<boolean>;
  /** Nothing more is asked. */
  readonly isOver: boolean;
  /** There is a hello that was accepted before. */
  readonly hasControl: boolean;
  /** How often silence and control have to take turns. */
  readonly turns: number;
  /** False where this server refuses in words what it refuses here: then silence is an error. */
  readonly silenceMayMeanNo: boolean;
}

/** A question about suites of one version: `ask` sends it; `onThrottled` is called before throttling is waited out. */
export function askingFor(
  session: EndpointSession,
  tally: VersionTally,
  ask: () => Promise<Reply>,
  onThrottled: () => void,
): Asking {
  return {
    repeat: () => {
      session.effort.retries++;
      return ask();
    },
    control: async () => {
      const control = await session.controlReply(() => tally.handshakes++);
      if (control?.kind === 'rejected') session.noteContradiction(tally.version, control);
      return control;
    },
    waitOut: (why) => {
      onThrottled();
      return session.waitOut(why);
    },
    get isOver() {
      return session.stopped !== null;
    },
    get hasControl() {
      return session.hasAccepted;
    },
    turns: session.turnsOfSilence,
    get silenceMayMeanNo() {
      return !session.refusesInWords || tally.acceptedSuites.length === 0;
    },
  };
}

/** `ambiguous` is left only where no control can tell. */
export async function heard(first: Reply, asking: Asking): Promise<Reply> {
  // Two in a row: of two back ends that take turns the other one is met with.
  const reply = isBroken(first) && !asking.isOver ? await asking.repeat() : first;
  if (reply.kind !== 'ambiguous' || !asking.hasControl || asking.isOver) return reply;
  return confirmSilence(reply, asking);
}

export function isBroken(reply: Reply): reply is Extract<Reply, { kind: 'failed' | 'ambiguous' }> {
  return reply.kind === 'failed' || reply.kind === 'ambiguous';
}

/**
 * A silence that was met with before: refused by it, where controls that are accepted and further silences take turns. By chance
 * alone, with one connection in ten closed, one question in ten thousand comes through four turns.
 */
export async function confirmSilence(first: Ambiguous, asking: Asking): Promise<Reply> {
  let silence = first;
  for (let turns = 0; ; ) {
    const control = await asking.control();
    if (control?.kind === 'ambiguous') {
      // The server is silent to what it accepted before, too: that is throttling, and what was heard says nothing.
      if (!(await asking.waitOut(`${control.error_kind} after the hello`))) return throttled(silence);
      turns = 0;
    } else if (control?.kind !== 'accepted') return control?.kind === 'gone' ? control : unknown(silence);
    else if (++turns >= asking.turns) return asking.silenceMayMeanNo ? refused(silence) : unknown(silence);
    const again = await asking.repeat();
    if (again.kind !== 'ambiguous') return again;
    silence = again;
  }
}

function refused({ error_kind, duration_ms, hello }: Ambiguous): Reply {
  return { kind: 'rejected', by: error_kind === 'reset' ? 'reset' : 'close', code: null, duration_ms, hello };
}

function unknown({ error_kind, error_detail, duration_ms, hello }: Ambiguous): Reply {
  return { kind: 'failed', error_kind, error_detail, flight_bytes: null, duration_ms, hello };
}

function throttled({ error_detail, duration_ms, hello }: Ambiguous): Reply {
  return { kind: 'gone', error_kind: 'throttled', error_detail, duration_ms, hello };
}
