/** Neighbours who speak no TLS, or not to the end: what they do once TLS should start. */
import type { Socket } from 'node:net';
import type { NeighbourSpec } from './endpoint-spec.ts';
import { resetAfter } from './reset-after.ts';

/** Acts on a connection at the point where TLS should start. */
export function misbehave(socket: Socket, behaviour: NeighbourSpec['behaviour']): void {
  const act = ACTS[behaviour];
  if (!act) throw new Error(`${behaviour} does not get as far as TLS`);
  act(socket);
}

/** Neither a greeting nor TLS: a line printer's control bytes and some text. */
export const GARBAGE = Buffer.from(
  '\u0000\u001b%-12345X@PJL\u0007 \u00ff\u00fe not a mail server\r\n',
  'latin1',
);

/** The head of a TLS 1.2 ServerHello record of 74 bytes, and 15 of these. */
const PART_OF_SERVER_HELLO = Buffer.from('160303004a0200004603036b04886f0102030405', 'hex');

/** A fatal handshake_failure in a record of TLS 1.0 (RFC 2246, 7.2). */
const HANDSHAKE_FAILURE = Buffer.from('15030100020228', 'hex');

const ACTS: Partial<Record<NeighbourSpec['behaviour'], (socket: Socket) => void>> = {
  garbage_tls: (socket) => onHello(socket, () => socket.end(GARBAGE)),
  reset_mid_flight: (socket) => onHello(socket, () => resetAfter(socket, PART_OF_SERVER_HELLO)),
  alert_always: (socket) => onHello(socket, () => socket.end(HANDSHAKE_FAILURE)),
};

function onHello(socket: Socket, act: () => void): void {
  socket.once('data', () => {
    socket.resume();
    act();
  });
}
