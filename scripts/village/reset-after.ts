/** A connection that breaks in mid sentence. */
import type { Socket } from 'node:net';

/** Long enough on loopback for the client to have read what came before the reset. */
const RESET_DELAY_MS = 20;

/** Sends `bytes`, then resets the connection. */
export function resetAfter(socket: Socket, bytes: Uint8Array): void {
  socket.write(bytes, () => {
    const timer = setTimeout(() => socket.resetAndDestroy(), RESET_DELAY_MS);
    socket.once('close', () => clearTimeout(timer));
  });
}
