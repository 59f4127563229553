/**
 * The table endpoint_features, from what the stacks are known to do: OpenSSL 3 behind node:tls (no compression, no
 * heartbeat, fresh keys; sessions are resumed by ticket, Node keeps none by id), and the scripted peers, which answer
 * no extension and use one key for ever.
 */
import { cipherSuites } from '../../../pipeline/formats/datasets.ts';
import { takesPlaintext } from '../truth.ts';
import type { ScanFacts, TruthTable } from '../truth-tables.ts';
import {
  acceptedIn,
  acceptedSuites,
  byPort,
  outcomeOf,
  share,
  type Villager,
  versionsAsked,
} from './answers.ts';

export function featureTables(
  villagers: readonly Villager[],
  scan: ScanFacts,
): Record<'endpoint_features', TruthTable> {
  const ports = byPort(villagers.filter((villager) => outcomeOf(villager, scan) === 'tls'));
  const rows = ports.flatMap(([port, there]) => {
    const known = there.map((villager) => features(villager, scan));
    return Object.keys(known[0]!).map((feature) => {
      const answers = known.map((one) => one[feature]).filter((answer) => answer !== null);
      const supporting = answers.filter(Boolean).length;
      return [
        ...[scan.scan_id, port, feature, answers.length, supporting, there.length - answers.length],
        share(supporting, answers.length),
      ];
    });
  });
  return { endpoint_features: { columns: COLUMNS, rows } };
}

/** Yes, no, or null where the endpoint's suites and versions leave nothing to ask. */
function features(villager: Villager, scan: ScanFacts): Record<string, boolean | null> {
  const { endpoint } = villager;
  const versions = versionsAsked(scan).filter((version) => acceptedIn(villager, version, scan).length > 0);
  const [real, tls13] = [endpoint.server.kind === 'real', versions.includes(TLS1_3)];
  const clear = versions.filter((version) => version < TLS1_3);
  const extended = clear.some((version) => version >= TLS1_0);
  const exchanges = keyExchanges(villager, scan);
  const ecdhe = exchanges.has('ECDHE') || exchanges.has('ECDH_anon');
  const when = <T>(asked: boolean, answer: T) => (asked ? answer : null);
  return {
    compression: when(
      clear.some((version) => version >= SSL3),
      false,
    ),
    secure_renegotiation: when(
      clear.some((version) => version >= SSL3),
      real,
    ),
    extended_master_secret: when(extended, real),
    encrypt_then_mac: when(hasCbc(villager, scan), real),
    session_ticket: when(extended, real),
    heartbeat: when(extended, false),
    ocsp_stapling: when(extended, false),
    session_id_resumption: when(real && extended, false),
    session_ticket_resumption: when(real && extended, true),
    psk_resumption: when(real && tls13, true),
    fallback_scsv: when(versions.filter((version) => version >= SSL3).length > 1, real),
    version_tolerant: when(
      clear.some((version) => version >= SSL3),
      true,
    ),
    // A control has as many suites as were refused, also of exhaustive, and at TLS 1.3.
    long_hello_tolerant: when(
      versions.some((version) => version >= SSL3),
      true,
    ),
    dh_public_value_repeated: when(exchanges.has('DHE') || exchanges.has('DH_anon'), !real),
    ecdh_public_value_repeated: when(ecdhe || tls13, !real),
    explicit_curves: when(ecdhe, false),
    plaintext_auth_offered: when(endpoint.tls_mode === 'starttls', takesPlaintext(endpoint)),
    secured_plaintext_auth_offered: when(real, takesPlaintext(endpoint)),
  };
}

function keyExchanges(villager: Villager, scan: ScanFacts): Set<string> {
  return new Set(acceptedSuites(villager, scan).map(({ code }) => suiteOf(code).key_exchange));
}

/** Whether a suite with a block cipher and a MAC of its own is accepted where extensions are. */
function hasCbc(villager: Villager, scan: ScanFacts): boolean {
  const versions = versionsAsked(scan).filter((version) => version >= TLS1_0 && version < TLS1_3);
  const suites = versions.flatMap((version) => acceptedIn(villager, version, scan));
  return suites.some(({ code }) => /_CBC(_\d+)?$/.test(suiteOf(code).encryption));
}

function suiteOf(code: number) {
  return cipherSuites().find((suite) => suite.code === code)!;
}

const SSL3 = 0x0300;
const TLS1_0 = 0x0301;
const TLS1_3 = 0x0304;
const COLUMNS = ['scan_id', 'port', 'feature', 'endpoints', 'supporting', 'unknown', 'share'];
