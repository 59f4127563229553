/**
 * Tables for the tests: the study's shares of versions on its four published ports, and values of the same order
 * for what was not published. Subjects hold what a hostile peer could put there.
 */

import { MAIL_PORTS } from '../formats/ports.ts';
import type { ColumnType, ResultTable, ResultValue } from '../formats/result-table.ts';

/** What a peer could put in a certificate to attack the page, the figure or the terminal. */
export const HOSTILE_SUBJECT =
  'CN=<script>document.title="owned"</script><img src=//x.invalid onerror=alert(1)>&\u0000\u001b[2J\u202e\uffff]]>';

/** All tables for one scan over `ports`. */
export function sampleTables(
  ports = MAIL_PORTS.map((entry) => entry.port),
  scan = '2015-sample',
): ResultTable[] {
  return SAMPLES.map((sample) => build(sample, ports, scan));
}

/** The sample of one name. */
export function sampleTable(name: string, ports?: number[], scan?: string): ResultTable {
  return sampleTables(ports, scan).find((table) => table.name === name)!;
}

/** `table` without rows, and why. */
export function emptied(table: ResultTable, because: string): ResultTable {
  return { ...table, rows: [], empty_because: because };
}

/** The rows of several scans in one table. */
export function joined(tables: ResultTable[]): ResultTable {
  return { ...tables[0]!, rows: tables.flatMap((table) => table.rows) };
}

interface Sample {
  name: string;
  title: string;
  /** "name type", in order, after scan_id. */
  columns: string[];
  rows: (ports: number[]) => ResultValue[][];
}

function build(sample: Sample, ports: number[], scan: string): ResultTable {
  const columns = ['scan_id varchar', ...sample.columns].map((column) => {
    const [name, type] = column.split(' ') as [string, ColumnType];
    return { name, type, description: `The ${name}` };
  });
  return {
    name: sample.name,
    title: sample.title,
    grain: `one row per ${sample.columns[0]!.split(' ')[0]}`,
    source: 'Mayer et al. 2016',
    columns,
    rows: sample.rows(ports).map((row) => [scan, ...row]),
    empty_because: null,
    synthetic: false,
    synthetic_scans: [],
  };
}

/** Shares of one port: [label…] and its share, in the order of the study's ports. */
function shares(
  ports: number[],
  labels: ResultValue[][],
  of: (port: number, index: number) => number,
): ResultValue[][] {
  return ports.flatMap((port) =>
    labels.map((label, index) => {
      const share = of(port, index);
      return [port, ...label, ENDPOINTS[port]!, Math.round(share * ENDPOINTS[port]!), share];
    }),
  );
}

/** With a number of endpoints whose answer is unknown, before the share. */
function withUnknown(row: ResultValue[]): ResultValue[] {
  return row.toSpliced(-1, 0, 17);
}

/** Nothing of it by inference, and no no confirmed; `more` stands between the two. */
function withInferred(row: ResultValue[], more: ResultValue[] = []): ResultValue[] {
  const [endpoints, supporting] = row.slice(-3) as [number, number];
  return withUnknown(row.toSpliced(-1, 0, 0, null, ...more, endpoints - supporting));
}

/** Half of those that match have a no that nothing confirms. */
function withUnconfirmed(row: ResultValue[]): ResultValue[] {
  return row.toSpliced(-1, 0, Math.floor(Number(row.at(-2)) / 2));
}

/** Nine of ten supporting endpoints completed a handshake. */
function withCompleted(row: ResultValue[]): ResultValue[] {
  const supporting = Number(row.at(-2));
  const completed = Math.round(supporting * 0.9);
  return [
    ...withInferred(row, [completed, supporting - completed]),
    supporting > 0 ? completed / supporting : null,
  ];
}

const spread = (port: number, index: number): number =>
  ((port * 37 + index * 61) % 97) / 97 / (1 + index / 2);

const ENDPOINTS: Record<number, number> = {
  25: 3_141_592,
  110: 4_271_828,
  143: 4_112_358,
  465: 3_437_131,
  587: 3_495_217,
  993: 4_007_993,
  995: 3_934_917,
};

const VERSION_SHARES: Record<number, number[]> = {
  25: [0.4744, 0.9212, 0.998, 0.6122, 0.6126, 0],
  110: [0.0328, 0.4006, 0.9992, 0.5336, 0.5339, 0],
  143: [0.041, 0.4122, 0.9989, 0.554, 0.5544, 0],
  465: [0.0511, 0.4433, 0.9991, 0.5712, 0.5719, 0.0002],
  587: [0.1761, 0.7198, 0.9991, 0.4887, 0.4761, 0],
  993: [0.0432, 0.4011, 0.9983, 0.5581, 0.5592, 0],
  995: [0.0389, 0.3987, 0.9986, 0.5433, 0.5447, 0],
};

