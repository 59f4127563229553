/** tlsx's lines, by mode and option, and what it says of failures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../base/hex.ts';
import { packageRoot } from '../../../base/package-root.ts';
import { sortedItems } from '../sorted-items.fixture.ts';
import { tlsx } from './tlsx.ts';

const der = (name: string) => readFileSync(join(packageRoot, `pipeline/x509/samples/${name}.der`));
const pem = (bytes: Uint8Array) => {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
};
const [LEAF, ISSUER] = [der('rsa2048-san'), der('rsa1024-sha1-ca')];

/** As docs and README of tlsx show it. */
const LINE = {
  ...{ timestamp: '2022-06-30T15:29:52.788129+05:30', host: 'mail.example', ip: '192.0.2.7', port: '993' },
  ...{ probe_status: true, tls_version: 'tls13', cipher: 'TLS_AES_256_GCM_SHA384' },
  ...{ not_before: '2022-03-14T00:00:00Z', not_after: '2023-03-14T23:59:59Z' },
  ...{ subject_dn: 'CN=mail.example', subject_cn: 'mail.example', subject_an: ['mail.example'] },
  fingerprint_hash: { md5: '', sha1: '', sha256: sha256Hex(LEAF) },
  ...{ tls_connection: 'ctls', sni: 'mail.example' },
};

const read = (changes: object, port: number | null = null) =>
  sortedItems(tlsx, `${JSON.stringify({ ...LINE, ...changes })}\n`, port);
const one = (changes: object, port: number | null = null) => read(changes, port).endpoints[0]!;

test('a line: implicit TLS, one accepted suite, counts of nothing', () => {
  const { endpoints, unreadable, scan } = read({});
  expect(unreadable).toEqual([]);
  expect(scan).toMatchObject({ tool: 'tlsx', tool_version: null, started_at: '2022-06-30T09:59:52.788Z' });
  expect(endpoints[0]).toMatchObject({
    ...{ target: 'mail.example', host: 'mail.example', ip: '192.0.2.7', port: 993, protocol: 'imap' },
    ...{ tls_mode: 'implicit', outcome: 'tls', error_kind: null, chains: [] },
    versions: [{ version: 772, offered: null, accepted: null, rejected: null, handshakes: null }],
    handshakes: [{ version: 772, cipher_suite: 0x1302, chain_id: null, extensions: null }],
  });
});

