/**
 * The truth about a villager, derived from its configuration alone: what a scan has to find. Nothing here has seen
 * a byte from the wire. What a scanner's patience decides (how much of a broken endpoint it asks) is told apart:
 * `errors` for versions where TLS is asked for and breaks, `not_tested` where there is no point in asking.
 */
import type { EndpointOutcome, ErrorKind } from '../../pipeline/formats/raw-record.ts';
import { certificateEntry } from './certificates.ts';
import type {
  ChainSpec,
  DialogueSpec,
  EndpointSpec,
  LegacySpec,
  NeighbourSpec,
  RealTlsSpec,
  VillageEndpoint,
} from './endpoint-spec.ts';
import { X25519 } from './groups.ts';
import type { VillagePrime } from './primes.ts';
import { carries, villageSuite } from './suites.ts';

/** One suite that is accepted in one version, and what its handshake shows. */
export interface AcceptedSuite {
  code: number;
  chain: ChainSpec | null;
  dh: VillagePrime | null;
  /** Code of the named group; up to TLS 1.2 the server's first. */
  named_group: number | null;
  temporary_rsa_bits: number | null;
}

/** Either all suites that are accepted, or why nobody can say. */
export type VersionTruth = { accepted: AcceptedSuite[] } | { unanswered: 'errors' | 'not_tested' };

export interface EndpointTruth {
  outcome: EndpointOutcome;
  error_kind: ErrorKind | null;
  /** A plaintext password is taken before TLS. Implicit TLS has no "before". */
  plaintext_auth: boolean;
  versions: ReadonlyMap<number, VersionTruth>;
  /** Codes of the groups accepted in TLS 1.3, in the server's order. */
  tls13_groups: number[];
}

const SSL2 = 0x0002;
const VERSIONS: readonly number[] = [SSL2, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304];
/** The version that the census asks for first. */
const FIRST_ASKED = 0x0303;

export function endpointTruth(endpoint: VillageEndpoint): EndpointTruth {
  const { server } = endpoint;
  const plaintext_auth = endpoint.tls_mode === 'starttls' && takesPlaintext(endpoint);
  if (server.kind === 'neighbour') return { ...neighbourTruth(server, endpoint.dialogue), plaintext_auth };
  const of = (version: number) =>
    server.kind === 'real' ? realTruth(server, version) : legacyTruth(server, version);
  return {
    outcome: 'tls',
    error_kind: null,
    plaintext_auth,
    versions: new Map(VERSIONS.map((version) => [version, of(version)])),
    tls13_groups: server.kind === 'real' && server.versions.includes(0x0304) ? tls13Groups(server) : [],
  };
}

function realTruth(server: RealTlsSpec, version: number): VersionTruth {
  if (!server.versions.includes(version)) return { accepted: [] };
  const codes = server.suites.filter((code) => carries(version, code));
  return { accepted: codes.map((code) => realSuite(server, code)) };
}

function realSuite(server: RealTlsSpec, code: number): AcceptedSuite {
  const { key_exchange, authentication } = villageSuite(code);
  const shared = { code, chain: chainFor(server.chains, authentication), temporary_rsa_bits: null };
  switch (key_exchange) {
    case 'TLS13':
      // A client's hello carries an x25519 share, which the server takes if it can.
      return { ...shared, dh: null, named_group: tls13Groups(server).find(isX25519) ?? first(server) };
    case 'ECDHE':
    case 'ECDH_anon':
      return { ...shared, dh: null, named_group: first(server) };
    case 'DHE':
    case 'DH_anon':
      return { ...shared, dh: server.dh!, named_group: null };
    case 'RSA':
      return { ...shared, dh: null, named_group: null };
  }
}

function first(server: RealTlsSpec): number {
  return server.groups[0]!.code;
}

function isX25519(code: number): boolean {
  return code === X25519.code;
}

function tls13Groups(server: RealTlsSpec): number[] {
  return server.groups.filter((group) => group.tls13).map((group) => group.code);
}

/** Where a suite leaves it open (TLS 1.3), OpenSSL signs with ECDSA before RSA. */
function chainFor(chains: readonly ChainSpec[], authentication: string): ChainSpec | null {
  if (authentication === 'anon') return null;
  const isRsa = (chain: ChainSpec) => certificateEntry(chain[0]!).key_algorithm === 'RSA';
  const fitting = chains.filter(
    (chain) => authentication === 'any' || isRsa(chain) === (authentication === 'RSA'),
  );
  return fitting.find((chain) => !isRsa(chain)) ?? fitting[0] ?? null;
}