const VERSIONS = ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

const COMBINATIONS = [
  'TLSv1.0',
  'TLSv1.0 TLSv1.1 TLSv1.2',
  'SSLv3 TLSv1.0',
  'SSLv3 TLSv1.0 TLSv1.1 TLSv1.2',
  'SSLv2 SSLv3 TLSv1.0',
  'SSLv2 SSLv3 TLSv1.0 TLSv1.1 TLSv1.2',
  'SSLv2 SSLv3 TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3',
  'TLSv1.2',
  'TLSv1.2 TLSv1.3',
  'SSLv3',
  'SSLv2 SSLv3',
  'TLSv1.1 TLSv1.2',
];

const SUITES = [
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_RSA_WITH_AES_256_CBC_SHA',
  'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_DHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256',
  'TLS_RSA_EXPORT_WITH_RC4_40_MD5',
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'SSL_CK_DES_192_EDE3_CBC_WITH_MD5',
  ...Array.from({ length: 12 }, (_, index) => `TLS_DHE_RSA_WITH_CAMELLIA_${128 + index}_CBC_SHA`),
];

const SETS = [
  'SSLv2 and SSLv3 only',
  'TLSv1.0 only',
  'TLSv1.1 and TLSv1.2 only',
  'TLSv1.0 upwards',
  'TLSv1.2 upwards',
];

const SET_SHARES = [0.0015, 0.0911, 0.0001, 0.3467, 0.0004];

const KEY_EXCHANGES = [
  'RSA',
  'DHE',
  'ECDHE',
  'DH_anon',
  'ECDH_anon',
  'RSA_EXPORT',
  'DHE_EXPORT',
  'DH_anon_EXPORT',
  'TLS13',
];

const PRIMES: [number, string | null, string][] = [
  [512, 'Postfix 512-bit', '4f5bbd8bb4c8'.padEnd(64, '1')],
  [1024, 'Postfix 1024-bit', '2a1ae3f6cb0e'.padEnd(64, '2')],
  [512, null, '94a0a9d3c5b7'.padEnd(64, '3')],
  [2048, '2048-bit MODP with 224-bit prime order subgroup from RFC 5114', 'f00dd00f5a31'.padEnd(64, '4')],
  [1024, 'Java JDK 1024-bit', '0a64b51e01fb'.padEnd(64, '5')],
  [768, 'Oakley group 1 (RFC 2409)', 'bb64b51e01fb'.padEnd(64, '6')],
  ...Array.from({ length: 12 }, (_, index): [number, null, string] => [
    1024,
    null,
    `${index + 10}abcdef`.padEnd(64, '7'),
  ]),
];

const CURVES: [number, string][] = [
  [23, 'secp256r1'],
  [24, 'secp384r1'],
  [25, 'secp521r1'],
  [14, 'sect571r1'],
  [29, 'x25519'],
  [4588, 'X25519MLKEM768'],
];

const SUBJECTS: [string, number, number][] = [
  [
    '1.2.840.113549.1.9.1=info@parallels.com,CN=Parallels Panel,OU=Parallels Panel,O=Parallels,L=Herndon,ST=Virginia,C=US',
    2048,
    306852,
  ],
  ['CN=imap.example.com,OU=IMAP server', 1024, 261741],
  ['CN=localhost,OU=Automatically-generated POP3 SSL key,O=Courier Mail Server', 1024, 87246],
  [HOSTILE_SUBJECT, 1024, 83976],
  ['CN=日本語のメールサーバー,O=例え', 2048, 26248],
  ['', 512, 13134],
  ...Array.from({ length: 14 }, (_, index): [string, number, number] => [
    `CN=mail${index}.example.net`,
    2048,
    9000 - 600 * index,
  ]),
];

