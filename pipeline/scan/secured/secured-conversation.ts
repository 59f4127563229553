/**
 * One connection whose TLS handshake is tried to its end, by node:tls (OpenSSL), and the mail dialogue inside of it. What
 * the server showed counts where the handshake was not finished, too. Nothing is verified: no root store, no name, no expiry.
 */
import type { ErrorKind } from '../../formats/raw-record.ts';
import { TLS1_3 } from '../../tls/index.ts';
import type { ProbeSession } from '../probes/probe-session.ts';
import type { Asked, Attempt, Conversation } from './attempt.ts';
import { SecuredConnection } from './secured-connection.ts';

/** A handshake without an answer is a silence of the probe. Nothing is asked where the session is over. */
export async function attempt(session: ProbeSession, asked: Asked): Promise<Attempt> {
  if (session.isOver) return notAsked(asked, 'nothing more is asked');
  const { whole } = session;
  const { connection, failure } = await whole.openPatiently();
  try {
    if (failure) return notAsked(asked, `${failure.error_kind}: ${failure.error_detail}`);
    whole.countHello();
    const made = await new SecuredConnection(whole, connection, asked).run();
    if (made.is_silent || mannerAfter(made.conversation?.broken ?? null) === 'silent') session.noteSilence();
    return made;
  } finally {
    whole.release(connection);
  }
}

/** The same; null where the connection or the handshake failed, and where nothing more is to be asked of this endpoint. */
export async function converse(session: ProbeSession, asked: Asked): Promise<Conversation | null> {
  return (await attempt(session, asked)).conversation;
}

/** A server that has left us waiting inside TLS is not waited for again: handshakes alone do for the rest. */
export function mannerAfter(before: { error_kind: ErrorKind | null } | null): 'brief' | 'silent' {
  return SILENT.has(before?.error_kind ?? null) ? 'silent' : 'brief';
}

function notAsked({ version }: Asked, error_detail: string): Attempt {
  const chain_error = version === TLS1_3 ? 'not_asked' : null;
  return {
    ...{ was_asked: false, conversation: null, flight: null, chain_error, completed: null },
    ...{ error_detail, is_silent: false },
  };
}

const SILENT: ReadonlySet<ErrorKind | null> = new Set(['banner_timeout', 'read_timeout']);
