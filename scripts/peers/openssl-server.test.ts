/** `openssl s_server` in six configurations: what a scan says is what they say. */
import { beforeAll, expect, test } from 'vitest';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { expectedAnswers, type TlsConfiguration } from './expected-answers.ts';
import {
  type KeyMaterial,
  knownDhParameters,
  missingOpenssl,
  NEW_KEYS,
  selfSignedKey,
  signedKey,
} from './openssl.ts';
import { startOpensslServer } from './openssl-server.ts';
import { scannedAnswers, scanPeers, silentPeerChains, unanswered } from './scanned-answers.ts';

describeUnless(missingOpenssl(), 'openssl s_server', () => {
  const folder = temporaryFolder('openssl');
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
  async function expectScanned(configuration: TlsConfiguration): Promise<number> {
    const server = await startOpensslServer(configuration);
    try {
      const expected = expectedAnswers(configuration);
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

  test('as today: TLS 1.2 and 1.3, security level 2, RSA and ECDSA, two groups', async () => {
    const accepted = await expectScanned({
      versions: [TLS1_2, TLS1_3],
      ciphers: 'DEFAULT',
      security_level: 2,
      keys: [keys.rsa, keys.ecdsa],
      dh: 'auto',
      groups: ['X25519', 'P-256'],
    });
    expect(accepted).toBeGreaterThan(25);
  });

  test('everything: every suite that the library has, RSA and ECDSA, the Postfix prime of 1024 bits', async () => {
    const accepted = await expectScanned({
      versions: [TLS1_0, TLS1_1, TLS1_2, TLS1_3],
      ciphers: 'ALL:COMPLEMENTOFALL',
      security_level: 0,
      ciphersuites:
        'TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384',
      keys: [keys.rsa1024, keys.ecdsa],
      dh: knownDhParameters(folder, 'Postfix 1024-bit', 1024),
      groups: ['P-521', 'ffdhe2048'],
    });
    expect(accepted).toBeGreaterThan(120);
  });

  test('DSA alone, versions with a hole, the Postfix prime of 2048 bits', async () => {
    const accepted = await expectScanned({
      versions: [TLS1_0, TLS1_2],
      ciphers: 'ALL:eNULL:!aNULL',
      security_level: 0,
      keys: [keys.dsa],
      dh: knownDhParameters(folder, 'Postfix 2048-bit', 2048),
      groups: ['X448'],
    });
    expect(accepted).toBeGreaterThan(10);
  });

  test('TLS 1.1 alone, ECDSA alone, a curve that TLS 1.3 does not have, no finite fields', async () => {
    const accepted = await expectScanned({
      versions: [TLS1_1],
      ciphers: 'ALL',
      security_level: 0,
      keys: [keys.ecdsa],
      dh: null,
      groups: ['brainpoolP384r1'],
    });
    expect(accepted).toBeGreaterThan(3);
  });

  test('TLS 1.3 alone, without the groups that clients share first', async () => {
    const accepted = await expectScanned({
      versions: [TLS1_3],
      ciphers: 'DEFAULT',
      security_level: 1,
      ciphersuites: 'TLS_AES_128_GCM_SHA256',
      keys: [keys.ecdsa],
      dh: null,
      groups: ['P-384', 'ffdhe3072'],
    });
    expect(accepted).toBe(1);
  });

  test('no certificate: anonymous suites, primes by the size of the suite', async () => {
    const accepted = await expectScanned({
      versions: [TLS1_0, TLS1_1, TLS1_2, TLS1_3],
      ciphers: 'ALL:eNULL',
      security_level: 0,
      keys: [],
      dh: 'auto',
      groups: ['X25519', 'P-256', 'P-384'],
    });
    expect(accepted).toBeGreaterThan(20);
  });
});
