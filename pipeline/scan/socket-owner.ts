/**
 * A socket tells the connection that has it now what happens to it. It is used for many connections, one after the other,
 * and a scan holds tens of thousands: it is listened to once, by four functions that all sockets share.
 */
import type { Socket } from 'node:net';

export interface SocketOwner {
  /** What the socket tells of itself. */
  told(event: 'connect' | 'end' | 'close'): void;
  /** What went wrong with the socket. */
  failed(error: NodeJS.ErrnoException): void;
}

const OWNER = Symbol('owner');

/** Null once it is closed. */
interface OwnedSocket extends Socket {
  [OWNER]?: SocketOwner | null;
}

/** From now on `owner` is told, until the socket is closed or has another owner. */
export function own(socket: OwnedSocket, owner: SocketOwner): void {
  if (socket[OWNER] === undefined) {
    socket.on('connect', onConnect).on('error', onError).on('end', onEnd).on('close', onClose);
  }
  socket[OWNER] = owner;
}

function onConnect(this: OwnedSocket): void {
  this[OWNER]?.told('connect');
}

function onError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  this[OWNER]?.failed(error);
}

function onEnd(this: OwnedSocket): void {
  this[OWNER]?.told('end');
}

function onClose(this: OwnedSocket): void {
  this[OWNER]?.told('close');
  this[OWNER] = null;
}