const SAMPLES: Sample[] = [
  {
    name: 'endpoint_features',
    title: 'What endpoints do beside choosing suites',
    columns: [
      'port smallint',
      'feature varchar',
      'endpoints bigint',
      'supporting bigint',
      'unknown bigint',
      'share double',
    ],
    rows: (ports) => shares(ports, [['compression'], ['session_ticket']], spread).map(withUnknown),
  },
  {
    name: 'mail_software',
    title: 'Server software by its banner',
    columns: ['port smallint', 'software varchar', 'endpoints bigint', 'running bigint', 'share double'],
    rows: (ports) => shares(ports, [['Postfix'], ['Exim'], [null]], spread),
  },
  {
    name: 'data_overview',
    title: 'What was measured',
    columns: [
      'started_at timestamp',
      'finished_at timestamp',
      'endpoints bigint',
      'tls_endpoints bigint',
      'handshakes bigint',
      'offered bigint',
      'accepted bigint',
      'rejected bigint',
      'unconfirmed bigint',
      'errors bigint',
      'not_tested bigint',
      'inferred bigint',
      'inferred_error double',
      'accepted_share double',
      'rejected_share double',
      'error_share double',
      'certificates bigint',
      'dh_primes bigint',
    ],
    rows: () => [
      [
        '2015-04-01 00:00:00',
        '2015-08-31 00:00:00',
        20270768,
        18381936,
        10128446736,
        10128446736,
        836609700,
        9093318000,
        9093318000,
        198519036,
        0,
        0,
        null,
        0.0826,
        0.8978,
        0.0196,
        2115000,
        77000,
      ],
    ],
  },
  {
    name: 'port_overview',
    title: 'Endpoints and their outcome, per port',
    columns: [
      'port smallint',
      'protocol varchar',
      'tls_mode varchar',
      'endpoints bigint',
      'tls_endpoints bigint',
      'rejecting_all bigint',
      'inconsistent bigint',
      'no_starttls bigint',
      'errors bigint',
      'plaintext_auth bigint',
      'tls_share double',
    ],
    rows: (ports) =>
      MAIL_PORTS.filter((entry) => ports.includes(entry.port)).map(({ port, protocol, tls_mode }) => {
        const tls = ENDPOINTS[port]!;
        const [rejecting, noStarttls, errors] = [
          port * 300,
          tls_mode === 'starttls' ? port * 2000 + 400_000 : 0,
          150_000 + port,
        ];
        return [
          port,
          protocol,
          tls_mode,
          tls + noStarttls + errors,
          tls,
          rejecting,
          null,
          noStarttls,
          errors,
          noStarttls / 2,
          tls / (tls + noStarttls),
        ];
      }),
  },
  {
    name: 'version_support',
    title: 'Protocol versions supported, per port',
    columns: [
      'port smallint',
      'version varchar',
      'endpoints bigint',
      'supporting bigint',
      'inferred bigint',
      'inferred_error double',
      'completed bigint',
      'not_completed bigint',
      'unconfirmed bigint',
      'unknown bigint',
      'share double',
      'completed_share double',
    ],
    rows: (ports) =>
      shares(
        ports,
        VERSIONS.map((version) => [version]),
        (port, index) => VERSION_SHARES[port]![index]!,
      ).map(withCompleted),
  },
  {
    name: 'version_only',
    title: 'Endpoints that support some versions and no others',
    columns: [
      'port smallint',
      'version_set varchar',
      'endpoints bigint',
      'matching bigint',
      'unconfirmed bigint',
      'share double',
    ],
    rows: (ports) =>
      shares(
        ports,
        SETS.map((set) => [set]),
        (port, index) => SET_SHARES[index]! * (1 + port / 5000),
      ).map(withUnconfirmed),
  },
  {
    name: 'version_combinations',
    title: 'Combinations of protocol versions',
    columns: [
      'port smallint',
      'versions varchar',
      'endpoints bigint',
      'matching bigint',
      'unconfirmed bigint',
      'share double',
    ],
    rows: (ports) =>
      shares(
        ports,
        COMBINATIONS.map((versions) => [versions]),
        (_, index) => 0.55 * 0.44 ** index,
      ).map(withUnconfirmed),
  },
  {
    name: 'cipher_suites',
    title: 'Cipher suites supported, per port and version',
    columns: [
      'port smallint',
      'version varchar',
      'code integer',
      'cipher_suite varchar',
      'key_exchange varchar',
      'export boolean',
      'endpoints bigint',
      'supporting bigint',
      'inferred bigint',
      'inferred_error double',
      'unconfirmed bigint',
      'unknown bigint',
      'share double',
    ],
    rows: (ports) =>
      ['TLSv1.0', 'TLSv1.2'].flatMap((version) =>
        shares(
          ports,
          SUITES.map((suite, index) => [version, 47 + index, suite, 'RSA', suite.includes('EXPORT')]),
          (port, index) => Math.max(0.0002, 0.93 - index / 20 - port / 5000),
        ).map((row) => withInferred(row)),
      ),
  },
  {
    name: 'key_exchange',
    title: 'Key exchanges supported, per port',
    columns: [
      'port smallint',
      'key_exchange varchar',
      'endpoints bigint',
      'supporting bigint',
      'inferred bigint',
      'inferred_error double',
      'unconfirmed bigint',
      'unknown bigint',
      'share double',
    ],
    rows: (ports) =>
      shares(
        ports,
        KEY_EXCHANGES.map((name) => [name]),
        spread,
      ).map((row) => withInferred(row)),
  },
  {
    name: 'dh_group_sizes',
    title: 'Sizes of finite-field Diffie-Hellman groups',
    columns: ['port smallint', 'bits integer', 'endpoints bigint', 'supporting bigint', 'share double'],
    rows: (ports) =>
      shares(
        ports,
        [512, 768, 1024, 2048, 4096].map((bits) => [bits]),
        spread,
      ),
  },
  {
    name: 'shared_primes',
    title: 'Diffie-Hellman primes shared between endpoints',
    columns: [
      'port smallint',
      'bits integer',
      'prime_name varchar',
      'software varchar',
      'prime_sha256 varchar',
      'endpoints bigint',
      'dh_endpoints bigint',
      'share double',
    ],
    rows: (ports) =>
      shares(ports, PRIMES, (_, index) => 0.69 * 0.6 ** index).map(
        ([port, bits, name, hash, all, some, share]) => [
          port!,
          bits!,
          name!,
          name === null ? null : 'A mail server',
          ...[hash!, some!, all!, share!],
        ],
      ),
  },
  {
    name: 'ecdh_curves',
    title: 'Named groups chosen',
    columns: [
      'port smallint',
      'code integer',
      'named_group varchar',
      'endpoints bigint',
      'supporting bigint',
      'share double',
    ],
    rows: (ports) =>
      shares(ports, CURVES, (port, index) => (index === (port === 25 ? 0 : 1) ? 0.99 : 0.01 / (index + 1))),
  },
  {
    name: 'top_certificates',
    title: 'Leaf certificates on most addresses',
    columns: [
      'rank bigint',
      'subject varchar',
      'key_bits integer',
      'ips bigint',
      'endpoints bigint',
      'sha1 varchar',
    ],
    rows: () =>
      SUBJECTS.map(([subject, bits, ips], index) => [
        index + 1,
        subject,
        bits,
        ips,
        ips + 5,
        String(index).repeat(40).slice(0, 40),
      ]),
  },
  {
    name: 'certificate_keys',
    title: 'Keys of leaf certificates',
    columns: [
      'key_algorithm varchar',
      'key_bits integer',
      'certificates bigint',
      'matching bigint',
      'share double',
    ],
    rows: () => [
      ['RSA', 1024, 100000, 30000, 0.3],
      ['RSA', 2048, 100000, 61500, 0.615],
      ['RSA', 4096, 100000, 8000, 0.08],
      ['EC', 256, 100000, 480, 0.0048],
      ['Ed25519', null, 100000, 20, 0.0002],
    ],
  },
  {
    name: 'certificate_facts',
    title: 'Leaf certificates that are self-signed, malformed or expired',
    columns: [
      'property varchar',
      'certificates bigint',
      'matching bigint',
      'share double',
      'endpoints bigint',
      'endpoints_matching bigint',
      'endpoints_unknown bigint',
      'endpoints_share double',
    ],
    rows: () => [
      ['expired', 99500, 31000, 0.31155778894472363, 1500000, 400000, 120000, 0.26666666666666666],
      ['malformed', 100000, 500, 0.005, 1500000, 20000, 120000, 0.013333333333333334],
      ['self_signed', 99900, 54000, 0.5405405405405406, 1480000, 700000, 140000, 0.47297297297297297],
    ],
  },
  {
    name: 'refusals',
    title: 'How endpoints refuse what they do not accept',
    columns: [
      'port smallint',
      'version varchar',
      'refused_by varchar',
      'code integer',
      'answer varchar',
      'endpoints bigint',
      'refusing bigint',
      'unconfirmed bigint',
      'cipher_suites bigint',
      'cipher_suites_unconfirmed bigint',
      'share double',
    ],
    rows: (ports) =>
      ports.flatMap((port) => [
        [port, 'TLSv1.2', 'alert', 40, 'handshake_failure', 1000, 900, 90, 250_000, 9000, 0.9],
        [port, 'TLSv1.2', 'close', null, null, 1000, 100, 0, 9000, 0, 0.1],
      ]),
  },
  {
    name: 'hello_tolerance',
    title: 'Hellos that servers do not take',
    columns: [
      'port smallint',
      'feature varchar',
      'extension integer',
      'endpoints bigint',
      'matching bigint',
      'silent bigint',
      'least_value integer',
      'most_value integer',
      'shortest_hello integer',
      'longest_hello integer',
      'unknown bigint',
      'share double',
    ],
    rows: (ports) =>
      ports.flatMap((port) => [
        [port, 'none', null, 1000, 950, 0, null, null, 309, 1201, 17, 0.95],
        [port, 'hello_bytes', null, 1000, 40, 40, 256, 512, 201, 255, 17, 0.04],
        [port, 'extension', 35, 1000, 10, 0, null, null, 309, 309, 17, 0.01],
      ]),
  },
  {
    name: 'tls13_chains',
    title: 'Certificate chains of TLS 1.3 that are known, or why not',
    columns: ['port smallint', 'chain varchar', 'endpoints bigint', 'matching bigint', 'share double'],
    rows: (ports) => shares(ports, [['known'], ['handshake_failed']], (_, index) => [0.98, 0.02][index]!),
  },
];
