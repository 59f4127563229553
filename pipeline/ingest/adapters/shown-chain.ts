/**
 * Chains of certificates as other tools write them: PEM (RFC 7468; line feeds or spaces between its lines) → DER, the names that
 * records have for chains, and which chain stands behind which suite.
 */
import { sha256Hex } from '../../base/hex.ts';
import { cipherSuites } from '../../formats/datasets.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { TLS1_3 } from '../../tls/versions.ts';
import { readCertificate } from '../../x509/index.ts';
import type { ForeignHandshake } from './adapter.ts';

/** A chain of a record, and its certificates, leaf first. */
export type ShownChain = EndpointRecord['chains'][number] & { ders: readonly Uint8Array[] };

/** `chain`: at least one certificate; what is longer than the scanner keeps is cut there (docs/raw-record.md). */
export function shownChain(chain: readonly Uint8Array[]): ShownChain {
  const ders = chain.slice(0, MAX_CHAIN);
  const certificates = ders.map(sha256Hex);
  return { chain_id: sha256Hex(certificates.join('\n')), certificates, ders };
}

/** Null where it is no base64 between the two lines. */
export function derOfPem(pem: string): Uint8Array | null {
  const body = /^\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/.exec(
    pem,
  )?.[1];
  // Node's decoder stops at the first `=`.
  if (body === undefined || /=\s*[^=\s]/.test(body)) return null;
  const der = Buffer.from(body, 'base64');
  return der.length === 0 ? null : der;
}

/** The certificates of `chains`, each once. */
export function certificatesOf(chains: readonly ShownChain[]): Uint8Array[] {
  const pairs = chains.flatMap(({ certificates, ders }) =>
    certificates.map((sha256, place) => [sha256, ders[place]!] as const),
  );
  return [...new Map(pairs).values()];
}

/**
 * The chain behind an accepted suite: below TLS 1.3 the only one whose key can sign (or decrypt) for it. Null where that can't
 * be told: in TLS 1.3 any key fits, and a tool may have seen one chain of two.
 */
export function chainBySuite(chains: readonly ShownChain[]): (handshake: ForeignHandshake) => string | null {
  const keys = chains.map(({ chain_id, ders }) => ({
    chain_id,
    key: readCertificate(ders[0]!).key_algorithm,
  }));
  return ({ version, cipher_suite, outcome }) => {
    const authentication = authentications().get(cipher_suite) ?? '';
    const fitting = keys.filter(({ key }) => key !== null && KEYS[authentication]?.has(key));
    return outcome === 'accepted' && version < TLS1_3 && fitting.length === 1 ? fitting[0]!.chain_id : null;
  };
}

function authentications(): ReadonlyMap<number | null, string> {
  bySuite ??= new Map(cipherSuites().map(({ code, authentication }) => [code, authentication]));
  return bySuite;
}

let bySuite: Map<number | null, string> | undefined;

/** Authentication of a suite → key algorithms of certificates for it (RFC 5246, 7.4.2; RFC 8422, 5.3; RFC 4055). */
const KEYS: Readonly<Record<string, ReadonlySet<string>>> = {
  RSA: new Set(['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10']),
  ECDSA: new Set(['1.2.840.10045.2.1', '1.3.101.112', '1.3.101.113']),
  DSS: new Set(['1.2.840.10040.4.1']),
};

const MAX_CHAIN = 32;
