/** Villagers on port 465: submission with implicit TLS. */
import type { EndpointSpec } from '../endpoint-spec.ts';
import { P256, X448, X25519 } from '../groups.ts';
import { MODP_2048, POSTFIX_2048 } from '../primes.ts';
import { exim, postfix, sendmail } from '../profiles.ts';
import { MODERN_RSA, OLD_RSA, OPENSSL_101, SSL2_KINDS } from './suite-lists.ts';

export const SMTP_465: readonly EndpointSpec[] = [
  {
    port: 465,
    what: 'Postfix of today: TLS 1.2 and 1.3',
    dialogue: postfix('smtps.village.example'),
    server: {
      kind: 'real',
      versions: [0x0303, 0x0304],
      suites: MODERN_RSA,
      preference: 'server',
      chains: [['mx-chain', 'village-intermediate']],
      groups: [X25519, P256],
      dh: POSTFIX_2048,
    },
  },
  {
    port: 465,
    what: 'Exim: TLS 1.0 to 1.3 side by side',
    dialogue: exim('all.village.example'),
    server: {
      kind: 'real',
      versions: [0x0301, 0x0302, 0x0303, 0x0304],
      suites: [0x1301, 0x1303, ...OPENSSL_101],
      preference: 'server',
      chains: [['dovecot-localhost']],
      groups: [X25519, P256],
      dh: MODP_2048,
    },
  },
  {
    port: 465,
    what: 'TLS 1.3 alone',
    dialogue: postfix('future.village.example'),
    server: {
      kind: 'real',
      versions: [0x0304],
      suites: [0x1302, 0x1301],
      preference: 'server',
      chains: [['mx-ec-chain', 'village-intermediate']],
      groups: [X25519, X448, P256],
    },
  },
  {
    port: 465,
    what: 'SSLv2 and SSLv3 and nothing later, a 512-bit certificate that is over',
    dialogue: sendmail('appliance.village.example'),
    server: {
      kind: 'legacy',
      versions: [0x0300],
      suites: OLD_RSA,
      preference: 'server',
      chain: ['appliance-512'],
      ssl2_kinds: SSL2_KINDS,
      when_unsupported: 'alert',
      records: 'one_a_message',
    },
  },
  {
    port: 465,
    what: 'Suites without encryption (NULL) beside AES',
    dialogue: postfix('null.village.example'),
    server: {
      kind: 'real',
      versions: [0x0301, 0x0302, 0x0303],
      suites: [0xc013, 0x002f, 0xc010, 0x003b, 0x0002, 0x0001],
      preference: 'server',
      chains: [['parallels-panel']],
      groups: [P256],
    },
  },
  {
    port: 465,
    what: 'Speaks SMTP in the clear where TLS should be',
    dialogue: exim('confused.village.example', 'absent', 'AUTH PLAIN LOGIN'),
    server: { kind: 'neighbour', behaviour: 'plaintext_tls' },
  },
];
