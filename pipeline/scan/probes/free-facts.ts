/**
 * What a server can do, learnt from what its ServerHellos answer to the extensions and the compression method that each
 * hello of ours carries (standard-hello.ts): no handshake more. True once it was seen, false where it was offered in
 * accepted handshakes and never taken, null where it was offered in none. Suites of TLS 1.3 tell nothing of these:
 * there such extensions are gone, or encrypted. The ephemeral keys of all versions are compared.
 */
import type { EndpointFacts } from '../../formats/raw-record.ts';
import {
  type EphemeralKey,
  type HelloOffer,
  type ServerAnswer,
  type ServerFlight,
  SSL3,
  TLS1_3,
} from '../../tls/index.ts';
import type { HelloTolerance } from '../hello-tolerance.ts';
import { suiteOf } from '../offer-lists.ts';
import type { AnswerListener } from '../session.ts';

/** A listener for `session.listen` that keeps `facts` up to date, answer by answer. */
export function observeFacts(facts: EndpointFacts): AnswerListener {
  const keys = new Map<string, Set<string>>();
  return (offer, answer) => {
    if (answer.kind === 'server_hello' && offer.cipher_suites.length > LONG_OFFER) {
      facts.long_hello_tolerant = true;
    }
    if (!isAccepted(offer, answer)) return;
    noteKey(facts, keys, answer);
    if (answer.version < TLS1_3) noteHello(facts, offer, answer);
  };
}

/** A server that is asked with fewer suites a hello, because it takes no more, was shown not to read long ones. */
export function noteLongHellos(
  facts: EndpointFacts,
  { suites_a_hello, refused }: Pick<HelloTolerance, 'suites_a_hello' | 'refused'>,
): void {
  const isForLength = refused.some(({ feature }) => feature === 'cipher_suites' || feature === 'hello_bytes');
  if (isForLength && suites_a_hello <= LONG_OFFER) facts.long_hello_tolerant ??= false;
}

function isAccepted(offer: HelloOffer, answer: ServerAnswer): answer is ServerFlight {
  return answer.kind === 'server_hello' && answer.version === offer.version;
}

function noteHello(facts: EndpointFacts, offer: HelloOffer, flight: ServerFlight): void {
  const isOffered = (type: number): boolean => offers(offer, type);
  const isTaken = (wanted: number): boolean => flight.extensions.some(({ type }) => type === wanted);
  for (const [type, fact] of FACTS) if (isOffered(type)) note(facts, fact, isTaken(type));
  if (offer.compression_methods?.includes(DEFLATE)) {
    note(facts, 'compression', flight.compression_method === DEFLATE);
  }
  // RFC 7366, 3: a server must not answer it with a stream or AEAD suite.
  const cbc = suiteOf(flight.cipher_suite)?.encryption.includes('CBC') ?? false;
  if (cbc && isOffered(ENCRYPT_THEN_MAC)) note(facts, 'encrypt_then_mac', isTaken(ENCRYPT_THEN_MAC));
  // That it knows the extension is no staple yet; a flight that broke off may have had one.
  if (isOffered(STATUS_REQUEST) && flight.complete) {
    note(facts, 'ocsp_stapling', (flight.ocsp_response?.length ?? 0) > 0);
  }
}

/** Those that the codec adds of its own (hello-extensions.ts) are in each hello that has extensions. */
function offers(offer: HelloOffer, wanted: number): boolean {
  const { version, signalling_suites, extensions, without_extensions } = offer;
  if (version <= SSL3) {
    return wanted === RENEGOTIATION_INFO && (signalling_suites?.includes(RENEGOTIATION_SCSV) ?? false);
  }
  if (without_extensions?.has(wanted)) return false;
  const own = wanted === EXTENDED_MASTER_SECRET || wanted === RENEGOTIATION_INFO;
  return own || (extensions?.some(({ type }) => type === wanted) ?? false);
}

type Fact = { [Name in keyof EndpointFacts]: EndpointFacts[Name] extends boolean | null ? Name : never };
type BooleanFact = Fact[keyof EndpointFacts];

function note(facts: EndpointFacts, fact: BooleanFact, seen: boolean): void {
  facts[fact] = facts[fact] === true || seen;
}

/** Two handshakes with the same group and the same public value: a key that is kept. */
function noteKey(facts: EndpointFacts, keys: Map<string, Set<string>>, flight: ServerFlight): void {
  const key = publicValue(flight);
  if (!key || key.value.length === 0 || facts[key.fact] === true) return;
  const known = keys.get(key.group) ?? new Set();
  const value = Buffer.from(key.value).toString('latin1', Math.max(0, key.value.length - COMPARED_BYTES));
  if (known.size > 0) note(facts, key.fact, known.has(value));
  keys.set(key.group, known.add(value));
}

interface PublicValue {
  fact: 'dh_public_value_repeated' | 'ecdh_public_value_repeated';
  /** Values are compared within one group only. */
  group: string;
  value: Uint8Array;
}

function publicValue(flight: ServerFlight): PublicValue | undefined {
  if (flight.version >= TLS1_3) return tls13Value(flight);
  const key = flight.ephemeral_key;
  switch (key?.kind) {
    case 'dh':
      return { fact: 'dh_public_value_repeated', group: primeName(key), value: key.public_value };
    case 'named_group':
      return { fact: 'ecdh_public_value_repeated', group: `${key.named_group}`, value: key.point };
    case 'explicit_prime':
    case 'explicit_char2':
      return { fact: 'ecdh_public_value_repeated', group: key.kind, value: key.point };
    default:
      return undefined;
  }
}

/** RFC 8446, 4.2.8: group, length, key; a HelloRetryRequest has the group alone. Our shares are of curves. */
function tls13Value({
  extensions,
  hello_retry_request,
  selected_group,
}: ServerFlight): PublicValue | undefined {
  const share = extensions.find(({ type }) => type === KEY_SHARE)?.data;
  if (!share || hello_retry_request) return undefined;
  return { fact: 'ecdh_public_value_repeated', group: `${selected_group}`, value: share.subarray(4) };
}

function primeName({ prime }: Extract<EphemeralKey, { kind: 'dh' }>): string {
  return `dh ${prime.length} ${Buffer.from(prime).toString('latin1', Math.max(0, prime.length - COMPARED_BYTES))}`;
}

/** Hellos with more suites are long ones: some servers choke past 128 (and thereby past 255 bytes). */
const LONG_OFFER = 128;
/** Of public values and primes the last bytes are compared, so that an endpoint needs little memory. */
const COMPARED_BYTES = 32;

const DEFLATE = 1; // RFC 3749
const RENEGOTIATION_SCSV = 0x00ff; // RFC 5746, 3.3
const STATUS_REQUEST = 5; // RFC 6066, 8
const HEARTBEAT = 15; // RFC 6520
const ENCRYPT_THEN_MAC = 22; // RFC 7366
const EXTENDED_MASTER_SECRET = 23; // RFC 7627
const SESSION_TICKET = 35; // RFC 5077
const KEY_SHARE = 51; // RFC 8446, 4.2.8
const RENEGOTIATION_INFO = 0xff01; // RFC 5746

/** Facts that an extension's presence in ServerHello tells. */
const FACTS: readonly (readonly [type: number, fact: BooleanFact])[] = [
  [HEARTBEAT, 'heartbeat'],
  [EXTENDED_MASTER_SECRET, 'extended_master_secret'],
  [SESSION_TICKET, 'session_ticket'],
  [RENEGOTIATION_INFO, 'secure_renegotiation'],
];
