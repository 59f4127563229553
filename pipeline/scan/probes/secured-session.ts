/**
 * A handshake that is finished, by node:tls, at the highest version where OpenSSL and the server have a suite in common:
 * the mail dialogue inside TLS, in TLS 1.3 the chain, which comes encrypted, and whether sessions are resumed. At most
 * five connections: one for the dialogue, in TLS 1.3 one more for the PSK, and up to three for the versions below. Once
 * the server has fallen silent inside TLS, the others are handshakes alone.
 */
import { printable } from '../../base/printable.ts';
import type { HandshakeRecord, SecuredDialogue } from '../../formats/raw-record.ts';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../tls/index.ts';
import { distinctTypes } from '../evidence.ts';
import { finishable, type OpensslSuite } from '../secured/openssl-suites.ts';
import { pskResumption, sessionResumption } from '../secured/resumption.ts';
import { type Conversation, converse, mannerAfter } from '../secured/secured-conversation.ts';
import { DETAIL_LENGTH, type VersionTally } from '../version-tally.ts';
import type { Probe } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';

export const securedSession: Probe = {
  name: 'secured-session',
  async run(session, tallies, findings) {
    const suite13 = suiteAt(tallies, [TLS1_3]);
    const suite12 = suiteAt(tallies, [TLS1_2, TLS1_1, TLS1_0]);
    const in13 = suite13 && (await converse(session, { ...suite13, manner: 'whole', tickets: true }));
    if (in13) {
      findings.secured_dialogue = securedDialogue(suite13, in13);
      noteFlight(session, recordOf(tallies, suite13), in13);
      findings.facts.psk_resumption = await pskResumption(session, suite13, in13, mannerAfter(in13.broken));
    }
    const manner = in13 ? mannerAfter(in13.broken) : 'whole';
    const in12 = suite12 && (await converse(session, { ...suite12, manner, tickets: false }));
    if (!in12) return;
    findings.secured_dialogue ??= securedDialogue(suite12, in12);
    const seen = { ticketsSeen: ticketsSeen(tallies, suite12.version) };
    const after = { ...seen, manner: manner === 'silent' ? manner : mannerAfter(in12.broken) };
    Object.assign(findings.facts, await sessionResumption(session, suite12, in12, after));
  },
};

/** The first of `versions` where there is one, and the suite. */
function suiteAt(tallies: readonly VersionTally[], versions: readonly number[]): OpensslSuite | undefined {
  for (const version of versions) {
    const suite = finishable(version, acceptedRecords(tallies, version));
    if (suite) return suite;
  }
  return undefined;
}

function acceptedRecords(tallies: readonly VersionTally[], version: number): HandshakeRecord[] {
  const records = tallies.flatMap((tally) => tally.handshakeRecords);
  return records.filter((one) => one.version === version && one.outcome === 'accepted');
}

function recordOf(tallies: readonly VersionTally[], suite: OpensslSuite): HandshakeRecord {
  return acceptedRecords(tallies, suite.version).find((one) => one.cipher_suite === suite.cipher_suite)!;
}

/** ServerHello answers session_ticket where the server means to send one. */
function ticketsSeen(tallies: readonly VersionTally[], version: number): boolean {
  return acceptedRecords(tallies, version).some(({ extensions }) => extensions.includes(SESSION_TICKET));
}

/** What only a finished handshake of TLS 1.3 shows, in the record of the one that asked for the same suite. */
function noteFlight(session: ProbeSession, record: HandshakeRecord, { flight }: Conversation): void {
  if (!flight) return;
  record.signature_scheme = flight.signature_scheme;
  record.chain_id = session.evidence.chain(flight.certificates, (what) => {
    record.error_detail = [record.error_detail, what].filter((text) => text !== null).join('; ');
  });
}

function securedDialogue(
  { version, cipher_suite }: OpensslSuite,
  { facts, flight, broken }: Conversation,
): SecuredDialogue {
  const { banner, capabilities, auth_mechanisms, plaintext_auth_offered, login_disabled } = facts;
  return {
    version,
    cipher_suite,
    banner,
    capabilities,
    auth_mechanisms,
    plaintext_auth_offered,
    login_disabled,
    extensions: flight && distinctTypes(flight.extensions),
    error_kind: broken?.error_kind ?? null,
    error_detail: broken && printable(broken.error_detail, DETAIL_LENGTH),
  };
}

const SESSION_TICKET = 35;
