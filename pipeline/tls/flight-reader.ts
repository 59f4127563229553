/**
 * A server's bytes, in whatever chunks, to its answer: SSLv2 SERVER-HELLO or ERROR, an alert, or the flight from ServerHello
 * to ServerHelloDone (TLS 1.3: ServerHello or HelloRetryRequest alone, the rest is encrypted).
 * Bytes that are no answer throw DecodeError; after a ServerHello nothing throws: the flight says what broke it.
 */
import { ByteReader } from '../base/byte-reader.ts';
import { DecodeError } from '../base/errors.ts';
import type { Alert } from './alert.ts';
import { ALERT_WARNING, alertName, CLOSE_NOTIFY, UNRECOGNIZED_NAME } from './alerts.ts';
import { ByteQueue } from './byte-queue.ts';
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE } from './content-types.ts';
import { FlightMessages } from './flight-messages.ts';
import { HandshakeStream } from './handshake-stream.ts';
import type { HelloOffer } from './hello-offer.ts';
import { RECORD_HEADER_BYTES, readRecordHeader } from './record.ts';
import type { ServerAnswer, SuiteKeyExchange } from './server-flight.ts';
import { showBytes } from './show-bytes.ts';
import { readSsl2Answer } from './ssl2-answer.ts';
import { readSsl2RecordHeader } from './ssl2-record.ts';
import { SSL2, TLS1_3 } from './versions.ts';

/** Most bytes of a flight: four messages of the greatest length that `handshake-stream.ts` takes. */
export const MAX_FLIGHT_BYTES = 1024 * 1024;

/** Most records that bring the flight no further (empty, warnings): OpenSSL, too, gives up after 32 empty ones. */
export const MAX_IDLE_RECORDS = 32;

export class FlightReader {
  readonly #offer: HelloOffer;
  readonly #bytes = new ByteQueue();
  readonly #handshake = new HandshakeStream();
  readonly #messages: FlightMessages;
  /** Bytes of the stream that were read; `#bytes` holds those after them. */
  #offset = 0;
  #idleRecords = 0;
  /** The first byte of an alert whose second one is still to come. */
  #alertLevel: number | undefined;
  #answer: ServerAnswer | undefined;
  /** Where the record ends that made the answer whole; undefined where something else ended it. */
  #answerEnd: number | undefined;
  #failure: DecodeError | undefined;
  /** Copies of all that was pushed before there was an answer; undefined where nobody wants them. */
  readonly #kept: ByteQueue | undefined;

  /**
   * `keyExchangeOf` says by what rule the key exchange of a suite is read; undefined for a suite that it doesn't know.
   * `keep`: what is pushed can be had again from `recorded`.
   */
  constructor(
    offer: HelloOffer,
    keyExchangeOf: (cipherSuite: number) => SuiteKeyExchange | undefined,
    keep = false,
  ) {
    this.#offer = offer;
    this.#messages = new FlightMessages(keyExchangeOf);
    this.#kept = keep ? new ByteQueue() : undefined;
  }

