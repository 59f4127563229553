/** The mail ports of the IANA service name registry, and how TLS starts on them (RFC 3207, 2595, 8314). */
import type { MailProtocol, TlsMode } from './raw-record.ts';

export interface MailPort {
  port: number;
  protocol: MailProtocol;
  tls_mode: TlsMode;
}

export const MAIL_PORTS: readonly MailPort[] = [
  { port: 25, protocol: 'smtp', tls_mode: 'starttls' },
  { port: 110, protocol: 'pop3', tls_mode: 'starttls' },
  { port: 143, protocol: 'imap', tls_mode: 'starttls' },
  { port: 465, protocol: 'smtp', tls_mode: 'implicit' },
  { port: 587, protocol: 'smtp', tls_mode: 'starttls' },
  { port: 993, protocol: 'imap', tls_mode: 'implicit' },
  { port: 995, protocol: 'pop3', tls_mode: 'implicit' },
];

/** The entry for a nominal port, undefined for one that is none of the seven. */
export function mailPort(port: number): MailPort | undefined {
  return MAIL_PORTS.find((entry) => entry.port === port);
}
