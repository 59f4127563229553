/**
 * Whether a handshake is ever completed at the versions that are accepted: a ServerHello is a promise that some servers
 * don't keep (OpenSMTPD 6.8 on OpenSSL 3 breaks off every handshake with internal_error). TLS 1.0 to 1.3, where no other
 * probe has completed one: one connection a version; where it fails, at most two more, with suites of another key exchange
 * or authentication. False is said by two connections at least, all broken off by the server after its ServerHello.
 */
import type { HandshakeRecord } from '../../formats/raw-record.ts';
import { TLS1_3 } from '../../tls/index.ts';
import { suiteOf } from '../offer-lists.ts';
import type { Attempt } from '../secured/attempt.ts';
import { finishable, type OpensslSuite } from '../secured/openssl-suites.ts';
import { attempt } from '../secured/secured-conversation.ts';
import type { VersionTally } from '../version-tally.ts';
import type { Probe } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';

export const completedHandshakes: Probe = {
  name: 'completed-handshakes',
  async run(session, tallies) {
    for (const tally of tallies) {
      if (tally.handshakeCompleted === null && !session.isOver) await complete(session, tally);
    }
  },
};

/** Accepted handshakes at `version`, in the order of the server's choice. */
export function acceptedRecords(tallies: readonly VersionTally[], version: number): HandshakeRecord[] {
  const records = tallies.flatMap((tally) => tally.handshakeRecords);
  return records.filter((one) => one.version === version && one.outcome === 'accepted');
}

/** What an attempt by any probe tells of its version. */
export function noteCompletion(
  tallies: readonly VersionTally[],
  { version, cipher_suite }: OpensslSuite,
  { was_asked, completed, is_silent }: Attempt,
): void {
  if (!was_asked) return;
  const tally = tallies.find((one) => one.version === version)!;
  if (completed) tally.handshakeCompleted = true;
  else tally.uncompleted.push({ cipher_suite, completed, is_silent });
}

async function complete(session: ProbeSession, tally: VersionTally): Promise<void> {
  const { version, uncompleted } = tally;
  // In TLS 1.3 only what the server says after the handshake shows that it took our Finished.
  const manner = version === TLS1_3 ? 'brief' : 'silent';
  while (uncompleted.length < MOST_ATTEMPTS && !session.isOver) {
    const suite = nextSuite(tally);
    if (!suite) break;
    const made = await attempt(session, { ...suite, manner, tickets: false });
    if (!made.was_asked) break;
    noteCompletion([tally], suite, made);
    if (made.completed) return;
  }
  const isProven = uncompleted.length >= LEAST_PROOF && uncompleted.every(isBrokenOff);
  if (isProven) tally.handshakeCompleted = false;
}

/**
 * The first of those unlike what has failed. What was broken off is asked again all the same, with another suite if there
 * is one; what failed on our side, or in silence, is not.
 */
function nextSuite(tally: VersionTally): OpensslSuite | undefined {
  const { version, uncompleted } = tally;
  if (uncompleted.some(({ is_silent }) => is_silent)) return undefined;
  const accepted = acceptedRecords([tally], version);
  const failed = uncompleted.map(({ cipher_suite }) => cipher_suite);
  const kinds = new Set(failed.map(kindOf));
  const unlike = accepted.filter(({ cipher_suite }) => !kinds.has(kindOf(cipher_suite!)));
  const suite = finishable(version, unlike);
  if (suite || !uncompleted.every(isBrokenOff)) return suite;
  const fresh = accepted.filter(({ cipher_suite }) => !failed.includes(cipher_suite!));
  const again = failed.length < LEAST_PROOF ? accepted : [];
  return finishable(version, fresh) ?? finishable(version, again);
}

function isBrokenOff({ completed }: VersionTally['uncompleted'][number]): boolean {
  return completed === false;
}

function kindOf(cipherSuite: number): string {
  const { key_exchange = '', authentication = '' } = suiteOf(cipherSuite) ?? {};
  return `${key_exchange} ${authentication}`;
}

const MOST_ATTEMPTS = 3;
const LEAST_PROOF = 2;
