/** All villagers, by port. */
import type { EndpointSpec } from '../endpoint-spec.ts';
import { IMAP_143, IMAP_993 } from './imap.ts';
import { POP3_110, POP3_995 } from './pop3.ts';
import { SMTP_25 } from './smtp-25.ts';
import { SMTP_465 } from './smtp-465.ts';
import { SMTP_587 } from './smtp-587.ts';

export const ENDPOINTS: readonly EndpointSpec[] = [
  ...SMTP_25,
  ...POP3_110,
  ...IMAP_143,
  ...SMTP_465,
  ...SMTP_587,
  ...IMAP_993,
  ...POP3_995,
];
