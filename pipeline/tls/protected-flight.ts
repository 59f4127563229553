/**
 * What a TLS 1.3 server sends under its handshake secret: EncryptedExtensions, CertificateRequest, Certificate,
 * CertificateVerify, Finished (RFC 8446, 4.3 and 4.4). For whoever did the key exchange, and so knows the secret, whether
 * the handshake was finished or not: nothing is verified, each message is read for itself, and what is whole counts.
 */
import { DecodeError } from '../base/errors.ts';
import { ALERT_WARNING, alertName } from './alerts.ts';
import { ByteQueue } from './byte-queue.ts';
import { readCertificateVerify } from './certificate-verify.ts';
import { ALERT, APPLICATION_DATA, HANDSHAKE } from './content-types.ts';
import { type Extension, readExtensionList } from './extension-list.ts';
import { MAX_FLIGHT_BYTES } from './flight-reader.ts';
import type { HandshakeMessage } from './handshake.ts';
import { HandshakeStream } from './handshake-stream.ts';
import * as types from './handshake-types.ts';
import { RECORD_HEADER_BYTES, readRecordHeader } from './record.ts';
import { readWholeCertificates } from './tls13-certificate.ts';
import { TrafficKey } from './traffic-key.ts';

export interface ProtectedFlight {
  /** Of EncryptedExtensions; null where it can't be read. */
  extensions: readonly Extension[] | null;
  /** In the order sent, those that are whole; null where no Certificate came. */
  certificates: readonly Uint8Array[] | null;
  /** Of CertificateVerify; null where there is none that can be read. */
  signature_scheme: number | null;
  certificate_requested: boolean;
  /** Whether its records open under the secret; null where none came. */
  opened: boolean | null;
  /** What first was wrong or missing; null where everything up to Finished was read. */
  broken_by: string | null;
}

/** The flight in `bytes`, what the server sent from its first byte on; null for a suite that isn't known here. */
export function readProtectedFlight(
  bytes: Uint8Array,
  cipherSuite: number,
  secret: Uint8Array,
): ProtectedFlight | null {
  const reader = ProtectedFlightReader.of(cipherSuite, secret);
  reader?.push(bytes);
  return reader?.end() ?? null;
}

