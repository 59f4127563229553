/** The handshakes of an answer as records, with marks for what differs between endpoints (marks.ts). */
import { cipherSuites } from '../formats/datasets.ts';
import type { HandshakeRecord } from '../formats/raw-record.ts';
import { SSL2, TLS1_0, TLS1_2 } from '../tls/versions.ts';
import { type Answer, acceptedAt, studyOffer } from './answers.ts';
import { EC_CHAIN, NUMBERS, OWN_CHAIN, TEXTS } from './marks.ts';

/** Accepted ones, then those without an answer at the version `silent`. */
export function madeHandshakes(answer: Answer, silent: number | null): HandshakeRecord[] {
  return [...answer.accepted.flatMap(acceptedHandshakes), ...silentHandshakes(answer, silent)];
}

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
    made.dh_group_id = weak ? TEXTS.dh_export : TEXTS.dh;
    made.key_bits = weak ? EXPORT_BITS : NUMBERS.dh_bits;
  } else if (/^ECDH(E|_anon)$/.test(key_exchange)) {
    made.named_group = NUMBERS.curve;
    made.key_bits = NUMBERS.curve_bits;
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
