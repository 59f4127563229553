/**
 * The last try with a server that has accepted nothing: the hello of an old client, twelve common suites and no extension, at TLS
 * 1.2 and TLS 1.0; then SSLv3 and SSLv2 where nothing was said at all. Where one is accepted, the endpoint's form is searched
 * from there, and all that has no answer is asked again. At most four hellos more: with those before, a server that never
 * answers costs seven waits (35 s by default).
 */
import { SSL2, SSL3, TLS1_0, TLS1_2 } from '../tls/index.ts';
import { CLASSICAL } from './hello-form.ts';
import type { EndpointSession } from './session.ts';
import { searchTolerance } from './tolerance-search.ts';
import type { VersionProbe } from './version-probe.ts';

/** Whether the server has accepted a hello, or at least said something. */
export async function attemptClassical(
  session: EndpointSession,
  probes: readonly VersionProbe[],
): Promise<boolean> {
  for (const version of [TLS1_2, TLS1_0]) {
    const probe = probes.find(({ tally }) => tally.version === version);
    if (!probe || session.stopped) continue;
    const isAccepted = await probe.attempt(commonSuites(probe.tally), CLASSICAL);
    if (isAccepted) return searchFrom(session, probes, version);
  }
  // Later versions would be asked in their turn; where nothing was said, these alone are left.
  for (const version of session.isMute ? [SSL3, SSL2] : []) {
    const probe = probes.find(({ tally }) => tally.version === version);
    if (probe && !session.stopped && !probe.isDone) await probe.adaptive();
  }
  return !session.isMute;
}

async function searchFrom(
  session: EndpointSession,
  probes: readonly VersionProbe[],
  version: number,
): Promise<boolean> {
  const known = session.acceptedFor(version)!;
  const { tally } = probes.find((one) => one.tally.version === version)!;
  await searchTolerance(session, known, tally.offered, () => tally.handshakes++);
  for (const probe of probes) await probe.askAgain();
  return true;
}

/** The offered ones that most servers have; at TLS 1.2, where new ones are more common, those of older servers as well. */
function commonSuites({ version, offered }: VersionProbe['tally']): readonly number[] {
  const first = version === TLS1_2 ? OLD_AND_NEW.filter((suite) => offered.includes(suite)) : [];
  return [...new Set([...first, ...offered])].slice(0, OLD_AND_NEW.length);
}

/** Twelve: RSA key exchange needs no extension, and ECDHE none but by the letter. */
const OLD_AND_NEW: readonly number[] = [
  ...[0xc02f, 0xc030, 0xc02b, 0xc02c, 0x009c, 0x009d, 0x009e],
  ...[0x002f, 0x0035, 0xc013, 0xc014, 0x000a],
];
