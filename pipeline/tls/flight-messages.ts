/**
 * Handshake messages of SSLv3 to TLS 1.3, one after the other, to a ServerFlight (RFC 5246, 7.3; RFC 8446, 2).
 * What a census needs is kept; certificate requests and tickets are read and dropped.
 */
import type { ByteReader } from '../base/byte-reader.ts';
import { DecodeError } from '../base/errors.ts';
import { readCertificate } from './certificate.ts';
import { readCertificateRequest } from './certificate-request.ts';
import { readCertificateStatus } from './certificate-status.ts';
import { HANDSHAKE_HEADER_BYTES, type HandshakeMessage } from './handshake.ts';
import * as types from './handshake-types.ts';
import { readNewSessionTicket } from './new-session-ticket.ts';
import type { ServerFlight, SuiteKeyExchange } from './server-flight.ts';
import { isHelloRetryRequest, readServerHello, selectedGroup, selectedVersion } from './server-hello.ts';
import { readServerKeyExchange } from './server-key-exchange.ts';
import { TLS1_3 } from './versions.ts';

export class FlightMessages {
  readonly #keyExchangeOf: (cipherSuite: number) => SuiteKeyExchange | undefined;
  /** Of the messages that come once, a bit each: 1 << type. */
  #seen = 0;
  #flight: ServerFlight | undefined;

  constructor(keyExchangeOf: (cipherSuite: number) => SuiteKeyExchange | undefined) {
    this.#keyExchangeOf = keyExchangeOf;
  }

  /** What was read so far, undefined before a ServerHello. */
  get flight(): ServerFlight | undefined {
    return this.#flight;
  }

  /** Takes the next message in; true when the flight is at its end. Throws DecodeError. */
  take({ type, body }: HandshakeMessage): boolean {
    const once = ONCE.has(type);
    if (OUT_OF_PLACE.has(type) || (once && this.#seen & (1 << type))) throw unexpected(type, body);
    if (once) this.#seen |= 1 << type;
    if (type === types.SERVER_HELLO) {
      this.#flight = readFlight(body);
      return this.#flight.complete === null;
    }
    if (!this.#flight) {
      if (once) throw unexpected(type, body);
      return false;
    }
    return this.#takeLater(type, body, this.#flight);
  }

  #takeLater(type: number, body: ByteReader, flight: ServerFlight): boolean {
    switch (type) {
      case types.CERTIFICATE:
        flight.certificates = readCertificate(body);
        return false;
      case types.SERVER_KEY_EXCHANGE:
        this.#takeKey(body, flight);
        return false;
      case types.CERTIFICATE_REQUEST:
        readCertificateRequest(body, flight.version);
        return false;
      case types.CERTIFICATE_STATUS:
        flight.ocsp_response = readCertificateStatus(body).response;
        return false;
      case types.NEW_SESSION_TICKET:
        readNewSessionTicket(body);
        return false;
      case types.SERVER_HELLO_DONE:
        body.end('ServerHelloDone');
        flight.complete = true;
        return true;
      default:
        return false;
    }
  }

  #takeKey(body: ByteReader, flight: ServerFlight): void {
    const message = readServerKeyExchange(body, flight.version, this.#keyExchangeOf(flight.cipher_suite));
    flight.ephemeral_key = message.ephemeral_key;
    flight.signature_scheme = message.signature_scheme;
  }
}

function readFlight(body: ByteReader): ServerFlight {
  const hello = readServerHello(body);
  const version = selectedVersion(hello);
  // Drafts of TLS 1.3 have numbers from 0x7f00 on; they encrypt all that follows as well.
  const encrypted = version !== null && version >= TLS1_3;
  return {
    kind: 'server_hello',
    version: version ?? hello.legacy_version,
    cipher_suite: hello.cipher_suite,
    hello_retry_request: encrypted && isHelloRetryRequest(hello),
    random: hello.random,
    session_id: hello.session_id,
    compression_method: hello.compression_method,
    extensions: hello.extensions ?? [],
    selected_group: encrypted ? selectedGroup(hello) : null,
    certificates: [],
    ocsp_response: null,
    ephemeral_key: null,
    signature_scheme: null,
    complete: encrypted ? null : false,
    broken_by: null,
  };
}

function unexpected(type: number, body: ByteReader): DecodeError {
  const offset = body.offset - HANDSHAKE_HEADER_BYTES;
  return new DecodeError('handshake type', offset, "a message of a server's first flight", `${type}`);
}

/** Messages of a server's first flight; before ServerHello they, too, are out of place. */
const ONCE: ReadonlySet<number> = new Set([
  types.SERVER_HELLO,
  types.NEW_SESSION_TICKET,
  types.CERTIFICATE,
  types.SERVER_KEY_EXCHANGE,
  types.CERTIFICATE_REQUEST,
  types.SERVER_HELLO_DONE,
  types.CERTIFICATE_STATUS,
]);

/** Messages of clients, of TLS 1.3 under encryption, and of a later part of the handshake. */
const OUT_OF_PLACE: ReadonlySet<number> = new Set([
  types.CLIENT_HELLO,
  types.END_OF_EARLY_DATA,
  types.ENCRYPTED_EXTENSIONS,
  types.CERTIFICATE_VERIFY,
  types.CLIENT_KEY_EXCHANGE,
  types.FINISHED,
]);
