/** POP3 as a server says it: CAPA, STLS, QUIT (RFC 1939, RFC 2449, RFC 2595). Nobody can log in. */
import type { DialogueSpec } from '../endpoint-spec.ts';
import type { Reply } from './dialogue.ts';

export function pop3Greeting(spec: DialogueSpec): Reply {
  return { text: `+OK ${spec.banner}\r\n` };
}

export function pop3Reply(line: string, spec: DialogueSpec, secure: boolean): Reply {
  const verb = line.split(' ', 1)[0]!.toUpperCase();
  if (verb === 'CAPA') return { text: capa(spec, secure) };
  if (verb === 'NOOP') return { text: '+OK\r\n' };
  if (verb === 'QUIT') return { text: '+OK Logging out\r\n', next: 'close' };
  if (verb === 'STLS' && !secure) return stls(spec);
  return { text: '-ERR Unknown command.\r\n' };
}

function stls(spec: DialogueSpec): Reply {
  if (spec.starttls === 'accepted') return { text: '+OK Begin TLS negotiation now.\r\n', next: 'start_tls' };
  if (spec.starttls === 'refused') return { text: '-ERR TLS support is not available at the moment.\r\n' };
  return { text: '-ERR Unknown command.\r\n' };
}

function capa(spec: DialogueSpec, secure: boolean): string {
  const offered = spec.capabilities.filter((line) => !(secure && line === 'STLS'));
  return `+OK\r\n${offered.map((line) => `${line}\r\n`).join('')}.\r\n`;
}
