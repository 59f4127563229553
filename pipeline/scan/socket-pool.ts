/**
 * TCP sockets that are used again: to make Node's socket, its two streams and their listeners costs as much as half of the
 * kernel's work for a connection. Node documents `connect()` of a socket for that, once it has emitted `close`. Only what
 * ended well comes back: connected, nothing failed, the peer had not ended it, all that was written was sent.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

export class SocketPool {
  readonly #free: PooledSocket[] = [];

  /**
   * A socket that connects. `onData` gets what comes, in memory that is written over after the call. With half-open
   * sockets, so that a reset can be told from an end.
   */
  connect(host: string, port: number, onData: (chunk: Uint8Array) => void): Socket {
    const pooled = this.#free.pop() ?? new PooledSocket(this.#free);
    pooled.onData = onData;
    return pooled.socket.connect({ host, port });
  }
}

class PooledSocket {
  readonly socket: Socket;
  onData: (chunk: Uint8Array) => void = ignore;
  #connected = false;
  #spoilt = false;

  constructor(free: PooledSocket[]) {
    const onread = { buffer: READ_BUFFER, callback: this.#read };
    const options: SocketConstructorOpts & { onread: OnReadOpts } = { allowHalfOpen: true, onread };
    this.socket = new Socket(options);
    this.socket.on('connect', () => {
      this.#connected = true;
    });
    const spoil = () => {
      this.#spoilt = true;
    };
    this.socket.on('error', spoil).on('end', spoil);
    this.socket.on('close', () => {
      this.onData = ignore;
      if (this.#spoilt || !this.#connected || this.socket.writableLength > 0) return;
      this.#connected = false;
      if (free.length < MOST_FREE) free.push(this);
    });
  }

  readonly #read = (bytes: number): boolean => {
    this.onData(READ_BUFFER.subarray(0, bytes));
    return true;
  };
}

function ignore(): void {}

/** One buffer for all sockets: a stream would make one of 64 KiB for each read, and pass it through its own queue. */
const READ_BUFFER = new Uint8Array(65_536);
/** A closed socket takes some 2 KB. */
const MOST_FREE = 1024;
