/**
 * TLS_FALLBACK_SCSV (RFC 7507): a hello of a version below the server's highest, with its accepted suites and the
 * signalling value. True where it is refused with inappropriate_fallback, false where it is accepted; null for any
 * other answer, and for a server of one version only. Costs one handshake.
 */
import { SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../tls/index.ts';
import { standardGroups } from '../standard-hello.ts';
import { acceptedAt, type Probe } from './probe.ts';
import { sureAnswer } from './sure-answer.ts';

export const fallbackScsv: Probe = {
  name: 'fallback-scsv',
  async run(session, tallies, { facts }) {
    const [, version] = VERSIONS.filter((one) => acceptedAt(tallies, one).length > 0);
    if (version === undefined) return;
    const answer = await sureAnswer(session, {
      version,
      cipher_suites: acceptedAt(tallies, version),
      signalling_suites: [TLS_FALLBACK_SCSV],
      ...standardGroups(version, session.context.world.randomBytes),
    });
    if (answer.kind === 'accepted') facts.fallback_scsv = false;
    else if (answer.kind === 'refused' && answer.by === 'alert' && answer.code === INAPPROPRIATE_FALLBACK) {
      facts.fallback_scsv = true;
    }
  },
};

/** Highest first. */
const VERSIONS: readonly number[] = [TLS1_3, TLS1_2, TLS1_1, TLS1_0, SSL3];
const TLS_FALLBACK_SCSV = 0x5600;
const INAPPROPRIATE_FALLBACK = 86;
