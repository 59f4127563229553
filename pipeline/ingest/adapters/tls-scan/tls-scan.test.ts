/** tls-scan's objects, on one line and on several, of old and newer versions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../base/hex.ts';
import { packageRoot } from '../../../base/package-root.ts';
import { sortedItems } from '../sorted-items.fixture.ts';
import { tlsScan } from './tls-scan.ts';

const LEAF = readFileSync(join(packageRoot, 'pipeline/x509/samples/rsa2048-san.der'));

/** The fields of its README and of its tests' output. */
const SERVER = {
  ...{ host: 'mail.example', ip: '192.0.2.8', port: 25, elapsedTime: 287, tlsVersion: 'TLSv1.2' },
  cipher: 'ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 Kx=ECDH     Au=RSA  Enc=AESGCM(128) Mac=AEAD',
  ...{ tempPublicKeyAlg: 'ECDH prime256v1', tempPublicKeySize: 256, secureRenego: true },
  ...{ compression: 'NONE', expansion: 'NONE', sessionLifetimeHint: 300 },
  ...{ x509ChainDepth: 1, verifyCertResult: false, verifyCertError: 'self signed certificate' },
  ...{ verifyHostResult: true, ocspStapled: false },
  certificateChain: [{ version: 3, subject: 'CN=mail.example', sha1Fingerprint: 'AD:B9' }] as object[],
};

const text = (server: object, pretty: boolean) => `${JSON.stringify(server, null, pretty ? 2 : 0)}\n`;
const one = (changes: object, port: number | null = null) =>
  sortedItems(tlsScan, text({ ...SERVER, ...changes }, false), port).endpoints[0]!;

test.each([true, false])('a server, pretty %s', (pretty) => {
  const { endpoints, unreadable, scan } = sortedItems(tlsScan, text(SERVER, pretty));
  expect(unreadable).toEqual([]);
  expect(scan).toMatchObject({ tool: 'tls-scan', tool_version: null, started_at: null });
  expect(endpoints[0]).toMatchObject({
    ...{ target: 'mail.example', ip: '192.0.2.8', port: 25, protocol: 'smtp', tls_mode: 'starttls' },
    ...{ outcome: 'tls', chains: [], dialogue: { starttls_accepted: true, starttls_offered: null } },
    versions: [{ version: 771, accepted: null }],
    handshakes: [
      { version: 771, cipher_suite: 0xc02f, named_group: 23, key_bits: 256, compression_method: 0 },
    ],
    facts: { secure_renegotiation: true, ocsp_stapling: false, session_ticket: true, compression: null },
  });
});

describe('versions and suites', () => {
  test.each([
    [
      'of a handshake of TLS 1.3',
      { tlsVersion: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384 TLSv1.3' },
      772,
      0x1302,
    ],
    ['without tlsVersion, where a suite has one version', { tlsVersion: undefined }, 771, 0xc02f],
    ['of a draft', { cipher: 'ECDHE-ECDSA-CHACHA20-POLY1305-OLD TLSv1.2' }, 771, 0xcc14],
    ['of SSLv3', { tlsVersion: 'SSLv3', cipher: 'RC4-MD5 SSLv3' }, 768, 4],
  ])('%s', (_what, changes, version, cipher_suite) => {
    expect(one(changes).handshakes).toMatchObject([{ version, cipher_suite }]);
  });

  test('without tlsVersion a suite of many versions tells of none', () => {
    const endpoint = one({ tlsVersion: undefined, cipher: 'AES128-SHA SSLv3 Kx=RSA' });
    expect(endpoint).toMatchObject({ outcome: 'tls', versions: [], handshakes: [] });
  });

  test('enumerated: suites of one version, versions without suites, versions that were refused or failed', () => {
    const endpoint = one({
      tlsVersions: ['SSLv3', 'TLSv1_2', 'TLSv1_3', 'UNKNOWN', 4],
      cipherSuite: {
        supported: [
          'AES-256-GCM',
          'ECDHE-RSA-AES128-GCM-SHA256',
          'AES128-SHA',
          'AES256-SHA256',
          'no-such',
          null,
        ],
        notSupported: ['ADH-AES128-SHA'],
      },
    });
    expect(endpoint.handshakes.map(({ version, cipher_suite }) => [version, cipher_suite])).toEqual([
      [771, 0xc02f],
      [772, 0x1302],
      [771, 0x3d],
      [768, null],
    ]);
    expect(endpoint.versions.map(({ version, accepted }) => [version, accepted])).toEqual([
      [772, null],
      [771, null],
      [770, null],
      [769, null],
      [768, null],
    ]);
  });
});

test('facts are those that OpenSSL asked for', () => {
  expect(
    one({ tlsVersion: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', secureRenego: false }).facts,
  ).toMatchObject({ secure_renegotiation: null, session_ticket: null });
  expect(one({ secureRenego: false }).facts.secure_renegotiation).toBe(false);
  expect(one({ compression: 'zlib compression' })).toMatchObject({
    ...{ facts: { compression: true }, handshakes: [{ compression_method: 1 }] },
  });
  expect(one({ tempPublicKeyAlg: 'DH', tempPublicKeySize: 1024 }).handshakes[0]).toMatchObject({
    ...{ named_group: null, key_bits: 1024, dh_group_id: null },
  });
});

test('certificates as PEM, where a fork writes them', () => {
  const pem = `-----BEGIN CERTIFICATE-----\n${LEAF.toString('base64')}\n-----END CERTIFICATE-----\n`;
  const content = text({ ...SERVER, certificateChain: [{ version: 3, pem }] }, false);
  const { endpoints, certificates } = sortedItems(tlsScan, content);
  expect(certificates.map(sha256Hex)).toEqual([sha256Hex(LEAF)]);
  expect(endpoints[0]!.chains[0]!.certificates).toEqual([sha256Hex(LEAF)]);
  expect(endpoints[0]!.handshakes[0]!.chain_id).toBe(endpoints[0]!.chains[0]!.chain_id);
});

test('control characters in strings, as before 1.4.6, are no loss', () => {
  const content = text(SERVER, false).replace('CN=mail.example', 'CN=mail.\u0001\texample');
  expect(sortedItems(tlsScan, content)).toMatchObject({ endpoints: [{ outcome: 'tls' }], unreadable: [] });
});

test('what stands between: words on standard output, an object broken off, a summary', () => {
  const broken = text(SERVER, true).split('\n').slice(0, 5).join('\n');
  const content = `NEW SESSION\n${broken}\n${text(SERVER, true)}${text(SERVER, false)}<|---|>\n`;
  const { endpoints, unreadable } = sortedItems(tlsScan, content);
  expect(endpoints).toHaveLength(2);
  expect(unreadable.map(({ line, reason }) => [line, reason])).toEqual([
    [1, 'no JSON'],
    [2, 'the next one begins before it is whole'],
    [expect.any(Number), 'no JSON'],
  ]);
  expect(Buffer.from(unreadable[1]!.bytes).toString()).toBe(broken);
});
