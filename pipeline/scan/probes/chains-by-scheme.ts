/**
 * Chains of a TLS 1.3 server's other keys (RSA beside ECDSA, say): the chain comes encrypted, and which one depends on the
 * signature schemes that the client offers (RFC 8446, 4.4.2.2). The suite of the handshake that `secured-session` tried
 * is tried again with the schemes of another key only: of each that `signature-schemes` has seen; where that was not
 * asked, or had no answer, of ECDSA after RSA, and of RSA after anything else. Costs nothing where one key is all there is;
 * else a handshake each, to its end where OpenSSL takes the chain.
 */
import type { HandshakeRecord, SchemeCounts } from '../../formats/raw-record.ts';
import { TLS1_3 } from '../../tls/index.ts';
import { finishable } from '../secured/openssl-suites.ts';
import { attempt, mannerAfter } from '../secured/secured-conversation.ts';
import type { VersionTally } from '../version-tally.ts';
import type { Probe } from './probe.ts';

export const chainsByScheme: Probe = {
  name: 'chains-by-scheme',
  async run(session, tallies, { facts, signature_schemes, secured_dialogue }) {
    const shown = finishedHandshake(tallies);
    const suite = shown && finishable(TLS1_3, [shown]);
    if (!suite) return;
    const asked = { ...suite, manner: mannerAfter(secured_dialogue), tickets: true };
    for (const schemes of otherKeys(shown.signature_scheme, signature_schemes)) {
      const { flight } = await attempt(session, { ...asked, sigalgs: sigalgsOf(schemes) });
      if (!flight?.certificates || flight.signature_scheme === null) continue;
      const chain_id = session.evidence.chain(flight.certificates);
      facts.chains_by_scheme.push({ signature_scheme: flight.signature_scheme, chain_id });
    }
  },
};

type Finished = HandshakeRecord & { signature_scheme: number };

function finishedHandshake(tallies: readonly VersionTally[]): Finished | undefined {
  const records = tallies.find(({ version }) => version === TLS1_3)?.handshakeRecords ?? [];
  return records.find((record): record is Finished => record.signature_scheme !== null);
}

/** Schemes to offer together, one time each. */
function otherKeys(shown: number, counts: readonly SchemeCounts[]): (readonly number[])[] {
  const known = counts.find(({ version }) => version === TLS1_3);
  if (!known || known.errors > 0) return [RSA.includes(shown) ? ECDSA : RSA];
  return KEYS.filter((key) => !key.includes(shown) && key.some((scheme) => known.accepted.includes(scheme)));
}

/** PKCS #1 goes along: in TLS 1.3 it is for signatures inside of certificates alone. */
function sigalgsOf(schemes: readonly number[]): string {
  return [...schemes.map((scheme) => SIGALGS[scheme]), PKCS1].join(':');
}

const RSA: readonly number[] = [0x0804, 0x0805, 0x0806];
const ECDSA: readonly number[] = [0x0403, 0x0503, 0x0603];

/** Schemes that one key signs with: each curve of ECDSA has its own (RFC 8446, 4.2.3). Only what OpenSSL can offer. */
const KEYS: readonly (readonly number[])[] = [
  RSA,
  [0x0809, 0x080a, 0x080b],
  ...ECDSA.map((scheme) => [scheme]),
  [0x0807],
  [0x0808],
];

const SIGALGS: Readonly<Record<number, string>> = {
  1027: 'ecdsa_secp256r1_sha256',
  1283: 'ecdsa_secp384r1_sha384',
  1539: 'ecdsa_secp521r1_sha512',
  2052: 'rsa_pss_rsae_sha256',
  2053: 'rsa_pss_rsae_sha384',
  2054: 'rsa_pss_rsae_sha512',
  2055: 'ed25519',
  2056: 'ed448',
  2057: 'rsa_pss_pss_sha256',
  2058: 'rsa_pss_pss_sha384',
  2059: 'rsa_pss_pss_sha512',
};
const PKCS1 = 'rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512';
