/** The ways in which a server refuses a hello that it can't take: a fatal alert, an end without a word, or nothing at all. */
import type { Socket } from 'node:net';

export type Answer = (typeof ANSWERS)[number];

/** Answers `socket` so, in the place of a ServerHello. `silence` leaves the connection open. */
export function giveAnswer(socket: Socket, answer: Answer): void {
  switch (answer) {
    case 'close':
      socket.end();
      break;
    case 'reset':
      socket.resetAndDestroy();
      break;
    case 'silence':
      break;
    default:
      socket.end(fatalAlert(alertCode(answer)!));
  }
}

/** AlertDescription; null for what is no alert. */
export function alertCode(answer: Answer): number | null {
  return answer.startsWith('alert ') ? Number(answer.slice('alert '.length)) : null;
}

function fatalAlert(description: number): Uint8Array {
  return Uint8Array.of(ALERT, 3, 3, 0, 2, FATAL, description);
}

const ALERT = 21;
const FATAL = 2;

/** RFC 8446, 6.2: handshake_failure, illegal_parameter, decode_error, protocol_version, insufficient_security … */
export const ANSWERS = [
  'alert 40', // handshake_failure
  'alert 47', // illegal_parameter
  'alert 50', // decode_error
  'alert 70', // protocol_version
  'alert 71', // insufficient_security
  'alert 80', // internal_error
  'alert 86', // inappropriate_fallback
  'alert 90', // user_canceled
  'alert 110', // unsupported_extension
  'alert 112', // unrecognized_name
  'close',
  'reset',
  'silence',
] as const;
