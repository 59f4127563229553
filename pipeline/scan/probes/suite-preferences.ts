/**
 * Whose order decides among the suites of a version, the server's or the client's: the accepted suites are offered in
 * the reverse of the order in which they were found. The same first choice means the server's order; the new first of
 * the list means the client's; anything else, such as a server that has groups of equal suites, leaves it open (null).
 * ChaCha20 is left out where two others remain: servers that prefer it for clients that do have an order of their own.
 * Costs one handshake a version with two suites or more; a second one where the order of finding is not the server's
 * (strategy other than adaptive, split offers). SSLv2 is left out: there the client chooses.
 */
import type { SuitePreference } from '../../formats/raw-record.ts';
import { SSL2 } from '../../tls/index.ts';
import { suiteOf } from '../offer-lists.ts';
import { standardGroups } from '../standard-hello.ts';
import type { VersionTally } from '../version-tally.ts';
import type { Probe } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';
import { sureAnswer } from './sure-answer.ts';

export const suitePreferences: Probe = {
  name: 'suite-preferences',
  async run(session, tallies, { facts }) {
    for (const tally of tallies) {
      if (tally.version === SSL2 || tally.acceptedSuites.length < 2 || session.isOver) continue;
      facts.suite_preferences.push({ version: tally.version, by: await decidedBy(session, tally) });
    }
  },
};

async function decidedBy(session: ProbeSession, tally: VersionTally): Promise<SuitePreference['by']> {
  const suites = comparable(tally.acceptedSuites);
  const found =
    session.context.options.strategy === 'adaptive' &&
    session.tolerance.suites_a_hello >= tally.offered.length;
  const first = found ? suites[0]! : await choice(session, tally.version, suites);
  if (first === null) return null;
  const reversed = suites.toReversed();
  const second = await choice(session, tally.version, reversed);
  if (second === null || isChaCha(first) !== isChaCha(second)) return null;
  if (second === first) return 'server';
  return first === suites[0] && second === reversed[0] ? 'client' : null;
}

async function choice(
  session: ProbeSession,
  version: number,
  cipher_suites: readonly number[],
): Promise<number | null> {
  const extra = standardGroups(version, session.context.world.randomBytes);
  const answer = await sureAnswer(session, { version, cipher_suites, ...extra });
  return answer.kind === 'accepted' ? answer.flight.cipher_suite : null;
}

function comparable(accepted: readonly number[]): readonly number[] {
  const plain = accepted.filter((suite) => !isChaCha(suite));
  return plain.length >= 2 ? plain : accepted;
}

function isChaCha(suite: number): boolean {
  return suiteOf(suite)?.encryption.startsWith('CHACHA20') ?? false;
}