function legacyTruth(server: LegacySpec, version: number): VersionTruth {
  if (isBroken(server, version)) return { unanswered: 'errors' };
  if (version === SSL2) return { accepted: (server.ssl2_kinds ?? []).map((code) => ssl2Kind(server, code)) };
  // Of a server that accepts no hello of TLS nothing shows that it takes one.
  if (server.versions.length === 0) return { unanswered: 'errors' };
  if (!server.versions.includes(version)) return { accepted: [] };
  const codes = server.suites.filter((code) => carries(version, code));
  return { accepted: codes.map((code) => legacySuite(server, code)) };
}

/** A hello of `version` is answered at the version that breaks: of TLS 1.3 the server sees what stands in the old place. */
export function isBroken({ versions, broken_version }: LegacySpec, version: number): boolean {
  const seen = versions.filter((one) => one <= Math.min(version, 0x0303)).at(-1);
  return seen !== undefined && seen === broken_version;
}

/** SSLv2 shows the leaf alone. */
function ssl2Kind(server: LegacySpec, code: number): AcceptedSuite {
  const chain = server.chain.slice(0, 1);
  return { code, chain, dh: null, named_group: null, temporary_rsa_bits: null };
}

function legacySuite(server: LegacySpec, code: number): AcceptedSuite {
  const suite = villageSuite(code);
  const chain = suite.authentication === 'anon' ? null : server.chain;
  const shared = { code, chain, named_group: null };
  if (suite.key_exchange === 'RSA') {
    const temporary_rsa_bits = suite.export ? server.temporary_rsa_bits! : null;
    return { ...shared, dh: null, temporary_rsa_bits };
  }
  return { ...shared, dh: (suite.export ? server.export_dh : server.dh)!, temporary_rsa_bits: null };
}

type NeighbourTruth = Omit<EndpointTruth, 'plaintext_auth'>;

function neighbourTruth(server: NeighbourSpec, dialogue: DialogueSpec): NeighbourTruth {
  switch (server.behaviour) {
    case 'no_tls':
      return dialogueTruth(dialogue);
    case 'refused_connection':
      return never('error', 'connection_refused');
    case 'silent':
      return never('error', 'banner_timeout');
    case 'garbage_greeting':
      return never('error', 'protocol_error');
    case 'garbage_tls':
    case 'plaintext_tls':
      // Who answers a hello with nonsense is not asked about other versions.
      return broken('protocol_error', [FIRST_ASKED]);
    case 'reset_mid_flight':
      return broken('reset', VERSIONS);
    case 'alert_always':
      // No control: none of its noes is proven.
      return allVersions('tls_rejected', null, () => ({ unanswered: 'errors' }));
  }
}

function dialogueTruth(dialogue: DialogueSpec): NeighbourTruth {
  if (dialogue.greeting_code === 421) return never('error', 'temporary_failure');
  return dialogue.starttls === 'refused' ? never('error', 'starttls_refused') : never('no_starttls', null);
}

function never(outcome: EndpointOutcome, error_kind: ErrorKind | null): NeighbourTruth {
  return allVersions(outcome, error_kind, () => ({ unanswered: 'not_tested' }));
}

function broken(error_kind: ErrorKind, asked: readonly number[]): NeighbourTruth {
  return allVersions('error', error_kind, (version) => ({
    unanswered: asked.includes(version) ? 'errors' : 'not_tested',
  }));
}

function allVersions(
  outcome: EndpointOutcome,
  error_kind: ErrorKind | null,
  truth: (version: number) => VersionTruth,
): NeighbourTruth {
  const versions = new Map(VERSIONS.map((version) => [version, truth(version)]));
  return { outcome, error_kind, versions, tls13_groups: [] };
}

/** AUTH PLAIN or LOGIN (RFC 4954), USER (RFC 1939), or no LOGINDISABLED (RFC 3501), if it gets so far to say so. */
export function takesPlaintext({
  protocol,
  dialogue,
  server,
}: EndpointSpec & Pick<VillageEndpoint, 'protocol'>): boolean {
  const speechless = server.kind === 'neighbour' && SPEECHLESS.has(server.behaviour);
  if (speechless || dialogue.greeting_code !== undefined) return false;
  const lines = dialogue.capabilities;
  if (protocol === 'imap') return !lines.includes('LOGINDISABLED');
  if (protocol === 'pop3')
    return lines.some((line) => line === 'USER' || /^SASL\b.*\b(PLAIN|LOGIN)\b/.test(line));
  return lines.some((line) => /^AUTH\b.*\b(PLAIN|LOGIN)\b/.test(line));
}

const SPEECHLESS: ReadonlySet<NeighbourSpec['behaviour']> = new Set([
  'refused_connection',
  'silent',
  'garbage_greeting',
]);
