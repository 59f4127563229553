/**
 * A line of an endpoints file with holes for what differs between endpoints of one port that answer alike. It is cut from
 * a whole record, packed as a scan packs it (formats/packed-record.ts), so that filling the holes gives what a scan would
 * have written, at the price of joining some texts.
 */
import { cipherSuites } from '../formats/datasets.ts';
import { packRecord } from '../formats/packed-record.ts';
import { MAIL_PORTS, mailPort } from '../formats/ports.ts';
import type {
  Dialogue,
  EndpointFacts,
  EndpointRecord,
  HandshakeRecord,
  Rejection,
  SecuredDialogue,
  VersionCounts,
} from '../formats/raw-record.ts';
import { SSL2, TLS1_0, TLS1_2 } from '../tls/versions.ts';
import { type Answer, studyOffer } from './answers.ts';
import { MADE_AT } from './certificates/certificate-plan.ts';
import { NO_DIALOGUE } from './software.ts';

/** What a hole is for. */
export type Hole =
  | 'endpoint_id'
  | 'ip'
  | 'dialogue'
  | 'secured'
  | 'chains'
  | 'dh'
  | 'dh_bits'
  | 'dh_export'
  | 'curve'
  | 'curve_bits';

/** Texts and holes in turn: a text, a hole, a text … */
export interface Template {
  texts: string[];
  holes: Hole[];
  shows: Shown;
}

/** What endpoints of a template show at all. */
export interface Shown {
  /** Its own certificate. */
  chain: boolean;
  /** A certificate with an EC key, for suites that need one. */
  ec_chain: boolean;
  dh: boolean;
  dh_export: boolean;
  curve: boolean;
  /** Text inside TLS. */
  secured: boolean;
}

/** `version`, where all that would be refused of it got no answer; null where everything was answered. */
export function template(scan_id: string, port: number, answer: Answer, silent: number | null): Template {
  const { record, shows } = recordOf(scan_id, port, answer, silent);
  const packed: Record<string, unknown> = { ...packRecord(record) };
  // No time passed: nobody was asked.
  packed['handshakes'] = (packed['handshakes'] as object[] | undefined)?.map((group) => ({
    ...group,
    duration_ms: undefined,
  }));
  if (mailPort(port)!.tls_mode === 'starttls') packed['dialogue'] = WHOLE.dialogue;
  if (shows.chain || shows.ec_chain) packed['chains'] = WHOLE.chains;
  return { ...cut(JSON.stringify(packed)), shows };
}

/** The packed text of a dialogue before TLS. */
export function dialogueText(dialogue: Dialogue): string {
  return JSON.stringify(packRecord({ ...blank(), dialogue }).dialogue ?? {});
}

/** The packed fields of a dialogue inside TLS, without braces. */
export function securedText(dialogue: Omit<SecuredDialogue, 'version' | 'cipher_suite'>): string {
  const secured_dialogue = { ...dialogue, version: 0, cipher_suite: 0 };
  const {
    version: _,
    cipher_suite: __,
    ...fields
  } = packRecord({ ...blank(), secured_dialogue }).secured_dialogue!;
  return JSON.stringify(fields).slice(1, -1);
}

function blank(): EndpointRecord {
  return recordOf('', MAIL_PORTS[0]!.port, { weight: 1, accepted: [] }, null).record;
}

/** The version that an endpoint of this answer falls silent at: the one of which it refuses most. */
export function silentVersion(answer: Answer): number {
  const refused = studyOffer().map(({ version, cipher_suites }) => ({
    version,
    count: cipher_suites.length - acceptedAt(answer, version).length,
  }));
  return refused.reduce((most, one) => (one.count > most.count ? one : most)).version;
}

/** The suites of `answer` at `version`. */
export function acceptedAt(answer: Answer, version: number): readonly number[] {
  return answer.accepted.find((one) => one.version === version)?.cipher_suites ?? [];
}

/** What stands for a hole in the JSON of the record: numbers and texts that nothing else is. */
const NUMBERS: Partial<Record<Hole, number>> = {
  endpoint_id: 999_000_001,
  dh_bits: 999_000_002,
  curve: 999_000_003,
  curve_bits: 999_000_004,
};
const TEXTS: Partial<Record<Hole, string>> = { ip: '@ip@', dh: '@dh@', dh_export: '@dh_export@' };
/** With their quotes: what they stand for is no text. */
const WHOLE = { dialogue: '@dialogue@', chains: '@chains@', secured: '@secured@' } as const;
const OWN_CHAIN = '@own@';
const EC_CHAIN = '@ec@';

