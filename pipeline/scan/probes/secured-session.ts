/**
 * A handshake that is finished, by node:tls, at the highest version where OpenSSL and the server have a suite in common:
 * the mail dialogue inside TLS, in TLS 1.3 the chain, which comes encrypted, and whether sessions are resumed. At most
 * five connections: one for the dialogue, in TLS 1.3 one more for the PSK, and up to three for the versions below. Where
 * TLS 1.3 shows no chain it is tried once more, with another suite and key share. Once the server has fallen silent inside
 * TLS, the others are handshakes alone.
 */
import { printable } from '../../base/printable.ts';
import type { EndpointFacts, HandshakeRecord, SecuredDialogue } from '../../formats/raw-record.ts';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../tls/index.ts';
import { distinctTypes } from '../evidence.ts';
import type { Attempt } from '../secured/attempt.ts';
import { finishable, type OpensslSuite } from '../secured/openssl-suites.ts';
import { pskResumption, sessionResumption } from '../secured/resumption.ts';
import { attempt, mannerAfter } from '../secured/secured-conversation.ts';
import { DETAIL_LENGTH, type VersionTally } from '../version-tally.ts';
import { acceptedRecords, noteCompletion } from './completed-handshakes.ts';
import type { Findings, Probe } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';

export const securedSession: Probe = {
  name: 'secured-session',
  async run(session, tallies, findings) {
    const in13 = await askTls13(session, tallies, findings);
    const suite12 = suiteAt(tallies, [TLS1_2, TLS1_1, TLS1_0]);
    if (!suite12) return;
    const manner = in13 ? mannerAfter(in13.conversation?.broken ?? null) : 'whole';
    const in12 = await attempt(session, { ...suite12, manner, tickets: false });
    noteCompletion(tallies, suite12, in12);
    if (!in12.conversation) return;
    findings.secured_dialogue ??= securedDialogue(suite12, in12);
    const seen = { ticketsSeen: ticketsSeen(tallies, suite12.version) };
    const after = { ...seen, manner: manner === 'silent' ? manner : mannerAfter(in12.conversation.broken) };
    Object.assign(findings.facts, await sessionResumption(session, suite12, in12.conversation, after));
  },
};

/** Before the probes: what is so where none of them sees a chain of TLS 1.3. */
export function noteChainNotAsked(facts: EndpointFacts, tallies: readonly VersionTally[]): void {
  if (acceptedRecords(tallies, TLS1_3).length > 0) facts.tls13_chain_error = 'not_asked';
}

/** The attempt whose handshake was finished; undefined where none was. */
async function askTls13(
  session: ProbeSession,
  tallies: readonly VersionTally[],
  findings: Findings,
): Promise<Attempt | undefined> {
  const { facts } = findings;
  const accepted = acceptedRecords(tallies, TLS1_3);
  const first = finishable(TLS1_3, accepted);
  if (!first) {
    if (accepted.length > 0) facts.tls13_chain_error = 'no_common_suite';
    return undefined;
  }
  let suite: OpensslSuite = first;
  let made = await tryTls13(session, tallies, { suite }, facts);
  if (made.was_asked && made.chain_error !== null && !made.is_silent && !session.isOver) {
    const others = accepted.filter(({ cipher_suite }) => cipher_suite !== first.cipher_suite);
    suite = finishable(TLS1_3, others) ?? first;
    made = await tryTls13(session, tallies, { suite, otherGroups: true }, facts);
  }
  const { conversation } = made;
  if (!conversation) return undefined;
  findings.secured_dialogue = securedDialogue(suite, made);
  const manner = mannerAfter(conversation.broken);
  facts.psk_resumption = await pskResumption(session, suite, conversation, manner);
  return made;
}

async function tryTls13(
  session: ProbeSession,
  tallies: readonly VersionTally[],
  { suite, otherGroups }: { suite: OpensslSuite; otherGroups?: boolean },
  facts: EndpointFacts,
): Promise<Attempt> {
  const made = await attempt(session, { ...suite, manner: 'whole', tickets: true, otherGroups });
  facts.tls13_chain_error = made.chain_error;
  noteFlight(session, recordOf(tallies, suite), made);
  noteCompletion(tallies, suite, made);
  return made;
}

/** The first of `versions` where there is one, and the suite. */
function suiteAt(tallies: readonly VersionTally[], versions: readonly number[]): OpensslSuite | undefined {
  for (const version of versions) {
    const suite = finishable(version, acceptedRecords(tallies, version));
    if (suite) return suite;
  }
  return undefined;
}

function recordOf(tallies: readonly VersionTally[], suite: OpensslSuite): HandshakeRecord {
  return acceptedRecords(tallies, suite.version).find((one) => one.cipher_suite === suite.cipher_suite)!;
}

/** ServerHello answers session_ticket where the server means to send one. */
function ticketsSeen(tallies: readonly VersionTally[], version: number): boolean {
  return acceptedRecords(tallies, version).some(({ extensions }) => extensions.includes(SESSION_TICKET));
}

/** What only the protected flight of TLS 1.3 shows, in the record of the one that asked for the same suite. */
function noteFlight(session: ProbeSession, record: HandshakeRecord, made: Attempt): void {
  const { was_asked, flight, error_detail } = made;
  if (!was_asked) return;
  const note = (what: string) => {
    const all = [record.error_detail, what].filter((text) => text !== null).join('; ');
    record.error_detail = printable(all, DETAIL_LENGTH);
  };
  if (error_detail !== null) note(`handshake not finished: ${error_detail}`);
  if (!flight) return;
  if (flight.broken_by !== null) note(`protected flight: ${flight.broken_by}`);
  record.signature_scheme = flight.signature_scheme;
  record.chain_id = session.evidence.chain(flight.certificates ?? [], note);
}

function securedDialogue(
  { version, cipher_suite }: OpensslSuite,
  { conversation, flight }: Attempt,
): SecuredDialogue {
  const { facts, broken } = conversation!;
  const { banner, capabilities, auth_mechanisms, plaintext_auth_offered, login_disabled } = facts;
  return {
    version,
    cipher_suite,
    banner,
    capabilities,
    auth_mechanisms,
    plaintext_auth_offered,
    login_disabled,
    extensions: flight?.extensions ? distinctTypes(flight.extensions) : null,
    error_kind: broken?.error_kind ?? null,
    error_detail: broken && printable(broken.error_detail, DETAIL_LENGTH),
  };
}

const SESSION_TICKET = 35;
