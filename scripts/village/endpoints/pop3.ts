/** Villagers on ports 110 and 995: POP3, with STLS and with implicit TLS. */
import type { EndpointSpec } from '../endpoint-spec.ts';
import { P256, P384, X25519 } from '../groups.ts';
import { APACHE_1024, MODP_2048, OAKLEY_1, OAKLEY_2, OPENSSL_512 } from '../primes.ts';
import { courierPop3, dovecotPop3 } from '../profiles.ts';
import { MODERN_RSA, OPENSSL_098, OPENSSL_101, SSL2_KINDS, SSL2_STRONG_KINDS } from './suite-lists.ts';

export const POP3_110: readonly EndpointSpec[] = [
  {
    port: 110,
    what: 'Dovecot of today: TLS 1.2 and 1.3',
    dialogue: dovecotPop3(),
    server: {
      kind: 'real',
      versions: [0x0303, 0x0304],
      suites: MODERN_RSA,
      preference: 'server',
      chains: [['mx-chain', 'village-intermediate']],
      groups: [X25519, P256],
      dh: MODP_2048,
    },
  },
  {
    port: 110,
    what: 'Dovecot of 2013: TLS 1.0 to 1.2, its own self-signed certificate, secp384r1',
    dialogue: dovecotPop3('accepted', true),
    server: {
      kind: 'real',
      versions: [0x0301, 0x0302, 0x0303],
      suites: OPENSSL_101,
      preference: 'server',
      chains: [['dovecot-localhost']],
      groups: [P384],
      dh: OAKLEY_2,
    },
  },
  {
    port: 110,
    what: 'Courier: SSLv3 and TLS 1.0, a 768-bit prime',
    dialogue: courierPop3(),
    server: {
      kind: 'legacy',
      versions: [0x0300, 0x0301],
      suites: [0x0039, 0x0033, 0x0016, 0x0035, 0x000a, 0x0005],
      preference: 'client',
      chain: ['courier-pop3'],
      dh: OAKLEY_1,
      when_unsupported: 'close',
      records: 'one_a_message',
    },
  },
  {
    port: 110,
    what: 'SSLv2 alone',
    dialogue: courierPop3(),
    server: {
      kind: 'legacy',
      versions: [],
      suites: [],
      preference: 'server',
      chain: ['appliance-512'],
      ssl2_kinds: SSL2_STRONG_KINDS,
      when_unsupported: 'close',
      records: 'one_a_message',
    },
  },
  {
    port: 110,
    what: 'No STLS; user name and password in the clear',
    dialogue: courierPop3('absent'),
    server: { kind: 'neighbour', behaviour: 'no_tls' },
  },
  {
    port: 110,
    what: 'STLS offered, then refused',
    dialogue: dovecotPop3('refused', true),
    server: { kind: 'neighbour', behaviour: 'no_tls' },
  },
];

export const POP3_995: readonly EndpointSpec[] = [
  {
    port: 995,
    what: 'Courier: SSLv2 to TLS 1.0, export suites, its own self-signed certificate',
    dialogue: courierPop3(),
    server: {
      kind: 'legacy',
      versions: [0x0300, 0x0301],
      suites: OPENSSL_098,
      preference: 'client',
      chain: ['courier-pop3'],
      dh: OAKLEY_1,
      export_dh: OPENSSL_512,
      temporary_rsa_bits: 512,
      ssl2_kinds: SSL2_KINDS,
      when_unsupported: 'alert',
      records: 'one_a_message',
    },
  },
  {
    port: 995,
    what: 'Dovecot: TLS 1.0 to 1.2',
    dialogue: dovecotPop3(),
    server: {
      kind: 'real',
      versions: [0x0301, 0x0302, 0x0303],
      suites: OPENSSL_101,
      preference: 'server',
      chains: [['dovecot-localhost']],
      groups: [P384],
      dh: APACHE_1024,
    },
  },
  {
    port: 995,
    what: 'Parallels Panel: TLS 1.0 to 1.2, shared certificate',
    dialogue: courierPop3(),
    server: {
      kind: 'real',
      versions: [0x0301, 0x0302, 0x0303],
      suites: [0x0035, 0x002f, 0x0084, 0x0041, 0x009d, 0x009c, 0xc09c],
      preference: 'client',
      chains: [['parallels-panel']],
      groups: [P256],
    },
  },
  {
    port: 995,
    what: 'Ed25519 certificate: TLS 1.2 and 1.3',
    dialogue: dovecotPop3(),
    server: {
      kind: 'real',
      versions: [0x0303, 0x0304],
      suites: [0x1303, 0x1301, 0xc02b, 0xcca9],
      preference: 'server',
      chains: [['ed25519']],
      groups: [X25519],
    },
  },
  {
    port: 995,
    what: 'Garbage in answer to a hello',
    dialogue: dovecotPop3(),
    server: { kind: 'neighbour', behaviour: 'garbage_tls' },
  },
  {
    port: 995,
    what: 'Nobody there: connection refused',
    dialogue: dovecotPop3(),
    server: { kind: 'neighbour', behaviour: 'refused_connection' },
  },
];
