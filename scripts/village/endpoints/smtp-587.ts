/** Villagers on port 587: submission with STARTTLS. */
import type { EndpointSpec } from '../endpoint-spec.ts';
import { P256, P384, X25519 } from '../groups.ts';
import { APACHE_1024, FFDHE_2048, OPENSSL_512 } from '../primes.ts';
import { exchange, exim, postfix } from '../profiles.ts';
import { MODERN_RSA, OLD_RSA, OPENSSL_098, OPENSSL_101 } from './suite-lists.ts';

export const SMTP_587: readonly EndpointSpec[] = [
  {
    port: 587,
    what: 'Postfix of today: passwords after STARTTLS only, TLS 1.2 and 1.3, RFC 7919 prime',
    dialogue: postfix('submission.village.example'),
    server: {
      kind: 'real',
      versions: [0x0303, 0x0304],
      suites: MODERN_RSA,
      preference: 'server',
      chains: [['mx-chain', 'village-intermediate']],
      groups: [X25519, P256],
      dh: FFDHE_2048,
    },
  },
  {
    port: 587,
    what: 'Exim: passwords before TLS too, TLS 1.0 to 1.2, a 4096-bit key',
    dialogue: exim('mail.bigkey.example', 'accepted', 'AUTH PLAIN LOGIN'),
    server: {
      kind: 'real',
      versions: [0x0301, 0x0302, 0x0303],
      suites: [0xc030, 0xc014, 0x0039, 0x0035, 0x002f],
      preference: 'server',
      chains: [['big-key-chain', 'village-intermediate']],
      groups: [P384],
      dh: APACHE_1024,
    },
  },
  {
    port: 587,
    what: 'An old Windows server: SSLv3 and TLS 1.0, export suites, the whole flight in one record',
    dialogue: exchange('old.village.example', 'AUTH NTLM LOGIN'),
    server: {
      kind: 'legacy',
      versions: [0x0300, 0x0301],
      suites: OPENSSL_098,
      preference: 'server',
      chain: ['parallels-panel'],
      dh: APACHE_1024,
      export_dh: OPENSSL_512,
      temporary_rsa_bits: 512,
      when_unsupported: 'alert',
      records: 'one_a_flight',
    },
  },
  {
    port: 587,
    what: 'TLS 1.1 and 1.2 only',
    dialogue: postfix('panel.village.example'),
    server: {
      kind: 'real',
      versions: [0x0302, 0x0303],
      suites: OPENSSL_101,
      preference: 'server',
      chains: [['parallels-panel']],
      groups: [P256],
      dh: APACHE_1024,
    },
  },
  {
    port: 587,
    what: 'Greets a newcomer after a second, as against spammers; TLS 1.2 only',
    dialogue: { ...exim('slow.village.example'), greeting_delay_ms: 1000 },
    server: {
      kind: 'real',
      versions: [0x0303],
      suites: [0xc02f],
      preference: 'server',
      chains: [['dovecot-localhost']],
      groups: [P256],
    },
  },
  {
    port: 587,
    what: 'Lets in 10 connections in 0.2 s, and says 421 to the rest: throttled, and TLS 1.2 all the same',
    dialogue: {
      ...postfix('limit.village.example'),
      connection_limit: { connections: 10, window_ms: 200 },
    },
    server: {
      kind: 'real',
      versions: [0x0303],
      suites: [0xc02f, 0xc030],
      preference: 'server',
      chains: [['dovecot-localhost']],
      groups: [P256],
    },
  },
  {
    port: 587,
    what: 'SSLv3 alone, RC4 first',
    dialogue: exim('rc4.village.example', 'accepted', 'AUTH LOGIN'),
    server: {
      kind: 'legacy',
      versions: [0x0300],
      suites: OLD_RSA,
      preference: 'server',
      chain: ['some-organization'],
      when_unsupported: 'close',
      records: 'one_a_flight',
    },
  },
  {
    port: 587,
    what: 'Garbage instead of a greeting',
    dialogue: postfix('garbage.village.example'),
    server: { kind: 'neighbour', behaviour: 'garbage_greeting' },
  },
  {
    port: 587,
    what: 'Resets every connection in the middle of ServerHello',
    dialogue: postfix('reset.village.example'),
    server: { kind: 'neighbour', behaviour: 'reset_mid_flight' },
  },
];
