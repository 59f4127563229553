/** Debian's Cyrus: what a scan says of its ports is what imapd.conf says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { missingCyrus, startCyrus } from './cyrus.ts';
import { cipherString, expectedAnswers, type TlsConfiguration } from './expected-answers.ts';
import { knownDhParameters, missingOpenssl, NEW_KEYS, selfSignedKey, signedKey } from './openssl.ts';
import { scannedAnswers, scanPeers, suitesToTry, tls13Chain, unanswered } from './scanned-answers.ts';

describeUnless(missingOpenssl() ?? missingCyrus(), 'Cyrus', () => {
  const files = temporaryFolder('cyrus-files');

  describe('as installed: no version below 1.2, no password in the clear', () => {
    const keys = [signedKey(files, 'rsa', NEW_KEYS.rsa), signedKey(files, 'ec', NEW_KEYS.ecdsa)];
    const tls: TlsConfiguration = {
      // tls_versions has all, the library's level two none below 1.2 (SSL_CTX_set_security_level(3)).
      versions: [TLS1_2, TLS1_3],
      ciphers: 'DEFAULT',
      security_level: DEBIAN_SECURITY_LEVEL,
      keys,
      // tls_server_dhparam is the only source of parameters.
      dh: null,
      groups: ['prime256v1'],
    };
    const cyrus = runningCyrus(tls, {});

    // OpenSSL 3 has no signature for TLS 1.0 and 1.1 above level zero, and answers with internal_error once it has chosen a suite
    // that needs one: that says nothing of suites. Where one such suite is asked for alone, the hello without extensions that
    // has no curve for it is refused in words.
    scannedAsConfigured(cyrus, tls, 20, {
      adaptive: [
        ...['770: 355 errors, 0 not tested', '769: 355 errors, 0 not tested'],
        ...['770 null', '769 null'].map((what) => `${what}: ${INTERNAL_ERROR}; 4 hellos, refused in 0 forms`),
      ],
      exhaustive: [
        ...['770: 1 errors, 0 not tested', '769: 1 errors, 0 not tested'],
        ...['770 49171', '769 49171'].map((what) => `${what}: ${FAILURE}; 5 hellos, refused in 1 forms`),
      ],
    });

    test('STARTTLS is offered, a password in the clear is not', async () => {
      const scan = await scanPeers(cyrus().slice(0, 3), 'adaptive', {
        suites: new Map([[TLS1_2, [0xc02f]]]),
      });
      const [imap, , pop3] = scan.records.map(({ dialogue }) => dialogue);
      const offered = { starttls_offered: true, starttls_accepted: true, plaintext_auth_offered: false };
      expect(imap).toMatchObject({ ...offered, auth_mechanisms: [] });
      expect(imap!.banner).toContain('mail.census.invalid Cyrus IMAP');
      expect(imap!.capabilities).toEqual(expect.arrayContaining(['STARTTLS', 'LOGINDISABLED']));
      expect(pop3).toMatchObject({ ...offered, auth_mechanisms: [] });
      expect(pop3!.banner).toContain('mail.census.invalid Cyrus POP3');
      expect(pop3!.capabilities).toContain('STLS');
    });
  });

  describe('as old: TLS 1.0 and 1.2, 1024 bits, passwords in the clear', () => {
    const keys = [selfSignedKey(files, 'old', NEW_KEYS.rsa1024)];
    const dh = knownDhParameters(files, 'Postfix 1024-bit', 1024);
    const tls: TlsConfiguration = {
      versions: [TLS1_0, TLS1_1, TLS1_2],
      ciphers: 'ALL',
      security_level: 0,
      keys,
      dh,
      groups: ['secp384r1'],
    };
    const cyrus = runningCyrus(tls, {
      tls_versions: 'tls1_0 tls1_1 tls1_2',
      tls_ciphers: cipherString(tls),
      tls_eccurve: 'secp384r1',
      tls_server_dhparam: dh.file,
      allowplaintext: 'yes',
    });

    // Cyrus starts a process for most connections: two ports will do.
    scannedAsConfigured(() => [cyrus()[0]!, cyrus()[3]!], tls, 60);

    test('a password in the clear is offered', async () => {
      const scan = await scanPeers(cyrus().slice(0, 3), 'adaptive', {
        suites: new Map([[TLS1_2, [0xc02f]]]),
      });
      for (const { dialogue, tls_mode } of scan.records) {
        if (tls_mode === 'implicit') continue;
        expect(dialogue).toMatchObject({ starttls_offered: true, plaintext_auth_offered: true });
      }
    });
  });

  /** A Cyrus with this configuration for the tests around it; its ports are 143, 993, 110, 995. */
  function runningCyrus(tls: TlsConfiguration, settings: Record<string, string>) {
    const folder = temporaryFolder('cyrus');
    let running: Awaited<ReturnType<typeof startCyrus>> | undefined;
    beforeAll(async () => {
      running = await startCyrus(folder, tls.keys, settings);
    });
    afterAll(() => running?.stop());
    return () => running!.ports;
  }
});

function scannedAsConfigured(
  ports: () => Parameters<typeof scanPeers>[0],
  tls: TlsConfiguration,
  atLeast: number,
  open: Record<'adaptive' | 'exhaustive', string[]> = { adaptive: [], exhaustive: [] },
): void {
  for (const strategy of ['adaptive', 'exhaustive'] as const) {
    test(`${strategy}: versions, suites, keys, groups and chains`, async () => {
      const expected = expectedAnswers(tls);
      const counts = Object.values(expected.suites).map((suites) => Object.keys(suites).length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(atLeast);
      const asked = strategy === 'adaptive' ? ports() : ports().slice(0, 1);
      const some = strategy === 'adaptive' ? {} : { suites: suitesToTry(expected) };
      const scan = await scanPeers(asked, strategy, some);
      expect(scan.records).toHaveLength(asked.length);
      for (const record of scan.records) {
        expect(unanswered(record), `${record.port}`).toEqual(open[strategy]);
        expect(scannedAnswers(scan, record), `${record.port}`).toEqual(expected);
        if (expected.tls13_groups.length === 0) continue;
        expect(tls.keys.map(({ sha256 }) => sha256)).toContainEqual(tls13Chain(record));
      }
    });
  }
}

const INTERNAL_ERROR = 'alert 80 (internal_error)';
const FAILURE = 'alert 40 (handshake_failure)';
/** Debian's openssl, README.Debian: "TLSv1.2+ and security level two". */
const DEBIAN_SECURITY_LEVEL = 2;
