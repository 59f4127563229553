/** IMAP as a server says it: CAPABILITY, STARTTLS, LOGOUT (RFC 3501). Nobody can log in. */
import type { DialogueSpec } from '../endpoint-spec.ts';
import type { Reply } from './dialogue.ts';

export function imapGreeting(spec: DialogueSpec): Reply {
  return { text: `* OK [CAPABILITY ${words(spec, false)}] ${spec.banner}\r\n` };
}

export function imapReply(line: string, spec: DialogueSpec, secure: boolean): Reply {
  const [tag = '*', command = ''] = line.split(' ');
  const verb = command.toUpperCase();
  if (verb === 'CAPABILITY') {
    return { text: `* CAPABILITY ${words(spec, secure)}\r\n${tag} OK Capability completed.\r\n` };
  }
  if (verb === 'NOOP') return { text: `${tag} OK NOOP completed.\r\n` };
  if (verb === 'LOGOUT') {
    return { text: `* BYE Logging out\r\n${tag} OK Logout completed.\r\n`, next: 'close' };
  }
  if (verb === 'STARTTLS' && !secure) return starttls(tag, spec);
  return { text: `${tag} BAD Error in IMAP command received by server.\r\n` };
}

function starttls(tag: string, spec: DialogueSpec): Reply {
  if (spec.starttls === 'accepted') {
    return { text: `${tag} OK Begin TLS negotiation now.\r\n`, next: 'start_tls' };
  }
  if (spec.starttls === 'refused')
    return { text: `${tag} NO TLS support is not available at the moment.\r\n` };
  return { text: `${tag} BAD Unknown command\r\n` };
}

function words(spec: DialogueSpec, secure: boolean): string {
  return spec.capabilities.filter((word) => !(secure && word === 'STARTTLS')).join(' ');
}
