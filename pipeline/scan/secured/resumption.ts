/**
 * Whether sessions are gone on with: by session id and by ticket up to TLS 1.2 (RFC 5246, F.1.4; RFC 5077), by PSK in
 * TLS 1.3 (RFC 8446, 2.2). Each answer is a handshake of its own that the server resumed, or did in full. Null where a
 * connection failed on the way; a server that hands out nothing to resume resumes nothing. `manner` says what is said
 * inside them: nothing, to a server that did not answer before.
 */
import type { EndpointFacts } from '../../formats/raw-record.ts';
import type { ProbeSession } from '../probes/probe-session.ts';
import type { Asked, Conversation } from './attempt.ts';
import type { OpensslSuite } from './openssl-suites.ts';
import { converse } from './secured-conversation.ts';

type SessionFacts = Pick<EndpointFacts, 'session_id_resumption' | 'session_ticket_resumption'>;

/** TLS 1.3, after a conversation there: one connection, none where no ticket came. */
export async function pskResumption(
  session: ProbeSession,
  suite: OpensslSuite,
  first: Conversation,
  manner: Asked['manner'],
): Promise<boolean | null> {
  // Tickets come before anything else that is said inside TLS, in every stack that we know.
  if (!first.session) return first.heard ? false : null;
  const again = await converse(session, { ...suite, tickets: true, manner, resume: first.session });
  return again ? again.resumed : null;
}

/**
 * Up to TLS 1.2: `first` is a conversation without tickets. Two connections: one that goes on by id and asks for a ticket,
 * one that goes on by that. `ticketsSeen`: the server's hellos have said that it has tickets.
 */
export async function sessionResumption(
  session: ProbeSession,
  suite: OpensslSuite,
  first: Conversation,
  { ticketsSeen, manner }: { ticketsSeen: boolean; manner: Asked['manner'] },
): Promise<SessionFacts> {
  if (!first.session && !ticketsSeen)
    return { session_id_resumption: false, session_ticket_resumption: false };
  const second = await converse(session, { ...suite, tickets: true, manner, resume: first.session });
  if (!second)
    return { session_id_resumption: first.session ? null : false, session_ticket_resumption: null };
  const session_ticket_resumption = await byTicket(session, suite, second, { ticketsSeen, manner });
  return { session_id_resumption: second.resumed, session_ticket_resumption };
}

async function byTicket(
  session: ProbeSession,
  suite: OpensslSuite,
  second: Conversation,
  { ticketsSeen, manner }: { ticketsSeen: boolean; manner: Asked['manner'] },
): Promise<boolean | null> {
  // A server may leave the ticket out where it goes on by id (RFC 5077, 3.3): then nothing is known.
  if (!second.ticket) return ticketsSeen && second.resumed ? null : false;
  const third = await converse(session, { ...suite, tickets: true, manner, resume: second.session });
  return third ? third.resumed : null;
}