const HOLES = new Map<string, Hole>([
  ...Object.entries(NUMBERS).map(([hole, number]): [string, Hole] => [String(number), hole as Hole]),
  ...Object.entries(TEXTS).map(([hole, text]): [string, Hole] => [text, hole as Hole]),
  ['"@dialogue@"', 'dialogue'],
  ['"@chains@"', 'chains'],
  ['"@secured@":0', 'secured'],
]);

function cut(json: string): Pick<Template, 'texts' | 'holes'> {
  const parts = json.split(/(99900000\d|"@(?:dialogue|chains)@"|"@secured@":0|@\w+@)/);
  const holes = parts.filter((_, place) => place % 2 === 1).map((mark) => HOLES.get(mark));
  if (holes.includes(undefined)) throw new Error(`a template has a mark that is none: ${json.slice(0, 200)}`);
  return { texts: parts.filter((_, place) => place % 2 === 0), holes: holes as Hole[] };
}

function recordOf(scan_id: string, port: number, answer: Answer, silent: number | null) {
  const { protocol, tls_mode } = mailPort(port)!;
  const handshakes = [...answer.accepted.flatMap(acceptedHandshakes), ...silentHandshakes(answer, silent)];
  const shows: Shown = {
    chain: handshakes.some(({ chain_id }) => chain_id === OWN_CHAIN),
    ec_chain: handshakes.some(({ chain_id }) => chain_id === EC_CHAIN),
    dh: handshakes.some(({ dh_group_id }) => dh_group_id === TEXTS.dh),
    dh_export: handshakes.some(({ dh_group_id }) => dh_group_id === TEXTS.dh_export),
    curve: handshakes.some(({ named_group }) => named_group === NUMBERS.curve),
    secured: tls_mode === 'implicit' && (answer.accepted.at(-1)?.version ?? 0) >= TLS1_0,
  };
  const versions = countsOf(answer, silent);
  const asked = versions.reduce((sum, { offered }) => sum + offered, 0);
  const highest = answer.accepted.at(-1);
  const record: EndpointRecord = {
    format_version: 3,
    scan_id,
    endpoint_id: NUMBERS.endpoint_id!,
    target: TEXTS.ip!,
    host: null,
    ip: TEXTS.ip!,
    port,
    connect_port: port,
    protocol,
    tls_mode,
    started_at: new Date(MADE_AT).toISOString(),
    duration_ms: 0,
    outcome: answer.accepted.length > 0 ? 'tls' : 'tls_rejected',
    error_kind: null,
    error_detail: null,
    stop_reason: null,
    stop_detail: null,
    dialogue: NO_DIALOGUE,
    secured_dialogue: shows.secured
      ? ({
          version: highest!.version,
          cipher_suite: highest!.cipher_suites[0]!,
          [WHOLE.secured]: 0,
        } as unknown as EndpointRecord['secured_dialogue'])
      : null,
    versions,
    handshakes,
    rejections: rejectionsOf(versions),
    inferred_suites: [],
    inference_checks: null,
    groups: [],
    signature_schemes: [],
    facts: NO_FACTS,
    effort: { connections: asked, handshakes: asked, retries: 0, throttle_waits: 0, throttle_waited_ms: 0 },
    chains: [OWN_CHAIN, EC_CHAIN]
      .filter((id) => (id === OWN_CHAIN ? shows.chain : shows.ec_chain))
      .map((chain_id) => ({ chain_id, certificates: [] })),
  };
  return { record, shows };
}

function countsOf(answer: Answer, silent: number | null): VersionCounts[] {
  return studyOffer().map(({ version, cipher_suites }) => {
    const [offered, accepted] = [cipher_suites.length, acceptedAt(answer, version).length];
    const errors = version === silent ? offered - accepted : 0;
    return {
      version,
      offered,
      accepted,
      rejected: offered - accepted - errors,
      errors,
      not_tested: 0,
      inferred_accepted: 0,
      inferred_rejected: 0,
      handshakes: offered,
    };
  });
}

function rejectionsOf(versions: readonly VersionCounts[]): Rejection[] {
  return versions
    .filter(({ rejected }) => rejected > 0)
    .map(({ version, accepted, rejected: cipher_suites }): Rejection => {
      if (version === SSL2 && accepted > 0) return { version, by: 'not_listed', code: null, cipher_suites };
      if (version === SSL2) return { version, by: 'ssl2_error', code: NO_CIPHER_ERROR, cipher_suites };
      const code = accepted > 0 ? HANDSHAKE_FAILURE : PROTOCOL_VERSION;
      return { version, by: 'alert', code, cipher_suites };
    });
}

