/**
 * Version tolerance: the hello of the server's highest version up to TLS 1.2, but with 0x0304 in its legacy_version and
 * no supported_versions. RFC 5246, E.1: a server replies with the highest version that it has, whatever higher number
 * the client names; RFC 8446, 4.2.1 asks the same of servers of TLS 1.3, though it lets them abort. True for a
 * ServerHello of TLS 1.2 or below; false for a refusal, where a control right after it is accepted, and for a server
 * that takes the number for its own; null without an answer, and where nothing up to TLS 1.2 is accepted.
 * Costs one handshake, two where it is refused.
 */
import { SSL3, TLS1_0, TLS1_1, TLS1_2 } from '../../tls/index.ts';
import { standardGroups } from '../standard-hello.ts';
import { acceptedAt, type Probe } from './probe.ts';
import { type SureAnswer, sureAnswer } from './sure-answer.ts';

export const versionTolerance: Probe = {
  name: 'version-tolerance',
  async run(session, tallies, { facts }) {
    const version = [TLS1_2, TLS1_1, TLS1_0, SSL3].find((one) => acceptedAt(tallies, one).length > 0);
    if (version === undefined) return;
    const cipher_suites = acceptedAt(tallies, version);
    const extra = standardGroups(version, session.context.world.randomBytes);
    const answer = await sureAnswer(session, { version, cipher_suites, hello_version: NEWER, ...extra });
    if (answer.kind === 'unknown') return;
    if (isTolerant(answer)) facts.version_tolerant = true;
    else if (await session.control()) facts.version_tolerant = false;
  },
};

function isTolerant(answer: Exclude<SureAnswer, { kind: 'unknown' }>): boolean {
  if (answer.kind === 'accepted') return true;
  return answer.by === 'version' && answer.code! <= TLS1_2;
}

/** The number of TLS 1.3, which no client has ever meant in this place. */
const NEWER = 0x0304;
