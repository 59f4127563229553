/**
 * TLS 1.3 named groups by elimination: a hello without key shares makes the server name the group that it wants
 * (HelloRetryRequest, RFC 8446, 4.1.4); that one is taken out, up to a refusal. A server that refuses the very first
 * of these is asked again with shares, as far as they can be made without arithmetic; what stays open then is an error.
 */
import { fromHex } from '../base/hex.ts';
import type { GroupCounts } from '../formats/raw-record.ts';
import { SECP256R1, TLS1_3, X25519 } from '../tls/index.ts';
import type { EndpointSession, Question, Reply } from './session.ts';

type KeyShares = NonNullable<Question['key_shares']>;

/** Which of `groups` the server accepts with `suites`, suites that it is known to accept. */
export async function probeGroups(
  session: EndpointSession,
  suites: readonly number[],
  groups: readonly number[],
  onHello: () => void,
): Promise<GroupCounts> {
  const accepted: number[] = [];
  let withShare = false;
  for (let left = groups; left.length > 0; left = groups.filter((group) => !accepted.includes(group))) {
    const key_shares = withShare ? keyShares(left, session) : [];
    const question = { version: TLS1_3, cipher_suites: suites, named_groups: left, key_shares };
    const reply = await askTwice(session, question, onHello);
    const group = reply ? groupOf(reply) : null;
    if (group !== null && left.includes(group)) accepted.push(group);
    else if (reply && accepted.length === 0 && !withShare && !session.stopped) withShare = true;
    else {
      const answerable = !withShare || key_shares.length > 0;
      const refused = answerable && (await isRefusal(session, reply, onHello));
      return counts(groups, accepted, refused ? left.length : 0);
    }
  }
  return counts(groups, accepted, 0);
}

/** One x25519 share of random bytes: each 32 bytes are a valid public value (RFC 7748, 5). */
export function x25519Share(randomBytes: (length: number) => Uint8Array): KeyShares {
  return [{ named_group: X25519, key_exchange: randomBytes(32) }];
}

async function askTwice(session: EndpointSession, question: Question, onHello: () => void) {
  if (session.stopped) return undefined;
  const reply = await session.ask(question, onHello);
  const broken = reply.kind === 'failed' || reply.kind === 'ambiguous';
  return broken && !session.stopped ? session.ask(question, onHello) : reply;
}

function groupOf(reply: Reply): number | null {
  return reply.kind === 'accepted' && reply.flight.kind === 'server_hello'
    ? reply.flight.selected_group
    : null;
}

async function isRefusal(
  session: EndpointSession,
  reply: Reply | undefined,
  onHello: () => void,
): Promise<boolean> {
  return reply?.kind === 'rejected' || (reply?.kind === 'ambiguous' && session.control(onHello));
}

function counts(groups: readonly number[], accepted: number[], rejected: number): GroupCounts {
  const errors = groups.length - accepted.length - rejected;
  return { version: TLS1_3, offered: groups.length, accepted, rejected, errors };
}

function keyShares(left: readonly number[], session: EndpointSession): KeyShares {
  if (left.includes(X25519)) return x25519Share(session.context.world.randomBytes);
  return left.includes(SECP256R1) ? [{ named_group: SECP256R1, key_exchange: P256_BASE_POINT }] : [];
}

/** Generator of P-256, uncompressed (SEC 2, 2.4.2): a valid public value that needs no arithmetic. */
const P256_BASE_POINT = fromHex(
  '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
    '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
);
