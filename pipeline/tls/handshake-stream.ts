/**
 * Handshake messages out of the fragments of records: several messages in one record, one over several records
 * (RFC 5246, 6.2.1). Keeps where in the stream each fragment stood, so that errors can say so.
 */
import { DecodeError } from '../base/errors.ts';
import { ByteQueue } from './byte-queue.ts';
import { HANDSHAKE_HEADER_BYTES, type HandshakeMessage, readHandshake } from './handshake.ts';

/**
 * Most bytes of one message. OpenSSL takes 100 KiB of certificates and JSSE 32 KiB unless told otherwise:
 * what is longer than this can't be meant for a client that exists.
 */
export const MAX_HANDSHAKE_BYTES = 256 * 1024;

export class HandshakeStream {
  readonly #queue = new ByteQueue();
  #taken = 0;
  #pushed = 0;
  /** Where fragments begin: in the bytes pushed here, and in the whole stream. */
  readonly #fragments: { here: number; stream: number }[] = [];

  /** `offset`: where the fragment stands in the whole stream. Its memory is not written to again. */
  push(fragment: Uint8Array, offset: number): void {
    this.#fragments.push({ here: this.#pushed, stream: offset });
    this.#queue.adopt(fragment);
    this.#pushed += fragment.length;
  }

  /** Whether a message has begun that is not whole yet. */
  get partial(): boolean {
    return this.#queue.length > 0;
  }

  /** The next whole message, undefined while there is none. Throws DecodeError for one that is too long. */
  next(): HandshakeMessage | undefined {
    if (this.#queue.length < HANDSHAKE_HEADER_BYTES) return undefined;
    const length = (this.#queue.at(1) << 16) | (this.#queue.at(2) << 8) | this.#queue.at(3);
    if (length > MAX_HANDSHAKE_BYTES) {
      const at = this.#taken + 1;
      throw new DecodeError('handshake length', at, `at most ${MAX_HANDSHAKE_BYTES}`, `${length}`);
    }
    const whole = HANDSHAKE_HEADER_BYTES + length;
    if (this.#queue.length < whole) return undefined;
    const message = readHandshake(this.#queue.takeReader(whole, this.#taken));
    this.#taken += whole;
    return message;
  }

  /** What there is of a message that is not whole yet, where its header is; it stays here. */
  get unfinished(): HandshakeMessage | undefined {
    if (this.#queue.length < HANDSHAKE_HEADER_BYTES) return undefined;
    const reader = this.#queue.peekReader(this.#queue.length, this.#taken);
    const [type] = reader.bytes(HANDSHAKE_HEADER_BYTES, 'handshake header');
    return { type: type!, body: reader };
  }

  /** The same error, its offset counted in the whole stream: readers of messages count in what was pushed here. */
  inStream(error: DecodeError): DecodeError {
    const fragment = this.#fragments.findLast(({ here }) => here <= error.offset);
    const offset = fragment ? fragment.stream + error.offset - fragment.here : error.offset;
    return new DecodeError(error.what, offset, error.expected, error.found);
  }
}
