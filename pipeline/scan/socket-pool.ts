/**
 * TCP sockets that are used again: to make Node's socket, its two streams and their listeners costs as much as half of the
 * kernel's work for a connection. Node documents `connect()` of a socket for that, once it has emitted `close`. Only what
 * ended well comes back: something came, nothing failed, the peer had not ended it, all that was written was sent.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

export class SocketPool {
  readonly #free: PooledSocket[] = [];

  /**
   * A socket that connects. `onData` gets what comes, in memory that is written over after the call. With half-open
   * sockets, so that a reset can be told from an end.
   */
  connect(host: string, port: number, onData: (chunk: Uint8Array) => void): Socket {
    const socket = this.#free.pop() ?? new PooledSocket(this.#free);
    socket.onData = onData;
    return socket.connect({ host, port });
  }
}

/** No closures but one: a scan holds tens of thousands. */
class PooledSocket extends Socket {
  onData: (chunk: Uint8Array) => void = ignore;
  readonly free: PooledSocket[];

  constructor(free: PooledSocket[]) {
    const onread = { buffer: READ_BUFFER, callback: (bytes: number) => this.received(bytes) };
    const options: SocketConstructorOpts & { onread: OnReadOpts } = { allowHalfOpen: true, onread };
    super(options);
    this.free = free;
    this.on('close', giveBack);
  }

  received(bytes: number): boolean {
    this.onData(READ_BUFFER.subarray(0, bytes));
    return true;
  }
}

function giveBack(this: PooledSocket, failed: boolean): void {
  this.onData = ignore;
  const endedWell = !failed && this.errored === null && this.bytesRead > 0 && !this.readableEnded;
  if (endedWell && this.writableLength === 0 && this.free.length < MOST_FREE) this.free.push(this);
}

function ignore(): void {}

/** One buffer for all sockets: a stream would make one of 64 KiB for each read, and pass it through its own queue. */
const READ_BUFFER = new Uint8Array(65_536);
/** A closed socket takes some 2 KB. */
const MOST_FREE = 256;
