/**
 * The villagers with real stacks, held against their truth by clients that are none of ours: node:tls for every
 * endpoint and version, and openssl s_client (where there is one) for a sample.
 */
import { execFile, spawnSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { type SecureVersion, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificateEntry } from './certificates.ts';
import type { RealTlsSpec, VillageEndpoint } from './endpoint-spec.ts';
import { ENDPOINTS } from './endpoints/index.ts';
import { startVillage, type Village } from './index.ts';
import { secureContextOf } from './real-tls.ts';
import { villageSuite } from './suites.ts';
import { type AcceptedSuite, endpointTruth } from './truth.ts';

const VERSIONS: [number, SecureVersion, string][] = [
  [0x0301, 'TLSv1', '-tls1'],
  [0x0302, 'TLSv1.1', '-tls1_1'],
  [0x0303, 'TLSv1.2', '-tls1_2'],
  [0x0304, 'TLSv1.3', '-tls1_3'],
];
const STARTTLS = { smtp: 'STARTTLS\r\n', pop3: 'STLS\r\n', imap: 'a1 STARTTLS\r\n' };
const specs = ENDPOINTS.filter(({ server }) => server.kind === 'real');

let village: Village;
beforeAll(async () => {
  village = await startVillage(specs);
});
afterAll(() => village.stop());

describe.each(specs.map((spec, index) => [index, `${spec.port} ${spec.what}`] as const))('%i %s', (index) => {
  test.each(VERSIONS)('version %i (%s)', async (version, name) => {
    const endpoint = village.endpoints[index]!;
    const truth = endpointTruth(endpoint).versions.get(version)!;
    const accepted = 'accepted' in truth ? truth.accepted : [];
    if (accepted.length === 0) {
      const refused = await handshake(endpoint, name, 'ALL:COMPLEMENTOFALL');
      expect(refused).toBeNull();
    }
    // First and last of the list: what is between them is the scan's to find.
    for (const suite of new Set([accepted.at(0), accepted.at(-1)])) {
      if (suite) expectSuite((await handshake(endpoint, name, opensslName(suite)))!, suite);
    }
  });
});

function opensslName(suite: AcceptedSuite): string {
  return villageSuite(suite.code).openssl_name!;
}

interface Seen {
  cipher: string;
  key: { type?: string; name?: string; size?: number };
  sha1: string | null;
}

function expectSuite(seen: Seen, suite: AcceptedSuite): void {
  expect(seen.cipher).toBe(opensslName(suite));
  if (suite.dh) expect(seen.key).toMatchObject({ type: 'DH', size: suite.dh.bits });
  if (suite.named_group) expect(seen.key).toMatchObject({ type: 'ECDH', name: CURVES[suite.named_group] });
  expect(seen.sha1).toBe(suite.chain ? certificateEntry(suite.chain[0]!).sha1 : null);
}

/** What node:tls calls the groups. */
const CURVES: Readonly<Record<number, string>> = {
  14: 'sect571r1',
  23: 'prime256v1',
  24: 'secp384r1',
  25: 'secp521r1',
  27: 'brainpoolP384r1',
  29: 'X25519',
};

/** A whole handshake with one suite, by node:tls; null where the server refuses. */
async function handshake(
  one: VillageEndpoint,
  version: SecureVersion,
  ciphers: string,
): Promise<Seen | null> {
  const socket = await reachTls(one);
  return new Promise((resolve) => {
    const client: TLSSocket = tlsConnect({
      socket,
      minVersion: version,
      maxVersion: version,
      ciphers: `${ciphers}${ciphers.startsWith('TLS_') ? '' : ':@SECLEVEL=0'}`,
      ecdhCurve: 'X25519:P-256:P-384:P-521:brainpoolP384r1:sect571r1',
      rejectUnauthorized: false,
    });
    client.once('secureConnect', () => {
      const certificate = client.getPeerCertificate();
      const key = client.getEphemeralKeyInfo() as Seen['key'];
      const sha1 = certificate?.fingerprint?.replaceAll(':', '').toLowerCase() ?? null;
      resolve({ cipher: client.getCipher().name, key, sha1 });
      client.destroy();
    });
    client.once('error', () => {
      resolve(null);
      client.destroy();
    });
  });
}

function reachTls(one: VillageEndpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(one.connect_port, one.ip);
    socket.once('error', reject);
    if (one.tls_mode === 'implicit') socket.once('connect', () => resolve(socket));
    else
      socket.once('data', () => {
        socket.once('data', () => {
          socket.removeAllListeners('data').pause();
          resolve(socket);
        });
        socket.write(STARTTLS[one.protocol]);
      });
  });
}

describe('contexts', () => {
  const spec = specs.map(({ server }) => server).find((server) => server.kind === 'real') as RealTlsSpec;

  test('are refused for suites and versions that node:tls lacks', () => {
    expect(() => secureContextOf({ ...spec, suites: [0x0003] })).toThrow('for legacy peers only');
    expect(() => secureContextOf({ ...spec, versions: [0x0300] })).toThrow('does not speak version 768');
  });

  test('are made without a word, and warnings work as before', () => {
    const { emitWarning } = process;
    secureContextOf(spec);
    expect(process.emitWarning).toBe(emitWarning);
  });
});

describe('openssl s_client', () => {
  const missing = spawnSync('openssl', ['version']).status === 0 ? '' : 'openssl is not installed';
  const required = process.env['CENSUS_REQUIRE_PEERS'] === '1';
  const cases = [
    { port: 25, what: 'Postfix of 2013', version: 0x0301 },
    { port: 110, what: 'Dovecot of today', version: 0x0304 },
    { port: 143, what: 'Dovecot of 2013', version: 0x0302 },
    { port: 465, what: 'Suites without encryption', version: 0x0303 },
    { port: 993, what: 'ECDSA P-384', version: 0x0303 },
    { port: 995, what: 'Ed25519', version: 0x0303 },
  ];

  test.for(cases)('$port $what, version $version', async ({ port, what, version }, context) => {
    if (missing && required) expect.fail(missing);
    if (missing) context.skip(missing);
    const endpoint = village.endpoints.find((one) => one.port === port && one.what.startsWith(what))!;
    const truth = endpointTruth(endpoint).versions.get(version) as { accepted: AcceptedSuite[] };
    for (const suite of [truth.accepted.at(0)!, truth.accepted.at(-1)!]) {
      expect(await sClient(endpoint, version, opensslName(suite))).toMatch(
        new RegExp(`Cipher is ${opensslName(suite)}\\n`),
      );
    }
    const other = VERSIONS.find(([code]) => !(endpoint.server as RealTlsSpec).versions.includes(code));
    if (other) expect(await sClient(endpoint, other[0], 'ALL')).toContain('Cipher is (NONE)');
  });

  function sClient(one: VillageEndpoint, version: number, ciphers: string): Promise<string> {
    const flag = VERSIONS.find(([code]) => code === version)![2];
    const suites = version === 0x0304 && ciphers.startsWith('TLS_') ? ['-ciphersuites', ciphers] : [];
    const words = ['s_client', '-connect', `${one.ip}:${one.connect_port}`, flag, ...suites];
    const older = suites.length > 0 ? [] : ['-cipher', `${ciphers}:@SECLEVEL=0`];
    const starttls = one.tls_mode === 'starttls' ? ['-starttls', one.protocol] : [];
    return new Promise((resolve) => {
      const child = execFile('openssl', [...words, ...older, ...starttls], (_error, out) => resolve(out));
      child.stdin?.end('QUIT\n');
    });
  }
});
