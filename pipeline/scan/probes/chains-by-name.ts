/**
 * Certificates that differ by server_name (RFC 6066, 3): the suite that showed a chain is asked for again without a
 * name, where the target has one, and with the name in the greeting of an SMTP server, where that is another one. One
 * suite, so that the chain differs by nothing but the name. Up to TLS 1.2 only, where chains come in the clear.
 * A refusal (unrecognized_name) is null beside the name; no answer leaves the name out. Costs at most two handshakes.
 */
import { TLS1_0, TLS1_1, TLS1_2 } from '../../tls/index.ts';
import { standardGroups } from '../standard-hello.ts';
import { hostKey, isHostName } from '../targets/host-name.ts';
import type { VersionTally } from '../version-tally.ts';
import type { Findings, Probe } from './probe.ts';
import type { ProbeSession } from './probe-session.ts';
import { sureAnswer } from './sure-answer.ts';

export const chainsByName: Probe = {
  name: 'chains-by-name',
  async run(session, tallies, findings) {
    const shown = suiteWithChain(tallies);
    if (!shown) return;
    for (const server_name of otherNames(session, findings)) {
      const extra = standardGroups(shown.version, session.context.world.randomBytes);
      const answer = await sureAnswer(session, { ...shown, server_name, ...extra });
      if (answer.kind === 'unknown') continue;
      const certificates = answer.kind === 'accepted' ? answer.flight.certificates : [];
      findings.facts.chains_by_name.push({ server_name, chain_id: session.evidence.chain(certificates) });
    }
  },
};

function suiteWithChain(tallies: readonly VersionTally[]) {
  for (const version of [TLS1_2, TLS1_1, TLS1_0]) {
    const records = tallies.find((tally) => tally.version === version)?.handshakeRecords ?? [];
    const shown = records.find(({ chain_id }) => chain_id !== null);
    if (shown) return { version, cipher_suites: [shown.cipher_suite!] };
  }
  return undefined;
}

function otherNames({ endpoint, dialogue }: ProbeSession, { secured_dialogue }: Findings): (string | null)[] {
  const { host } = endpoint;
  const banner = dialogue.banner ?? secured_dialogue?.banner ?? '';
  const named = endpoint.service.protocol === 'smtp' ? greetingName(banner) : null;
  const other = named !== null && (host === null || named !== hostKey(host)) ? [named] : [];
  return [...(host === null ? [] : [null]), ...other];
}

/**
 * RFC 5321, 4.2: `220 mx.example.org ESMTP …`; in lower case, since some servers compare letter by letter. Names without
 * a dot, and addresses, are no names to ask for.
 */
function greetingName(banner: string): string | null {
  const [, name] = /^220[ -]([a-z\d._-]{1,253})(?:\s|$)/i.exec(banner) ?? [];
  return name?.includes('.') && isHostName(name) ? hostKey(name) : null;
}
