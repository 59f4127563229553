/**
 * TLS 1.2 signature schemes by elimination (RFC 5246, 7.4.1.4.1): ServerKeyExchange names the one that was used, and that
 * is taken out. Asked once for each kind of key (RSA, ECDSA, DSS) that has accepted suites with a signed key exchange,
 * since a server that chose its suite first may refuse for want of a scheme for that key alone. A server that signs
 * with what was not offered (it ignores the extension) refuses what is left thereby. Costs accepted + 1 handshakes a
 * kind of key. Null where TLS 1.2 has no such suite; earlier versions have nothing to choose.
 */
import type { SchemeCounts } from '../../formats/raw-record.ts';
import { TLS1_2 } from '../../tls/index.ts';
import { ECDH_GROUPS, SIGNATURE_SCHEMES, suiteOf } from '../offer-lists.ts';
import type { VersionTally } from '../version-tally.ts';
import { type Choice, countsOf, type Elimination, eliminateSome, without } from './elimination.ts';
import { acceptedAt } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';
import { certificateSchemes } from './scheme-offer.ts';
import { sureAnswer } from './sure-answer.ts';

export async function tls12Schemes(
  session: ProbeSession,
  tallies: readonly VersionTally[],
): Promise<SchemeCounts | null> {
  const signed = acceptedAt(tallies, TLS1_2).filter(isSigned);
  if (signed.length === 0) return null;
  const accepted: number[] = [];
  let unknown = false;
  for (const key of ['RSA', 'ECDSA', 'DSS']) {
    const suites = signed.filter((suite) => suiteOf(suite)!.authentication === key);
    const left = without(SIGNATURE_SCHEMES, accepted);
    const found: Elimination | null =
      suites.length > 0 ? await eliminateSome(left, (schemes) => choice(session, suites, schemes)) : null;
    accepted.push(...(found?.accepted ?? []));
    unknown ||= (found?.unknown.length ?? 0) > 0;
  }
  const left = [...without(SIGNATURE_SCHEMES, accepted)];
  return countsOf(TLS1_2, { accepted, rejected: unknown ? [] : left, unknown: unknown ? left : [] });
}

function isSigned(code: number): boolean {
  const suite = suiteOf(code);
  return suite?.key_exchange === 'DHE' || suite?.key_exchange === 'ECDHE';
}

async function choice(
  session: ProbeSession,
  cipher_suites: readonly number[],
  signature_schemes: readonly number[],
): Promise<Choice> {
  const answer = await sureAnswer(session, {
    version: TLS1_2,
    cipher_suites,
    named_groups: ECDH_GROUPS,
    signature_schemes,
    extensions: certificateSchemes(),
  });
  if (answer.kind !== 'accepted') return answer.kind;
  const scheme = answer.flight.signature_scheme;
  if (scheme === null) return 'unknown';
  return signature_schemes.includes(scheme) ? scheme : 'other';
}
