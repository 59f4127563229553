/**
 * The ten hellos of the fingerprint, docs/fingerprint.md. All that stands in them is said here and nothing is taken from
 * what other hellos carry, so that the fingerprint stays the same when those change; a test holds their bytes.
 */
import { SSL3, TLS1_0, TLS1_2, TLS1_3 } from '../../tls/index.ts';
import type { Question } from '../session.ts';
import { x25519Share } from './key-shares.ts';

/** Raised when a hello or the text of an answer changes: fingerprints of two versions can't be compared. */
export const FINGERPRINT_VERSION = 1;

/** Named, in the order of asking. `randomBytes` makes a key share, which says nothing. */
export function fingerprintHellos(
  randomBytes: (length: number) => Uint8Array,
): readonly (readonly [name: string, question: Question])[] {
  return HELLOS.map(([name, hello]) => {
    const key_shares = name === 'tls13' ? x25519Share(randomBytes) : [];
    return [name, { server_name: null, signalling_suites: [], ...hello, key_shares }] as const;
  });
}

const NONE: Question['extensions'] = [];
const empty = (type: number) => ({ type, data: new Uint8Array(0) });

/** Forward secrecy first, as clients of today have it. */
const MODERN: readonly number[] = [
  ...[0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc009, 0xc013, 0xc00a, 0xc014, 0xc023, 0xc027],
  ...[0x009e, 0xccaa, 0x009f, 0x0033, 0x0039, 0x009c, 0x009d, 0x003c, 0x002f, 0x0035, 0x000a],
];
const SCHEMES: readonly number[] = [
  ...[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601, 0x0807, 0x0603, 0x0203, 0x0201, 0x0402],
];
const OLD_SUITES: readonly number[] = [
  ...[0x0005, 0x0004, 0x000a, 0x0016, 0x002f, 0x0033, 0xc013, 0xc012, 0x0035, 0x0039, 0xc014, 0x0041, 0x0084],
  ...[0x0007, 0x0009, 0x0003, 0x0018],
];
/** RFC 8701: values that a server has to pass over. */
const GREASE = { suite: 0x2a2a, group: 0x3a3a, extension: 0x5a5a };

const HELLOS: readonly (readonly [string, Question])[] = [
  [
    'modern',
    {
      version: TLS1_2,
      cipher_suites: MODERN,
      named_groups: [29, 23, 24, 25],
      signature_schemes: SCHEMES,
      // session_ticket, encrypt_then_mac, heartbeat: no status_request, whose answer hangs on a responder elsewhere.
      extensions: [empty(35), empty(22), { type: 15, data: Uint8Array.of(1) }],
      compression_methods: [0],
    },
  ],
  [
    'backwards',
    {
      version: TLS1_2,
      cipher_suites: MODERN.toReversed(),
      named_groups: [25, 24, 23, 29],
      signature_schemes: SCHEMES.toReversed(),
      extensions: NONE,
      compression_methods: [0],
    },
  ],
  [
    'rsa',
    {
      version: TLS1_2,
      cipher_suites: [0x0035, 0x002f, 0x0084, 0x0041, 0x000a, 0x003d, 0x003c, 0x009d, 0x009c, 0xc09c, 0x0005],
      named_groups: [],
      signature_schemes: SCHEMES,
      extensions: [empty(22), empty(35)],
      compression_methods: [1, 0],
    },
  ],
  [
    'finite-field',
    {
      version: TLS1_2,
      cipher_suites: [0x009f, 0x009e, 0xccaa, 0x006b, 0x0067, 0x0039, 0x0033, 0x0016, 0x00a2, 0x0032, 0x0034],
      named_groups: [23, 0x0101, 0x0100],
      signature_schemes: SCHEMES,
      extensions: NONE,
      compression_methods: [0],
    },
  ],
  [
    'extras',
    {
      version: TLS1_2,
      cipher_suites: [GREASE.suite, ...MODERN],
      named_groups: [GREASE.group, 24, 23, 29],
      signature_schemes: SCHEMES,
      extensions: [
        empty(GREASE.extension),
        { type: 1, data: Uint8Array.of(4) }, // max_fragment_length 2^12
        { type: 28, data: Uint8Array.of(0x40, 0x00) }, // record_size_limit 16,384
        empty(18), // signed_certificate_timestamp
        empty(13172), // next_protocol_negotiation, as NPN had it
        { type: 16, data: Uint8Array.from(Buffer.from('\0\x0a\x04imap\x04pop3')) }, // ALPN
      ],
      compression_methods: [0],
    },
  ],
  [
    'tls10',
    {
      version: TLS1_0,
      cipher_suites: OLD_SUITES,
      named_groups: [24, 23],
      extensions: [empty(35), empty(22)],
      compression_methods: [0],
    },
  ],
  ['ssl3', { version: SSL3, cipher_suites: OLD_SUITES, named_groups: [], compression_methods: [0] }],
  [
    'tls13',
    {
      version: TLS1_3,
      cipher_suites: [0x1301, 0x1302, 0x1303],
      named_groups: [29, 23, 24],
      signature_schemes: SCHEMES,
      extensions: NONE,
      compression_methods: [0],
    },
  ],
  [
    'tls13-retry',
    {
      version: TLS1_3,
      cipher_suites: [GREASE.suite, 0x1305, 0x1304, 0x1303, 0x1302, 0x1301],
      named_groups: [GREASE.group, 256, 25, 30, 24, 23, 29, 0x11ec],
      signature_schemes: SCHEMES.toReversed(),
      extensions: [empty(GREASE.extension)],
      compression_methods: [0],
    },
  ],
  [
    'nothing-shared',
    {
      version: TLS1_2,
      cipher_suites: [GREASE.suite],
      named_groups: [29, 23],
      signature_schemes: SCHEMES,
      extensions: NONE,
      compression_methods: [0],
    },
  ],
];
