/**
 * TLS 1.3 named groups by elimination, the post-quantum hybrids among them (RFC 8446, 4.2.7): a hello without key shares
 * makes the server name the group that it wants (HelloRetryRequest, 4.1.4). A server that refuses the very first of
 * these is asked again with one share at a time, as far as they can be made without arithmetic; what stays open then
 * is an error. Costs accepted + 1 handshakes; up to five more where there is no HelloRetryRequest.
 */
import { TLS1_3 } from '../../tls/index.ts';
import { GROUPS_1_3 } from '../offer-lists.ts';
import type { Question } from '../session.ts';
import { type Choice, countsOf, type Elimination, eliminate, without } from './elimination.ts';
import { type KeyShares, keyShare, SHAREABLE_GROUPS } from './key-shares.ts';
import { acceptedAt, type Probe } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';
import { sureAnswer } from './sure-answer.ts';

export const tls13Groups: Probe = {
  name: 'tls13-groups',
  async run(session, tallies, findings) {
    const suites = acceptedAt(tallies, TLS1_3);
    if (suites.length === 0) return;
    const found = await eliminate(GROUPS_1_3, (left) => choice(session, suites, left, []));
    const shares = found.accepted.length === 0 ? await byShares(session, suites) : found;
    findings.groups.push(countsOf(TLS1_3, shares));
  },
};

/** A refusal of one share by a server that doesn't retry says no to that group, and nothing of the others. */
async function byShares(session: ProbeSession, suites: readonly number[]): Promise<Elimination> {
  const [accepted, rejected]: [number[], number[]] = [[], []];
  for (const group of SHAREABLE_GROUPS) {
    const left = without(GROUPS_1_3, accepted);
    if (!left.includes(group)) continue;
    const chosen = await choice(session, suites, left, keyShare(group, session.context.world.randomBytes));
    if (typeof chosen === 'number') accepted.push(chosen);
    else if (chosen === 'refused') rejected.push(group);
  }
  // It has accepted handshakes: where it takes none of these, there is another reason for it.
  const refused = accepted.length === 0 ? [] : without(rejected, accepted);
  return { accepted, rejected: [...refused], unknown: [...without(GROUPS_1_3, [...accepted, ...refused])] };
}

/** RFC 8446, 4.1.4: a group that was not offered is no answer. */
async function choice(
  session: ProbeSession,
  cipher_suites: readonly number[],
  named_groups: readonly number[],
  key_shares: KeyShares,
): Promise<Choice> {
  const question: Question = { version: TLS1_3, cipher_suites, named_groups, key_shares };
  const answer = await sureAnswer(session, question);
  if (answer.kind !== 'accepted') return answer.kind;
  const group = answer.flight.selected_group;
  return group !== null && named_groups.includes(group) ? group : 'unknown';
}
