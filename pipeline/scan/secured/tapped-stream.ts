/**
 * A socket as a stream that node:tls can speak over, with what a bare socket doesn't give: the bytes that the server sent
 * first, as they came, a bound on bytes, and the event `silence`. What goes wrong destroys it; node:tls tells its own
 * users. With `lingers` the socket outlives that, and what the server still sends is heard: OpenSSL gives up in the
 * middle of a flight, and its alert, which would make the server stop, is kept back until `release`.
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
  /** False by default. */
  lingers?: boolean | undefined;
}

/** How the server ended the connection. */
export type ServerEnd = 'closed' | 'reset';

export class TappedStream extends Duplex {
  readonly #socket: Socket;
  readonly #bounds: TapBounds;
  #bytes = 0;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** Alerts that are kept back. */
  readonly #alerts: Uint8Array[] = [];
  /** Null while the server has not ended it. */
  endedBy: ServerEnd | null = null;
  /** Nothing more will be heard. */
  isGone = false;

  /**
   * Nobody else may read `socket`. Events beside a stream's: `silence`, `heard` (a chunk of what is kept), `gone` (the socket
   * has ended).
   */
  constructor(socket: Socket, bounds: TapBounds) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#bounds = { ...bounds };
    socket.setTimeout(bounds.silence_ms);
    socket.on('data', (chunk) => this.#data(chunk));
    socket.once('end', () => this.#end());
    socket.on('timeout', () => this.emit('silence'));
    socket.once('error', (error) => this.#fail(error));
    socket.once('close', () => {
      this.destroy();
      this.#gone();
    });
  }

  /** What the server sent first. */
  heard(): Uint8Array {
    return Buffer.concat(this.#kept);
  }

  /** The socket ends with this stream from now on, and what was kept back is said. */
  release(): void {
    for (const alert of this.#alerts) this.#socket.write(alert);
    if (this.destroyed) this.#socket.destroySoon();
    this.#bounds.lingers = false;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (!this.#bounds.lingers || chunk[0] !== ALERT) this.#socket.write(chunk, done);
    else {
      this.#alerts.push(chunk.slice());
      done();
    }
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#bounds.lingers) this.#socket.destroy();
    else this.#socket.resume();
    done(error);
  }

  #data(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bounds.bytes) {
      this.destroy(new Error(`over ${this.#bounds.bytes} bytes`));
      this.#socket.destroy();
      return;
    }
    this.#keep(chunk);
    if (!this.destroyed && !this.push(chunk)) this.#socket.pause();
  }

  #end(): void {
    this.endedBy ??= 'closed';
    if (!this.destroyed) this.push(null);
    this.#gone();
  }

  #gone(): void {
    this.isGone = true;
    this.emit('gone');
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (RESETS.has(error.code ?? '')) this.endedBy ??= 'reset';
    this.destroy(error);
  }

  #keep(chunk: Uint8Array): void {
    const kept = chunk.subarray(0, this.#bounds.kept_bytes - this.#keptBytes);
    if (kept.length === 0) return;
    this.#kept.push(kept);
    this.#keptBytes += kept.length;
    this.emit('heard', kept);
  }
}

/** Content type of an alert in the clear: OpenSSL's own client encrypts none before it has read Finished. */
const ALERT = 21;
/** A server that has ended the connection answers what is still written to it with a reset. */
const RESETS: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);
