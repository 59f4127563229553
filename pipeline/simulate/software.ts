/**
 * What made servers say before and inside TLS: greetings of software that datasets/mail_software.csv knows, and of one
 * that it doesn't, with the capabilities that such software tells. Which shares they have is published nowhere at hand:
 * but for Postfix, whose primes are (key-exchange.ts), they are equal.
 */
import type { Dialogue, MailProtocol, SecuredDialogue } from '../formats/raw-record.ts';

export interface ServerSoftware {
  /** As datasets/mail_software.csv calls it; null for a greeting that no pattern knows. */
  software: string | null;
  /** Greeting; `HOST` stands for the server's name. */
  banner: string;
  capabilities: readonly string[];
}

/** In `banner` and `capabilities`. */
export const HOST = '\u0001';

/** What it says in the clear, STARTTLS and all. */
export function dialogueOf(protocol: MailProtocol, { banner, capabilities }: ServerSoftware): Dialogue {
  const offer = protocol === 'pop3' ? 'STLS' : 'STARTTLS';
  const auth_mechanisms = mechanismsOf(capabilities);
  return {
    banner,
    ehlo_first_line: null,
    capabilities: [...capabilities, offer],
    starttls_offered: true,
    starttls_masked: false,
    starttls_reply: REPLIES[protocol],
    starttls_accepted: true,
    auth_mechanisms,
    plaintext_auth_offered: plaintextOf(protocol, capabilities, auth_mechanisms),
    login_disabled: protocol === 'imap' ? capabilities.includes('LOGINDISABLED') : null,
  };
}

/** What it says inside TLS where that comes first. */
export function securedDialogueOf(
  protocol: MailProtocol,
  { banner, capabilities }: ServerSoftware,
): Omit<SecuredDialogue, 'version' | 'cipher_suite'> {
  const inside = capabilities.filter((word) => word !== 'LOGINDISABLED');
  const auth_mechanisms = mechanismsOf(inside);
  return {
    banner,
    capabilities: inside,
    auth_mechanisms,
    plaintext_auth_offered: plaintextOf(protocol, inside, auth_mechanisms),
    login_disabled: protocol === 'imap' ? false : null,
    extensions: null,
    error_kind: null,
    error_detail: null,
  };
}

/** With implicit TLS nothing is said in the clear. */
export const NO_DIALOGUE: Dialogue = {
  banner: null,
  ehlo_first_line: null,
  capabilities: null,
  starttls_offered: null,
  starttls_masked: null,
  starttls_reply: null,
  starttls_accepted: null,
  auth_mechanisms: null,
  plaintext_auth_offered: null,
  login_disabled: null,
};

function mechanismsOf(capabilities: readonly string[]): string[] {
  const listed = capabilities.flatMap((line) => {
    const [, words = ''] = /^(?:AUTH[ =]|SASL )(.+)$/.exec(line) ?? [];
    return words.split(' ').filter((word) => word !== '');
  });
  return [...new Set(listed)];
}

function plaintextOf(protocol: MailProtocol, capabilities: readonly string[], mechanisms: string[]): boolean {
  if (protocol === 'imap') return !capabilities.includes('LOGINDISABLED');
  const plain = mechanisms.includes('PLAIN') || mechanisms.includes('LOGIN');
  return plain || (protocol === 'pop3' && capabilities.includes('USER'));
}

const REPLIES: Record<MailProtocol, string> = {
  smtp: '220 2.0.0 Ready to start TLS',
  pop3: '+OK Begin TLS negotiation now.',
  imap: 'OK Begin TLS negotiation now.',
};

const ESMTP = ['PIPELINING', 'SIZE 10240000', 'ETRN', 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN'];
const IMAP = ['IMAP4rev1', 'LITERAL+', 'ID', 'ENABLE', 'IDLE'];
const POP3 = ['TOP', 'UIDL', 'RESP-CODES', 'PIPELINING'];

const smtp = (software: string | null, banner: string, ...capabilities: string[]): ServerSoftware => ({
  software,
  banner: `220 ${HOST} ${banner}`,
  capabilities,
});

/** Postfix first: key-exchange.ts gives it its share. */
export const SOFTWARE: Record<MailProtocol, readonly ServerSoftware[]> = {
  smtp: [
    smtp('Postfix', 'ESMTP Postfix', ...ESMTP),
    smtp(
      'Exim',
      'ESMTP Exim 4.84 Wed, 01 Apr 2015 00:00:00 +0000',
      'SIZE 52428800',
      '8BITMIME',
      'PIPELINING',
    ),
    smtp(
      'Sendmail',
      'ESMTP Sendmail 8.14.4/8.14.4; Wed, 1 Apr 2015 00:00:00 GMT',
      ...ESMTP,
      'AUTH LOGIN PLAIN',
    ),
    smtp(
      'Exchange',
      'Microsoft ESMTP MAIL Service ready at Wed, 1 Apr 2015 00:00:00 +0000',
      'SIZE 37748736',
      'AUTH NTLM',
    ),
    smtp(
      'MDaemon',
      'ESMTP MDaemon 13.0.3; Wed, 01 Apr 2015 00:00:00 +0000',
      'AUTH LOGIN CRAM-MD5 PLAIN',
      '8BITMIME',
    ),
    smtp(null, 'ESMTP', 'PIPELINING', '8BITMIME'),
  ],
  pop3: [
    {
      software: 'Dovecot',
      banner: '+OK Dovecot ready.',
      capabilities: [...POP3, 'USER', 'SASL PLAIN LOGIN'],
    },
    { software: 'Courier', banner: '+OK Hello there.', capabilities: [...POP3, 'USER', 'LOGIN-DELAY 10'] },
    {
      software: 'Cyrus',
      banner: `+OK ${HOST} Cyrus POP3 v2.4.17 server ready`,
      capabilities: [...POP3, 'SASL DIGEST-MD5'],
    },
    {
      software: 'Exchange',
      banner: '+OK The Microsoft Exchange POP3 service is ready.',
      capabilities: ['TOP', 'UIDL'],
    },
    { software: null, banner: `+OK ${HOST} at your service`, capabilities: ['TOP', 'UIDL', 'USER'] },
  ],
  imap: [
    {
      software: 'Dovecot',
      banner: '* OK Dovecot ready.',
      capabilities: [...IMAP, 'AUTH=PLAIN', 'AUTH=LOGIN'],
    },
    {
      software: 'Courier',
      banner: '* OK Courier-IMAP ready.',
      capabilities: ['IMAP4rev1', 'UIDPLUS', 'IDLE', 'AUTH=CRAM-MD5'],
    },
    {
      software: 'Cyrus',
      banner: `* OK ${HOST} Cyrus IMAP v2.4.17 server ready`,
      capabilities: [...IMAP, 'LOGINDISABLED'],
    },
    {
      software: 'Exchange',
      banner: '* OK The Microsoft Exchange IMAP4 service is ready.',
      capabilities: ['IMAP4', 'IMAP4rev1', 'IDLE', 'AUTH=NTLM'],
    },
    { software: null, banner: `* OK ${HOST} at your service`, capabilities: ['IMAP4rev1', 'LOGINDISABLED'] },
  ],
};