/** The same as it comes, in whatever chunks. Never throws for what a server says; reads no more than MAX_FLIGHT_BYTES. */
export class ProtectedFlightReader {
  readonly #key: TrafficKey;
  readonly #bytes = new ByteQueue();
  readonly #stream = new HandshakeStream();
  readonly #flight: ProtectedFlight = {
    ...{ extensions: null, certificates: null, signature_scheme: null },
    ...{ certificate_requested: false, opened: null, broken_by: null },
  };
  /** Of the next record. */
  #offset = 0;
  #isOver = false;

  /** `secret`: the server's handshake traffic secret. Undefined for a suite that isn't known here. */
  static of(cipherSuite: number, secret: Uint8Array): ProtectedFlightReader | undefined {
    const key = TrafficKey.of(cipherSuite, secret);
    return key && new ProtectedFlightReader(key);
  }

  private constructor(key: TrafficKey) {
    this.#key = key;
  }

  /** Finished was read, or something that nothing is read after: further bytes are not looked at. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The next bytes, from the server's first one on. */
  push(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#bytes.push(chunk);
    try {
      while (!this.#isOver && this.#readNext());
    } catch (error) {
      this.#stop(messageOf(error));
    }
  }

  /** What was read so far; `broken_by` where that is not all. */
  end(): ProtectedFlight {
    if (!this.#isOver) this.#stop('ended before Finished');
    return this.#flight;
  }

  /** One record; false where its bytes aren't all there. */
  #readNext(): boolean {
    if (this.#bytes.length < RECORD_HEADER_BYTES) return false;
    const header = this.#bytes.peekReader(RECORD_HEADER_BYTES, this.#offset);
    const { content_type, length } = readRecordHeader(header);
    const whole = RECORD_HEADER_BYTES + length;
    const end = this.#offset + whole;
    if (end > MAX_FLIGHT_BYTES)
      throw new DecodeError('flight length', this.#offset, `at most ${MAX_FLIGHT_BYTES} bytes`, `${end}`);
    if (this.#bytes.length < whole) return false;
    const record = this.#bytes.take(whole);
    if (content_type === APPLICATION_DATA) this.#takeProtected(record);
    else if (content_type === ALERT) this.#takeAlert(record.subarray(RECORD_HEADER_BYTES));
    this.#offset = end;
    return true;
  }

  #takeProtected(record: Uint8Array): void {
    this.#flight.opened = false;
    const { content_type, content } = this.#key.open(record, this.#offset);
    this.#flight.opened = true;
    if (content_type === ALERT) this.#takeAlert(content);
    else if (content_type !== HANDSHAKE) throw unexpected('content type', this.#offset, content_type);
    else {
      this.#stream.push(content, this.#offset + RECORD_HEADER_BYTES);
      this.#takeMessages();
    }
  }

  /** A warning says nothing (RFC 6066, 3); whatever else it is, the server goes no further (RFC 8446, 6). */
  #takeAlert(alert: Uint8Array): void {
    const [level, description] = alert;
    if (level === ALERT_WARNING || description === undefined) return;
    this.#stop(`alert ${description} (${alertName(description)})`);
  }

  #takeMessages(): void {
    for (let message = this.#next(); message; message = this.#isOver ? undefined : this.#next()) {
      try {
        this.#take(message);
      } catch (error) {
        // The next message begins where this one's length says.
        this.#flight.broken_by ??= messageOf(error, this.#stream);
      }
    }
  }

  #next(): HandshakeMessage | undefined {
    try {
      return this.#stream.next();
    } catch (error) {
      throw error instanceof DecodeError ? this.#stream.inStream(error) : error;
    }
  }

  #take({ type, body }: HandshakeMessage): void {
    switch (type) {
      case types.ENCRYPTED_EXTENSIONS:
        this.#flight.extensions = readExtensions(body);
        return;
      case types.CERTIFICATE:
        this.#takeCertificate({ type, body });
        return;
      case types.CERTIFICATE_VERIFY:
        this.#flight.signature_scheme = readCertificateVerify(body).algorithm;
        return;
      case types.CERTIFICATE_REQUEST:
        this.#flight.certificate_requested = true;
        return;
      case types.FINISHED:
        this.#isOver = true;
        return;
      default:
        throw unexpected('handshake type', body.offset, type);
    }
  }

  #takeCertificate({ body }: HandshakeMessage): void {
    const { certificates, broken_by } = readWholeCertificates(body);
    this.#flight.certificates ??= certificates;
    if (broken_by) throw broken_by;
  }

  /** The certificates of a Certificate that is not whole count as far as they are. */
  #stop(why: string): void {
    this.#isOver = true;
    this.#flight.broken_by ??= why;
    const rest = this.#stream.unfinished;
    if (rest?.type !== types.CERTIFICATE) return;
    const { certificates } = readWholeCertificates(rest.body);
    if (certificates.length > 0) this.#flight.certificates ??= certificates;
  }
}

function readExtensions(body: HandshakeMessage['body']): Extension[] {
  const extensions = readExtensionList(body) ?? [];
  body.end('EncryptedExtensions');
  return extensions;
}

/** Of a DecodeError, with its place in the whole stream; anything else is a bug, and goes on its way. */
function messageOf(error: unknown, stream?: HandshakeStream): string {
  if (!(error instanceof DecodeError)) throw error;
  return (stream?.inStream(error) ?? error).message;
}

function unexpected(what: string, offset: number, found: number): DecodeError {
  return new DecodeError(what, offset, "one of a server's protected flight", `${found}`);
}
