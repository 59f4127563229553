/**
 * The server's side of a mail dialogue up to STARTTLS: lines in, replies out, over any duplex stream.
 * No mail is ever taken or shown: every other command is refused. Grammar per protocol: smtp.ts, pop3.ts, imap.ts.
 */
import type { Duplex } from 'node:stream';
import type { MailProtocol } from '../../../pipeline/formats/raw-record.ts';
import type { DialogueSpec } from '../endpoint-spec.ts';
import { imapGreeting, imapReply } from './imap.ts';
import { pop3Greeting, pop3Reply } from './pop3.ts';
import { smtpGreeting, smtpReply } from './smtp.ts';

/** What a line from the client gets. */
export interface Reply {
  text: string;
  next?: 'start_tls' | 'close';
}

export interface Grammar {
  greeting(spec: DialogueSpec): Reply;
  reply(line: string, spec: DialogueSpec, secure: boolean): Reply;
}

const GRAMMARS: Readonly<Record<MailProtocol, Grammar>> = {
  smtp: { greeting: smtpGreeting, reply: smtpReply },
  pop3: { greeting: pop3Greeting, reply: pop3Reply },
  imap: { greeting: imapGreeting, reply: imapReply },
};

/** Longest line of a client: RFC 5321 (4.5.3.1.4) asks for 512, RFC 3501's successors for 8,000. */
const LINE_LIMIT = 8192;

/**
 * Greets, then answers line by line. `startTls` is called once STARTTLS was accepted; what the client sent
 * after that command is dropped (plaintext injection, CVE-2011-0411). Without it, TLS is there already.
 */
export function greet(
  socket: Duplex,
  protocol: MailProtocol,
  spec: DialogueSpec,
  startTls?: () => void,
): void {
  const begin = () => {
    if (socket.destroyed) return;
    const greeting = GRAMMARS[protocol].greeting(spec);
    send(socket, greeting);
    if (!greeting.next) answer(socket, protocol, spec, startTls);
  };
  if (spec.greeting_delay_ms) later(socket, begin, spec.greeting_delay_ms);
  else begin();
}

/** Answers line by line, without a greeting. */
export function answer(
  socket: Duplex,
  protocol: MailProtocol,
  spec: DialogueSpec,
  startTls?: () => void,
): void {
  let buffer = '';
  const onData = (chunk: Buffer) => {
    buffer += chunk.toString('latin1');
    for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
      const line = buffer.slice(0, end).replace(/\r$/, '');
      buffer = buffer.slice(end + 1);
      const reply = GRAMMARS[protocol].reply(line, spec, startTls === undefined);
      if (reply.next) socket.off('data', onData);
      send(socket, reply);
      if (reply.next === 'start_tls') startTls?.();
      if (reply.next) return;
    }
    if (buffer.length > LINE_LIMIT) socket.destroy();
  };
  socket.on('data', onData);
}

function later(socket: Duplex, act: () => void, delay_ms: number): void {
  const timer = setTimeout(act, delay_ms);
  socket.once('close', () => clearTimeout(timer));
}

function send(socket: Duplex, reply: Reply): void {
  if (reply.next === 'close') socket.resume().end(reply.text);
  else socket.write(reply.text);
}
