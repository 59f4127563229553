/**
 * A socket as a stream that node:tls can speak over, with what a bare socket doesn't give: the bytes that the server sent
 * first, as they came, a bound on bytes, and the event `silence`. What goes wrong destroys it; node:tls tells its own
 * users.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export interface TapBounds {
  /** After so long without a byte in either direction comes `silence`. */
  silence_ms: number;
  /** Most bytes from the server, in all. */
  bytes: number;
  /** The first bytes, so many, are kept for `heard`. */
  kept_bytes: number;
}

export class TappedStream extends Duplex {
  readonly #socket: Socket;
  readonly #bounds: TapBounds;
  #bytes = 0;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;

  /** Nobody else may read `socket`. */
  constructor(socket: Socket, bounds: TapBounds) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#bounds = bounds;
    socket.setTimeout(bounds.silence_ms);
    socket.on('data', (chunk) => this.#data(chunk));
    socket.once('end', () => this.push(null));
    socket.on('timeout', () => this.emit('silence'));
    socket.once('error', (error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  /** What the server sent first. */
  heard(): Uint8Array {
    return Buffer.concat(this.#kept);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #data(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bounds.bytes) {
      this.destroy(new Error(`over ${this.#bounds.bytes} bytes`));
      return;
    }
    this.#keep(chunk);
    if (!this.push(chunk)) this.#socket.pause();
  }

  #keep(chunk: Uint8Array): void {
    const kept = chunk.subarray(0, this.#bounds.kept_bytes - this.#keptBytes);
    if (kept.length === 0) return;
    this.#kept.push(kept);
    this.#keptBytes += kept.length;
  }
}
