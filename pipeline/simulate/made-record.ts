/** The record of endpoints that answer alike, with marks for what differs between them (marks.ts). */
import { noFacts } from '../formats/no-facts.ts';
import { mailPort } from '../formats/ports.ts';
import type { EndpointRecord, HandshakeRecord, Rejection, VersionCounts } from '../formats/raw-record.ts';
import { SSL2, TLS1_0 } from '../tls/versions.ts';
import { type Answer, acceptedAt, studyOffer } from './answers.ts';
import { MADE_AT } from './certificates/certificate-plan.ts';
import { madeHandshakes } from './made-handshakes.ts';
import { EC_CHAIN, NUMBERS, OWN_CHAIN, TEXTS, WHOLE } from './marks.ts';
import { MADE_FORMAT_VERSION } from './plan.ts';
import { NO_DIALOGUE } from './software.ts';

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

/** `silent`: the version at which all that would be refused gets no answer; null where everything is answered. */
export function madeRecord(
  scan_id: string,
  port: number,
  answer: Answer,
  silent: number | null,
): { record: EndpointRecord; shows: Shown } {
  const { protocol, tls_mode } = mailPort(port)!;
  const handshakes = madeHandshakes(answer, silent);
  const highest = answer.accepted.at(-1);
  const hasText = tls_mode === 'implicit' && (highest?.version ?? 0) >= TLS1_0;
  const shows = shownIn(handshakes, hasText);
  const versions = countsOf(answer, silent);
  const asked = versions.reduce((sum, { offered }) => sum + offered, 0);
  const record: EndpointRecord = {
    format_version: MADE_FORMAT_VERSION,
    scan_id,
    endpoint_id: NUMBERS.endpoint_id,
    target: TEXTS.ip,
    host: null,
    ip: TEXTS.ip,
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
    hello_tolerance: answer.accepted.length > 0 ? ONE_SUITE : null,
    contradictions: [],
    inference_checks: [],
    groups: [],
    signature_schemes: [],
    // None was asked about, as in 2015.
    facts: noFacts(),
    effort: { connections: asked, handshakes: asked, retries: 0, throttle_waits: 0, throttle_waited_ms: 0 },
    chains: [OWN_CHAIN, EC_CHAIN]
      .filter((id) => (id === OWN_CHAIN ? shows.chain : shows.ec_chain))
      .map((chain_id) => ({ chain_id, certificates: [] })),
  };
  return { record, shows };
}

function shownIn(handshakes: readonly HandshakeRecord[], secured: boolean): Shown {
  return {
    chain: handshakes.some(({ chain_id }) => chain_id === OWN_CHAIN),
    ec_chain: handshakes.some(({ chain_id }) => chain_id === EC_CHAIN),
    dh: handshakes.some(({ dh_group_id }) => dh_group_id === TEXTS.dh),
    dh_export: handshakes.some(({ dh_group_id }) => dh_group_id === TEXTS.dh_export),
    curve: handshakes.some(({ named_group }) => named_group === NUMBERS.curve),
    secured,
  };
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
      handshake_completed: null,
    };
  });
}

function rejectionsOf(versions: readonly VersionCounts[]): Rejection[] {
  return versions
    .filter(({ rejected }) => rejected > 0)
    .map(({ version, accepted, rejected: cipher_suites }): Rejection => {
      if (version === SSL2 && accepted > 0)
        return { version, by: 'not_listed', code: null, cipher_suites, ...CONFIRMED };
      if (version === SSL2)
        return { version, by: 'ssl2_error', code: NO_CIPHER_ERROR, cipher_suites, ...CONFIRMED };
      const code = accepted > 0 ? HANDSHAKE_FAILURE : PROTOCOL_VERSION;
      return { version, by: 'alert', code, cipher_suites, ...CONFIRMED };
    });
}

/** A hello with one suite each, as the study asked; how long they were is not published. */
const ONE_SUITE = { cipher_suites: 1, hello_bytes: null, refused: [] };

const CONFIRMED = { confirmed: true, forms: 2 } as const;

/** RFC 5246, 7.2, and SSLv2's error. */
const HANDSHAKE_FAILURE = 40;
const PROTOCOL_VERSION = 70;
const NO_CIPHER_ERROR = 1;
