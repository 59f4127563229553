/** How well-known mail servers introduce themselves: banners and capabilities in the manner of the real ones. */
import type { DialogueSpec } from './endpoint-spec.ts';

type Starttls = DialogueSpec['starttls'];

/** Postfix; `auth` is its AUTH line before TLS, as where smtpd_tls_auth_only is off. */
export function postfix(host: string, starttls: Starttls = 'accepted', auth?: string): DialogueSpec {
  const offer = starttls === 'absent' ? [] : ['STARTTLS'];
  return {
    software: 'Postfix',
    banner: `${host} ESMTP Postfix (Debian/GNU)`,
    capabilities: [
      'PIPELINING',
      'SIZE 10240000',
      'VRFY',
      'ETRN',
      ...offer,
      ...(auth ? [auth, auth.replace(' ', '=')] : []),
      'ENHANCEDSTATUSCODES',
      '8BITMIME',
      'DSN',
    ],
    starttls,
  };
}

export function exim(host: string, starttls: Starttls = 'accepted', auth?: string): DialogueSpec {
  const offer = starttls === 'absent' ? [] : ['STARTTLS'];
  return {
    software: 'Exim',
    banner: `${host} ESMTP Exim 4.84 Mon, 01 Jun 2015 12:00:00 +0000`,
    capabilities: ['SIZE 52428800', '8BITMIME', 'PIPELINING', ...(auth ? [auth] : []), ...offer, 'HELP'],
    starttls,
  };
}

export function sendmail(host: string): DialogueSpec {
  return {
    software: 'Sendmail',
    banner: `${host} ESMTP Sendmail 8.13.8/8.13.8; Mon, 1 Jun 2015 12:00:00 GMT`,
    capabilities: ['ENHANCEDSTATUSCODES', 'PIPELINING', '8BITMIME', 'SIZE', 'DSN', 'STARTTLS', 'HELP'],
    starttls: 'accepted',
  };
}

/** Exchange; by default its AUTH before TLS names no plaintext mechanism. */
export function exchange(host: string, auth = 'AUTH NTLM'): DialogueSpec {
  return {
    software: 'Exchange',
    banner: `${host} Microsoft ESMTP MAIL Service ready at Mon, 1 Jun 2015 12:00:00 +0000`,
    capabilities: ['SIZE 37748736', 'PIPELINING', 'STARTTLS', 'X-ANONYMOUSTLS', auth, 'CHUNKING'],
    starttls: 'accepted',
  };
}

/** Dovecot's POP3; `user` is its USER capability before TLS (disable_plaintext_auth = no). */
export function dovecotPop3(starttls: Starttls = 'accepted', user = false): DialogueSpec {
  return {
    software: 'Dovecot',
    banner: 'Dovecot ready.',
    capabilities: [
      ...['CAPA', 'TOP', 'UIDL', 'RESP-CODES', 'PIPELINING'],
      ...(starttls === 'absent' ? [] : ['STLS']),
      ...(user ? ['USER', 'SASL PLAIN LOGIN'] : ['SASL']),
    ],
    starttls,
  };
}

export function courierPop3(starttls: Starttls = 'accepted'): DialogueSpec {
  return {
    software: 'Courier',
    banner: 'Hello there.',
    capabilities: [
      ...(starttls === 'absent' ? [] : ['STLS']),
      ...['TOP', 'USER', 'LOGIN-DELAY 10', 'PIPELINING', 'UIDL', 'IMPLEMENTATION Courier Mail Server'],
    ],
    starttls,
  };
}

/** Dovecot's IMAP; `login` allows a plaintext password before TLS. */
export function dovecotImap(starttls: Starttls = 'accepted', login = false): DialogueSpec {
  return {
    software: 'Dovecot',
    banner: 'Dovecot ready.',
    capabilities: [
      ...['IMAP4rev1', 'LITERAL+', 'SASL-IR', 'LOGIN-REFERRALS', 'ID', 'ENABLE', 'IDLE'],
      ...(starttls === 'absent' ? [] : ['STARTTLS']),
      ...(login ? ['AUTH=PLAIN', 'AUTH=LOGIN'] : ['LOGINDISABLED']),
    ],
    starttls,
  };
}

/** Courier's IMAP, which lets anyone log in before TLS. */
export function courierImap(starttls: Starttls = 'accepted'): DialogueSpec {
  return {
    software: 'Courier',
    banner:
      'Courier-IMAP ready. Copyright 1998-2011 Double Precision, Inc. See COPYING for distribution information.',
    capabilities: [
      ...['IMAP4rev1', 'UIDPLUS', 'CHILDREN', 'NAMESPACE', 'THREAD=ORDEREDSUBJECT', 'SORT', 'QUOTA', 'IDLE'],
      ...(starttls === 'absent' ? [] : ['STARTTLS']),
    ],
    starttls,
  };
}