/** RFC 5246, 7.2, and SSLv2's error. */
const HANDSHAKE_FAILURE = 40;
const PROTOCOL_VERSION = 70;
const NO_CIPHER_ERROR = 1;

/** Those with the same content stand together: the order of asking is theirs. */
function acceptedHandshakes({ version, cipher_suites }: Answer['accepted'][number]): HandshakeRecord[] {
  const byContent = new Map<string, HandshakeRecord[]>();
  for (const code of cipher_suites) {
    const handshake = acceptedHandshake(version, code);
    const key = JSON.stringify({ ...handshake, cipher_suite: 0 });
    byContent.set(key, [...(byContent.get(key) ?? []), handshake]);
  }
  return [...byContent.values()].flat();
}

const BY_CODE = new Map(cipherSuites().map((suite) => [suite.code, suite]));

function acceptedHandshake(version: number, cipher_suite: number): HandshakeRecord {
  const { key_exchange, authentication, export: weak } = BY_CODE.get(cipher_suite)!;
  const isDss = authentication === 'DSS';
  const made = {
    ...NO_HANDSHAKE,
    version,
    cipher_suite,
    outcome: 'accepted' as const,
    flight_complete: !isDss,
  };
  if (version !== SSL2) made.compression_method = 0;
  if (version >= TLS1_0) made.extensions = [RENEGOTIATION_INFO];
  if (isDss) made.error_detail = 'the flight broke off after ServerHello';
  if (authentication === 'RSA') made.chain_id = OWN_CHAIN;
  if (authentication === 'ECDSA') made.chain_id = EC_CHAIN;
  if (/^DH(E|_anon)$/.test(key_exchange) && !isDss) {
    made.dh_group_id = weak ? TEXTS.dh_export! : TEXTS.dh!;
    made.key_bits = weak ? EXPORT_BITS : NUMBERS.dh_bits!;
  } else if (/^ECDH(E|_anon)$/.test(key_exchange)) {
    made.named_group = NUMBERS.curve!;
    made.key_bits = NUMBERS.curve_bits!;
  } else if (key_exchange === 'RSA' && weak && version !== SSL2) made.key_bits = EXPORT_BITS;
  const isSigned = version === TLS1_2 && /^(EC)?DHE$/.test(key_exchange) && made.chain_id !== null;
  if (isSigned) made.signature_scheme = authentication === 'RSA' ? RSA_PKCS1_SHA256 : ECDSA_SECP256R1_SHA256;
  return made;
}

function silentHandshakes(answer: Answer, silent: number | null): HandshakeRecord[] {
  const offer = studyOffer().find(({ version }) => version === silent);
  if (!offer) return [];
  const accepted = new Set(acceptedAt(answer, offer.version));
  const asked = offer.cipher_suites.filter((code) => !accepted.has(code));
  return asked.map((cipher_suite) => ({
    ...NO_HANDSHAKE,
    version: offer.version,
    cipher_suite,
    error_kind: 'read_timeout',
  }));
}

const RENEGOTIATION_INFO = 0xff01;
const RSA_PKCS1_SHA256 = 0x0401;
const ECDSA_SECP256R1_SHA256 = 0x0403;
const EXPORT_BITS = 512;

const NO_HANDSHAKE: HandshakeRecord = {
  version: 0,
  cipher_suite: null,
  outcome: 'error',
  error_kind: null,
  error_detail: null,
  flight_complete: null,
  hello_retry_request: false,
  chain_id: null,
  dh_group_id: null,
  named_group: null,
  key_bits: null,
  signature_scheme: null,
  public_key_sha256: null,
  explicit_curve_sha256: null,
  gmt_unix_time: null,
  session_id: null,
  compression_method: null,
  flight_sha256: null,
  extensions: [],
  duration_ms: 0,
};

/** None was asked about, as in 2015. */
const NO_FACTS: EndpointFacts = {
  compression: null,
  secure_renegotiation: null,
  extended_master_secret: null,
  encrypt_then_mac: null,
  session_ticket: null,
  heartbeat: null,
  ocsp_stapling: null,
  session_id_resumption: null,
  session_ticket_resumption: null,
  psk_resumption: null,
  fallback_scsv: null,
  version_tolerant: null,
  long_hello_tolerant: null,
  dh_public_value_repeated: null,
  ecdh_public_value_repeated: null,
  explicit_curves: null,
  suite_preferences: [],
  chains_by_name: [],
  chains_by_scheme: [],
  fingerprint: null,
};
