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
  for (let left = groups; left.length > 0; left = without(groups, accepted)) {
    const reply = await askTwice(session, question(suites, left, []), onHello);
    const group = groupIn(reply, left);
    if (group !== null) accepted.push(group);
    else if (accepted.length === 0) return probeShares(session, suites, groups, onHello);
    else return counts(groups, accepted, (await isRefusal(session, reply, onHello)) ? left.length : 0);
  }
  return counts(groups, accepted, 0);
}

/** A refusal of one share by a server that doesn't retry says no to that group, and nothing of the others. */
async function probeShares(
  session: EndpointSession,
  suites: readonly number[],
  groups: readonly number[],
  onHello: () => void,
): Promise<GroupCounts> {
  const accepted: number[] = [];
  let rejected = 0;
  for (const share of [...x25519Share(session.context.world.randomBytes), P256_SHARE]) {
    const left = without(groups, accepted);
    const reply = await askTwice(session, question(suites, left, [share]), onHello);
    const group = groupIn(reply, left);
    if (group !== null) accepted.push(group);
    else if (await isRefusal(session, reply, onHello)) rejected++;
  }
  return counts(groups, accepted, rejected);
}

/** One x25519 share of random bytes: each 32 bytes are a valid public value (RFC 7748, 5). */
export function x25519Share(randomBytes: (length: number) => Uint8Array): KeyShares {
  return [{ named_group: X25519, key_exchange: randomBytes(32) }];
}

function question(
  suites: readonly number[],
  named_groups: readonly number[],
  key_shares: KeyShares,
): Question {
  return { version: TLS1_3, cipher_suites: suites, named_groups, key_shares };
}

async function askTwice(session: EndpointSession, asked: Question, onHello: () => void) {
  if (session.stopped) return undefined;
  const reply = await session.ask(asked, onHello);
  const broken = reply.kind === 'failed' || reply.kind === 'ambiguous';
  return broken && !session.stopped ? session.ask(asked, onHello) : reply;
}

/** The group that the server chose, if it is one that was offered. */
function groupIn(reply: Reply | undefined, left: readonly number[]): number | null {
  if (reply?.kind !== 'accepted' || reply.flight.kind !== 'server_hello') return null;
  const group = reply.flight.selected_group;
  return group !== null && left.includes(group) ? group : null;
}

async function isRefusal(
  session: EndpointSession,
  reply: Reply | undefined,
  onHello: () => void,
): Promise<boolean> {
  return reply?.kind === 'rejected' || (reply?.kind === 'ambiguous' && session.control(onHello));
}

function without(groups: readonly number[], accepted: readonly number[]): readonly number[] {
  return groups.filter((group) => !accepted.includes(group));
}

function counts(groups: readonly number[], accepted: number[], rejected: number): GroupCounts {
  const errors = groups.length - accepted.length - rejected;
  return { version: TLS1_3, offered: groups.length, accepted, rejected, errors };
}

/** Generator of P-256, uncompressed (SEC 2, 2.4.2): a valid public value that needs no arithmetic. */
const P256_SHARE = {
  named_group: SECP256R1,
  key_exchange: fromHex(
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
      '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  ),
};