  /**
   * The bytes that make the answer, up to the end of its last record; where there is none, or undecodable bytes broke
   * it off, all that was pushed. Another reader says the same of them. Empty where they are not kept.
   */
  get recorded(): Uint8Array {
    const length = (this.#answer && this.#answerEnd) ?? this.#kept?.length ?? 0;
    return this.#kept?.peek(length).slice() ?? new Uint8Array(0);
  }

  /** Nothing came, or warnings that a server may pass over before its answer. */
  get saidNothing(): boolean {
    return !this.#answer && !this.#failure && !this.#messages.flight && this.#bytes.length === 0;
  }

  /**
   * Takes in the next bytes; the answer once it is whole, and again at each later call, whatever follows it.
   * Throws DecodeError, at each later call again, for bytes that are no answer to a hello.
   */
  push(chunk: Uint8Array): ServerAnswer | undefined {
    if (this.#failure) throw this.#failure;
    if (this.#answer) return this.#answer;
    this.#bytes.push(chunk);
    this.#kept?.push(chunk);
    try {
      while (!this.#answer && this.#readNext());
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#break(error);
    }
    return this.#answer;
  }

  /**
   * No more bytes will come, `why` says in words: the answer, or a flight that this breaks off.
   * Throws DecodeError where there was no answer.
   */
  end(why = 'connection closed'): ServerAnswer {
    if (this.#failure) throw this.#failure;
    if (this.#answer) return this.#answer;
    if (this.#messages.flight) return this.#breakFlight(why);
    const left = this.#bytes.length;
    const found = left > 0 ? `${why} after ${showBytes(this.#bytes.peek(left))}` : why;
    this.#failure = new DecodeError('answer', this.#offset, 'ServerHello or alert', found);
    throw this.#failure;
  }

  /** Reads one record; false where its bytes aren't all there. */
  #readNext(): boolean {
    // No answer is shorter than this: SSLv2's ERROR has five bytes, an alert seven.
    if (this.#bytes.length < RECORD_HEADER_BYTES) return false;
    const start = this.#offset;
    if (this.#offer.version === SSL2 && start === 0 && !looksLikeTls(this.#bytes)) return this.#readSsl2();
    const { content_type, length } = readRecordHeader(this.#bytes.peekReader(RECORD_HEADER_BYTES, start));
    const end = start + RECORD_HEADER_BYTES + length;
    if (end > MAX_FLIGHT_BYTES) {
      throw new DecodeError('flight length', start, `at most ${MAX_FLIGHT_BYTES} bytes`, `${end}`);
    }
    if (this.#bytes.length < RECORD_HEADER_BYTES + length) return false;
    this.#bytes.drop(RECORD_HEADER_BYTES);
    this.#takeRecord(content_type, this.#bytes.take(length), start + RECORD_HEADER_BYTES);
    this.#offset = end;
    if (this.#answer) this.#answerEnd = end;
    return true;
  }

  #readSsl2(): boolean {
    const bytes = this.#bytes.peek(this.#bytes.length);
    const answer = readSsl2Answer(bytes);
    if (!answer) return false;
    this.#settle(answer);
    const reader = new ByteReader(bytes);
    const { length } = readSsl2RecordHeader(reader);
    this.#answerEnd = reader.offset + length;
    return true;
  }

  #takeRecord(contentType: number, fragment: Uint8Array, offset: number): void {
    switch (contentType) {
      case HANDSHAKE:
        this.#takeHandshake(fragment, offset);
        return;
      case ALERT:
        this.#takeAlerts(fragment, offset);
        return;
      case CHANGE_CIPHER_SPEC:
        // RFC 8446, 5: may come at any time after a hello, and has to be dropped.
        if (this.#offer.version !== TLS1_3) throw outOfPlace('change_cipher_spec', offset);
        this.#idle(offset);
        return;
      case APPLICATION_DATA:
        throw outOfPlace('application_data', offset);
    }
  }

  #takeHandshake(fragment: Uint8Array, offset: number): void {
    if (fragment.length === 0) {
      this.#idle(offset);
      return;
    }
    this.#handshake.push(fragment, offset);
    try {
      for (let message = this.#handshake.next(); message; message = this.#handshake.next()) {
        if (this.#messages.take(message)) {
          this.#settle(this.#messages.flight!);
          return;
        }
      }
    } catch (error) {
      throw error instanceof DecodeError ? this.#handshake.inStream(error) : error;
    }
  }

  #takeAlerts(fragment: Uint8Array, offset: number): void {
    if (fragment.length === 0) this.#idle(offset);
    for (const byte of fragment) {
      // RFC 5246, 6.2.1: a message may be spread over several records, one of two bytes too.
      const level = this.#alertLevel;
      this.#alertLevel = level === undefined ? byte : undefined;
      if (level !== undefined) this.#takeAlert({ level, description: byte }, offset);
      if (this.#answer) return;
    }
  }

  #takeAlert(alert: Alert, offset: number): void {
    if (this.#isPassedOver(alert)) {
      this.#idle(offset);
    } else if (this.#messages.flight) {
      this.#breakFlight(`alert ${alert.description} (${alertName(alert.description)})`);
    } else {
      this.#settle({ kind: 'alert', ...alert });
    }
  }

  /**
   * RFC 6066, 3: a server may warn that it doesn't know the name, and go on. Once it has chosen, so it may with any
   * warning (RFC 5246, 7.2); before that a warning is how some say no.
   */
  #isPassedOver({ level, description }: Alert): boolean {
    if (level !== ALERT_WARNING || description === CLOSE_NOTIFY) return false;
    return description === UNRECOGNIZED_NAME || this.#messages.flight !== undefined;
  }

  #idle(offset: number): void {
    this.#idleRecords += 1;
    if (this.#idleRecords > MAX_IDLE_RECORDS) {
      throw new DecodeError('record', offset, 'a handshake message', `${this.#idleRecords} records without`);
    }
  }

  #break(error: DecodeError): void {
    if (this.#messages.flight) {
      this.#breakFlight(error.message);
      return;
    }
    this.#failure = error;
    throw error;
  }

  #breakFlight(why: string): ServerAnswer {
    const flight = this.#messages.flight!;
    flight.broken_by = why;
    return this.#settle(flight);
  }

  #settle(answer: ServerAnswer): ServerAnswer {
    this.#answer = answer;
    return answer;
  }
}

/** SSLv2's header of three bytes could begin like this, too, with a SERVER-HELLO of over 5 KB and padding: none has any. */
function looksLikeTls(bytes: ByteQueue): boolean {
  const type = bytes.at(0);
  return type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA && bytes.at(1) === 3;
}

function outOfPlace(found: string, fragmentOffset: number): DecodeError {
  return new DecodeError('content type', fragmentOffset - RECORD_HEADER_BYTES, 'handshake', found);
}
