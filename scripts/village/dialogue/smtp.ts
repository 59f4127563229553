/** SMTP as a server says it: EHLO, HELO, STARTTLS, QUIT (RFC 5321, RFC 3207). All else is not for this village. */
import type { DialogueSpec } from '../endpoint-spec.ts';
import type { Reply } from './dialogue.ts';

export function smtpGreeting(spec: DialogueSpec): Reply {
  const text = `${spec.greeting_code ?? 220} ${spec.banner}\r\n`;
  return spec.greeting_code ? { text, next: 'close' } : { text };
}

export function smtpReply(line: string, spec: DialogueSpec, secure: boolean): Reply {
  const verb = line.split(' ', 1)[0]!.toUpperCase();
  if (verb === 'EHLO') return { text: ehlo(spec, secure) };
  if (verb === 'HELO') return { text: `250 ${host(spec)}\r\n` };
  if (verb === 'NOOP' || verb === 'RSET') return { text: '250 2.0.0 Ok\r\n' };
  if (verb === 'QUIT') return { text: '221 2.0.0 Bye\r\n', next: 'close' };
  if (verb === 'STARTTLS' && !secure) return starttls(spec);
  return { text: '502 5.5.2 Error: command not recognized\r\n' };
}

function starttls(spec: DialogueSpec): Reply {
  if (spec.starttls === 'accepted') return { text: '220 2.0.0 Ready to start TLS\r\n', next: 'start_tls' };
  if (spec.starttls === 'refused') return { text: '454 4.7.0 TLS not available due to local problem\r\n' };
  return { text: '502 5.5.1 Error: command not implemented\r\n' };
}

function ehlo(spec: DialogueSpec, secure: boolean): string {
  const offered = spec.capabilities.filter((line) => !(secure && line === 'STARTTLS'));
  const lines = [`${host(spec)} Hello`, ...offered];
  return lines.map((line, index) => `250${index < lines.length - 1 ? '-' : ' '}${line}\r\n`).join('');
}

/** The first word of the banner, as real servers begin with their name. */
function host(spec: DialogueSpec): string {
  return spec.banner.split(' ', 1)[0]!;
}
