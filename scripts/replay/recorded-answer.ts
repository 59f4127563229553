/**
 * What a recorded server said to one hello, as far as one must know in order to say it again: which version, suite and
 * group its flight is for. The bytes stay as they are. Read without the codec that scans are made with.
 */
import { ByteReader } from '../../pipeline/base/byte-reader.ts';
import { handshakeBytes } from './client-offer.ts';

export type RecordedAnswer = RecordedFlight | { kind: 'ssl2' | 'refusal'; bytes: Uint8Array };

export interface RecordedFlight {
  kind: 'flight';
  version: number;
  cipher_suite: number;
  /** Of the key exchange; null where there is none. */
  group: number | null;
  /** TLS 1.3: a HelloRetryRequest. */
  retry: boolean;
  bytes: Uint8Array;
}

/** `bytes`: all that the server sent between the hello and whatever the client sent next. */
export function readAnswer(bytes: Uint8Array): RecordedAnswer {
  if (bytes[0]! >= 0x80 && bytes[2] === SSL2_SERVER_HELLO) return { kind: 'ssl2', bytes };
  const messages = bytes[0] === HANDSHAKE ? messagesIn(handshakeBytes(bytes)) : [];
  const hello = messages.find(([type]) => type === SERVER_HELLO)?.[1];
  if (!hello) return { kind: 'refusal', bytes };
  const flight = readHello(new ByteReader(hello), bytes);
  const exchange = messages.find(([type]) => type === SERVER_KEY_EXCHANGE)?.[1];
  return exchange?.[0] === NAMED_CURVE ? { ...flight, group: (exchange[1]! << 8) | exchange[2]! } : flight;
}

function readHello(reader: ByteReader, bytes: Uint8Array): RecordedFlight {
  const version = reader.u16('version');
  const random = Buffer.from(reader.bytes(32, 'random')).toString('hex');
  reader.vector(1, 'session id');
  const cipher_suite = reader.u16('cipher suite');
  reader.u8('compression method');
  const retry = random === RETRY_RANDOM;
  const flight: RecordedFlight = { kind: 'flight', version, cipher_suite, group: null, retry, bytes };
  const list = reader.remaining > 0 ? reader.vector(2, 'extensions') : undefined;
  while (list && list.remaining > 0) {
    const type = list.u16('type');
    const data = list.vector(2, 'data');
    if (type === SUPPORTED_VERSIONS) flight.version = data.u16('version');
    if (type === KEY_SHARE) flight.group = data.u16('group');
  }
  return flight;
}

/** Whole messages, as type and body. */
function messagesIn(bytes: Uint8Array): [number, Uint8Array][] {
  const messages: [number, Uint8Array][] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
    if (end > bytes.length) break;
    messages.push([bytes[at]!, bytes.subarray(at + 4, end)]);
    at = end;
  }
  return messages;
}

const HANDSHAKE = 22;
const SSL2_SERVER_HELLO = 4;
const SERVER_HELLO = 2;
const SERVER_KEY_EXCHANGE = 12;
/** RFC 8422, 5.4: ECCurveType; a Diffie-Hellman prime is never so long that it begins like this. */
const NAMED_CURVE = 3;
const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;

/** RFC 8446, 4.1.3. */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';
