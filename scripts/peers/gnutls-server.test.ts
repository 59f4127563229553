/** `gnutls-serv` with five priority strings: what a scan says is what they say. */
import { beforeAll, expect, test } from 'vitest';
import { TLS1_3 } from '../../pipeline/tls/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type GnutlsConfiguration, gnutlsAnswers, missingGnutls } from './gnutls.ts';
import { startGnutlsServer } from './gnutls-server.ts';
import {
  type KeyMaterial,
  knownDhParameters,
  missingOpenssl,
  NEW_KEYS,
  selfSignedKey,
  signedKey,
} from './openssl.ts';
import { scannedAnswers, scanPeers, silentPeerChains, unanswered } from './scanned-answers.ts';

describeUnless(missingOpenssl() ?? missingGnutls(), 'gnutls-serv', () => {
  const folder = temporaryFolder('gnutls');
  let keys: Record<'rsa' | 'rsa1024' | 'ecdsa' | 'dsa', KeyMaterial>;

  beforeAll(() => {
    keys = {
      rsa: signedKey(folder, 'rsa', NEW_KEYS.rsa),
      rsa1024: selfSignedKey(folder, 'rsa1024', NEW_KEYS.rsa1024),
      ecdsa: signedKey(folder, 'ecdsa', NEW_KEYS.ecdsa),
      dsa: selfSignedKey(folder, 'dsa', NEW_KEYS.dsa),
    };
  });

  /** Scans a server with this configuration by both strategies and returns how many suites it accepts. */
  async function expectScanned(configuration: GnutlsConfiguration, ask = false): Promise<number> {
    const server = await startGnutlsServer(configuration, ask);
    try {
      const expected = gnutlsAnswers(configuration);
      for (const strategy of ['adaptive', 'exhaustive'] as const) {
        const scan = await scanPeers([{ port: 993, connect_port: server.port }], strategy, { silent: true });
        const record = scan.records[0]!;
        expect(unanswered(record), strategy).toEqual([]);
        expect(scannedAnswers(scan, record), strategy).toEqual(expected);
      }
      const [suite] = Object.keys(expected.suites[TLS1_3]!);
      if (suite !== undefined) {
        // DSA has no place in TLS 1.3.
        const chains = configuration.keys.filter(({ kind }) => kind !== 'dsa').map(({ sha256 }) => sha256);
        const shown = await silentPeerChains(server.port, Number(suite));
        expect(shown).toHaveLength(chains.length);
        expect(shown).toEqual(expect.arrayContaining(chains));
      }
      return Object.values(expected.suites).reduce((sum, suites) => sum + Object.keys(suites).length, 0);
    } finally {
      await server.stop();
    }
  }

  test('NORMAL: RSA and ECDSA, a certificate is asked for', async () => {
    const { rsa, ecdsa } = keys;
    const configuration = {
      priority: 'NORMAL',
      keys: [rsa, ecdsa],
      dh: 'built-in',
      anonymous: true,
    } as const;
    expect(await expectScanned(configuration, true)).toBeGreaterThan(40);
  });

  test('everything up to TLS 1.2: RC4, 3DES, NULL, Camellia, anonymous suites, a prime of 1024 bits', async () => {
    const accepted = await expectScanned({
      priority: `NONE:${OLD_VERSIONS}:${ALL_CIPHERS}:${ALL_EXCHANGES}:+GROUP-SECP384R1:+GROUP-SECP192R1:${REST}`,
      keys: [keys.rsa1024, keys.ecdsa],
      dh: knownDhParameters(folder, 'Postfix 1024-bit', 1024),
      anonymous: true,
    });
    expect(accepted).toBeGreaterThan(100);
  });

  test('DSA alone', async () => {
    const accepted = await expectScanned({
      priority: `NONE:${OLD_VERSIONS}:${ALL_CIPHERS}:${ALL_EXCHANGES}:-ANON-DH:-ANON-ECDH:+GROUP-X25519:${REST}`,
      keys: [keys.dsa],
      dh: knownDhParameters(folder, 'Postfix 1024-bit', 1024),
      anonymous: true,
    });
    expect(accepted).toBeGreaterThan(10);
  });

  test('TLS 1.0 with 3DES alone', async () => {
    const accepted = await expectScanned({
      priority: 'NONE:+VERS-TLS1.0:+3DES-CBC:+SHA1:+RSA:+DHE-RSA:+SIGN-ALL:+COMP-NULL',
      keys: [keys.rsa],
      dh: knownDhParameters(folder, '2048-bit MODP from RFC 3526', 2048),
      anonymous: true,
    });
    expect(accepted).toBe(2);
  });

  test('TLS 1.3 alone, two groups', async () => {
    const accepted = await expectScanned({
      priority: 'NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP521R1:+GROUP-FFDHE4096',
      keys: [keys.ecdsa],
      dh: 'built-in',
      anonymous: true,
    });
    expect(accepted).toBe(4);
  });
});

const OLD_VERSIONS = '+VERS-TLS1.0:+VERS-TLS1.1:+VERS-TLS1.2';
const ALL_CIPHERS =
  '+CIPHER-ALL:+ARCFOUR-128:+3DES-CBC:+NULL:+CAMELLIA-128-CBC:+CAMELLIA-256-CBC:+CAMELLIA-128-GCM:' +
  '+CAMELLIA-256-GCM:+AES-128-CCM-8:+AES-256-CCM-8:+MAC-ALL:+MD5:+SHA256:+SHA384';
const ALL_EXCHANGES = '+KX-ALL:+DHE-DSS:+ANON-DH:+ANON-ECDH';
const REST = '+SIGN-ALL:+SIGN-DSA-SHA1:+SIGN-DSA-SHA256:+COMP-NULL:%VERIFY_ALLOW_SIGN_WITH_SHA1';
