/** For tests: ways in which a peer wears a client down, for any of its sockets. Each ends when the socket is closed. */
import type { Socket } from 'node:net';

/** Writes `bytes` for ever, as fast as they are taken. */
export function flood(socket: Socket, bytes: Uint8Array): void {
  // Large writes: small ones would keep the test's own process from doing anything else.
  const many = Buffer.concat(Array.from({ length: Math.ceil(32_768 / bytes.length) }, () => bytes));
  const more = () => {
    while (!socket.destroyed && socket.write(many));
  };
  socket.on('drain', more);
  more();
}

/** Writes `bytes` one by one, `pause_ms` between two; then `after`, where given. */
export function trickle(socket: Socket, bytes: Uint8Array, pause_ms: number, after = () => {}): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < bytes.length) socket.write(bytes.subarray(at, ++at));
    if (at < bytes.length) return;
    clearInterval(timer);
    after();
  }, pause_ms);
  socket.once('close', () => clearInterval(timer));
}

/** The same byte again and again. */
export function trickleForever(socket: Socket, byte: number, pause_ms: number): void {
  const timer = setInterval(() => socket.write(Uint8Array.of(byte)), pause_ms);
  socket.once('close', () => clearInterval(timer));
}

/** Each byte in a segment of its own, without a pause: the next one when the last one has left. */
export function inSegments(socket: Socket, bytes: Uint8Array): void {
  socket.setNoDelay(true);
  const next = (at: number) => {
    if (at < bytes.length && !socket.destroyed) {
      socket.write(bytes.subarray(at, at + 1), () => setImmediate(() => next(at + 1)));
    }
  };
  next(0);
}