describe('suites and versions', () => {
  test.each([
    ['tls12', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305', 771, 0xcca8],
    ['tls12', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 771, 0xcca8],
    ['tls12', 'ECDHE-RSA-AES128-GCM-SHA256', 771, 0xc02f],
    ['tls10', 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', 769, 0x0a],
    ['ssl30', 'TLS_RSA_WITH_RC4_128_MD5', 768, 4],
    ['tls11', '0xabcd', 770, 0xabcd],
    ['TLSv1.2', 'AES256-SHA', 771, 0x35],
    ['tls12', 'unknown', 771, null],
    ['tls12', undefined, 771, null],
  ])('%s %s', (tls_version, cipher, version, cipher_suite) => {
    expect(one({ tls_version, cipher }).handshakes).toMatchObject([{ version, cipher_suite }]);
  });

  test('enumerated: each once, versions without a told suite too, the rest unknown', () => {
    const endpoint = one({
      ...{ tls_version: 'tls12', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
      version_enum: ['tls10', 'tls12', 'tls13', 'tls99', 7],
      cipher_enum: [
        { version: 'tls12', ciphers: { secure: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'], weak: [null] } },
        {
          version: 'tls10',
          ciphers: { weak: ['TLS_RSA_WITH_AES_128_CBC_SHA', 'TLS_RSA_WITH_AES_128_CBC_SHA'] },
        },
        { version: 'tls99', ciphers: { weak: ['TLS_RSA_WITH_AES_128_CBC_SHA'] } },
      ],
    });
    expect(endpoint.handshakes.map(({ version, cipher_suite }) => [version, cipher_suite])).toEqual([
      [771, 0xc02f],
      [769, 0x2f],
      [772, null],
    ]);
    expect(endpoint.versions.map(({ version, accepted }) => [version, accepted])).toEqual([
      [771, null],
      [769, null],
      [772, null],
    ]);
  });

  test.each([
    ['X25519', 29, 255],
    ['CurveP256', 23, 256],
    ['X25519MLKEM768', 4588, 255],
    ['CurveP999', null, null],
  ])('key exchange %s', (key_exchange, named_group, key_bits) => {
    expect(one({ key_exchange }).handshakes[0]!.named_group).toBe(named_group);
    if (named_group !== null) expect(one({ key_exchange }).handshakes[0]!.key_bits).toBe(key_bits);
  });

  test('a ServerHello of its ztls mode is read as zgrab2’s', () => {
    const servers_hello = {
      ...{ version: { name: 'TLSv1.2', value: 771 }, random: Buffer.alloc(32, 1).toString('base64') },
      ...{
        session_id: '',
        cipher_suite: { value: 0xc02f },
        compression_method: 0,
        secure_renegotiation: true,
      },
    };
    const endpoint = one({ ...{ tls_version: 'tls12', cipher: 'x', servers_hello } });
    expect(endpoint.handshakes[0]).toMatchObject({ gmt_unix_time: 0x01010101, session_id: '' });
    expect(endpoint.facts.secure_renegotiation).toBe(true);
    expect(one({ servers_hello }).handshakes[0]).toMatchObject({ version: 772, gmt_unix_time: null });
  });
});

describe('certificates', () => {
  test('whole chain with -cert and -tls-chain', () => {
    const { endpoints, certificates } = read({
      certificate: pem(LEAF),
      chain: [{ certificate: pem(ISSUER) }],
    });
    expect(endpoints[0]!.chains[0]!.certificates).toEqual([sha256Hex(LEAF), sha256Hex(ISSUER)]);
    expect(endpoints[0]!.handshakes[0]).toMatchObject({
      ...{ chain_id: endpoints[0]!.chains[0]!.chain_id, error_detail: null },
    });
    expect(certificates.map(sha256Hex)).toEqual([sha256Hex(LEAF), sha256Hex(ISSUER)]);
  });

  test('its openssl mode has the leaf twice', () => {
    const chain = [{ certificate: pem(LEAF) }, { certificate: pem(ISSUER) }];
    expect(one({ certificate: pem(LEAF), chain }).chains[0]!.certificates).toHaveLength(2);
  });

  test('of a leaf alone it says so', () => {
    expect(one({ certificate: pem(LEAF) }).handshakes[0]!.error_detail).toMatch(/only the leaf/);
  });

  test('no PEM: an endpoint without a chain, and the line in the quarantine', () => {
    const { endpoints, unreadable } = read({ certificate: 'MIIB' });
    expect(endpoints[0]).toMatchObject({ outcome: 'tls', chains: [] });
    expect(unreadable).toMatchObject([{ line: 1, reason: 'a certificate that is no PEM' }]);
  });
});

test.each([
  ['could not connect: dial tcp 192.0.2.7:993: connect: connection refused', 'error', 'connection_refused'],
  ['[:RUNTIME] i/o timeout <- dial tcp 192.0.2.7:993', 'error', 'read_timeout'],
  ['could not do handshake <- remote error: tls: handshake failure', 'tls_rejected', null],
  ['could not do handshake <- EOF', 'error', 'closed'],
  ['tls: first record does not look like a TLS handshake', 'error', 'protocol_error'],
  ['lookup mail.example: no such host', 'error', 'name_not_resolved'],
  [undefined, 'error', 'protocol_error'],
])('a failure: %s', (error, outcome, error_kind) => {
  const endpoint = one({ probe_status: false, error, tls_version: undefined, cipher: undefined });
  expect(endpoint).toMatchObject({ outcome, error_kind, versions: [], handshakes: [] });
});

test.each([
  ['no mail port', { port: '443' }, 'port 443 is no mail port: --port says which one it stands for'],
  ['no port', { port: 'imaps' }, 'no port'],
  ['no host', { host: '', ip: '' }, 'neither a host nor an ip'],
  ['no version', { tls_version: 'tls99' }, 'neither a failure nor a tls_version that is known'],
  ['a log entry', { ctl_source: 'xenon' }, 'an entry of a certificate log, of no server'],
])('%s: to the quarantine', (_what, changes, reason) => {
  const { endpoints, unreadable } = read(changes);
  expect(endpoints).toEqual([]);
  expect(unreadable.map((one) => one.reason)).toEqual([reason]);
});

test('a port that stands for another', () => {
  expect(one({ port: 10993 }, 993)).toMatchObject({ port: 993, connect_port: 10_993 });
});
