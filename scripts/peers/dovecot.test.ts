/** Debian's Dovecot: what a scan says of its ports is what dovecot.conf says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { dovecotDefault, missingDovecot, startDovecot } from './dovecot.ts';
import { cipherString, expectedAnswers, type TlsConfiguration } from './expected-answers.ts';
import {
  type DhParameters,
  type KeyMaterial,
  knownDhParameters,
  missingOpenssl,
  NEW_KEYS,
  selfSignedKey,
  signedKey,
} from './openssl.ts';
import { scannedAnswers, scanPeers, tls13Chain, unanswered } from './scanned-answers.ts';

describeUnless(missingOpenssl() ?? missingDovecot(), 'Dovecot', () => {
  const files = temporaryFolder('dovecot-files');

  describe('as installed: no version below 1.2, no password in the clear', () => {
    const rsa = signedKey(files, 'rsa', NEW_KEYS.rsa);
    const ecdsa = signedKey(files, 'ec', NEW_KEYS.ecdsa);
    const dh = knownDhParameters(files, '2048-bit MODP from RFC 3526', 2048);
    const tls: TlsConfiguration = {
      // ssl_min_protocol: TLSv1.2.
      versions: [TLS1_2, TLS1_3],
      ciphers: dovecotDefault('ssl_cipher_list'),
      security_level: DEBIAN_SECURITY_LEVEL,
      keys: [rsa, ecdsa],
      dh,
      groups: ['X25519', 'P-384'],
    };
    const settings = {
      ...sslFiles(rsa, dh),
      ssl_alt_cert: `<${ecdsa.chain}`,
      ssl_alt_key: `<${ecdsa.key}`,
      ssl_curve_list: 'X25519:P-384',
    };
    const dovecot = runningDovecot(settings);

    scannedAsConfigured(() => dovecot().ports, tls, 10);

    test('a stranger is offered STARTTLS and no password in the clear', async () => {
      const [imap, pop3] = await dialogues(dovecot().ports, STRANGER);
      const offered = { starttls_offered: true, starttls_accepted: true, plaintext_auth_offered: false };
      expect(imap).toMatchObject({ ...offered, banner: expect.stringContaining('census peer ready') });
      expect(imap!.capabilities).toEqual(expect.arrayContaining(['STARTTLS', 'LOGINDISABLED']));
      expect(imap!.auth_mechanisms).toEqual([]);
      expect(pop3).toMatchObject({ ...offered, banner: '+OK census peer ready' });
      expect(pop3!.capabilities).toContain('STLS');
      expect(pop3!.capabilities).not.toContain('USER');
      expect(pop3!.auth_mechanisms).toEqual([]);
    });

    // 10-auth.conf, disable_plaintext_auth: "if the remote IP matches the local IP […] the connection is considered
    // secure and plaintext authentication is allowed".
    test('whoever comes from its own address may say a password in the clear', async () => {
      const both = await dialogues(dovecot().ports);
      for (const dialogue of both) {
        expect(dialogue).toMatchObject({ starttls_offered: true, plaintext_auth_offered: true });
        expect([...dialogue.auth_mechanisms!].sort()).toEqual(['LOGIN', 'PLAIN']);
      }
    });
  });

  describe('as old: every suite, 1024 bits, passwords in the clear', () => {
    const rsa = selfSignedKey(files, 'old', NEW_KEYS.rsa1024);
    const dh = knownDhParameters(files, 'Oakley 2 from RFC 2409, 1024-bit', 1024);
    const tls: TlsConfiguration = {
      versions: [TLS1_0, TLS1_1, TLS1_2, TLS1_3],
      ciphers: 'ALL:COMPLEMENTOFALL',
      security_level: 0,
      ciphersuites: 'TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_SHA256',
      keys: [rsa],
      dh,
      groups: ['P-521'],
    };
    const settings = {
      ...sslFiles(rsa, dh),
      ssl_min_protocol: 'TLSv1',
      ssl_cipher_list: cipherString(tls),
      ssl_cipher_suites: tls.ciphersuites!,
      ssl_curve_list: 'P-521',
      disable_plaintext_auth: 'no',
    };
    const dovecot = runningDovecot(settings);

    scannedAsConfigured(() => dovecot().ports, tls, 80);

    test('a stranger may say a password in the clear', async () => {
      const [imap, pop3] = await dialogues(dovecot().ports, STRANGER);
      for (const dialogue of [imap!, pop3!]) {
        expect(dialogue).toMatchObject({ starttls_offered: true, plaintext_auth_offered: true });
        expect([...dialogue.auth_mechanisms!].sort()).toEqual(['LOGIN', 'PLAIN']);
      }
      expect(imap!.capabilities).not.toContain('LOGINDISABLED');
      expect(pop3!.capabilities).toContain('USER');
    });
  });

  describe('without TLS', () => {
    const dovecot = runningDovecot({ ssl: 'no' });

    test('nobody is offered any', async () => {
      const scan = await scanPeers(dovecot().ports, 'adaptive');
      expect(scan.records.map(({ port }) => port)).toEqual([143, 110]);
      for (const record of scan.records) {
        expect(record).toMatchObject({ outcome: 'no_starttls', dialogue: { starttls_offered: false } });
      }
    });
  });
});

/** A Dovecot with these settings for the tests around it. */
function runningDovecot(settings: Record<string, string>) {
  const folder = temporaryFolder('dovecot');
  let running: Awaited<ReturnType<typeof startDovecot>> | undefined;
  beforeAll(async () => {
    running = await startDovecot(folder, settings);
  });
  afterAll(() => running?.stop());
  return () => running!;
}

function scannedAsConfigured(
  ports: () => Parameters<typeof scanPeers>[0],
  tls: TlsConfiguration,
  atLeast: number,
): void {
  for (const strategy of ['adaptive', 'exhaustive'] as const) {
    test(`${strategy}: versions, suites, keys, groups and chains of all four ports`, async () => {
      const expected = expectedAnswers(tls);
      const counts = Object.values(expected.suites).map((suites) => Object.keys(suites).length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(atLeast);
      const scan = await scanPeers(ports(), strategy);
      expect(scan.records).toHaveLength(4);
      for (const record of scan.records) {
        expect(unanswered(record), `${record.port}`).toEqual([]);
        expect(scannedAnswers(scan, record), `${record.port}`).toEqual(expected);
        expect(tls.keys.map(({ sha256 }) => sha256)).toContainEqual(tls13Chain(record));
      }
    });
  }
}

/** What was said at the two ports with STARTTLS: IMAP, then POP3. */
async function dialogues(
  ports: Parameters<typeof scanPeers>[0],
  from?: string,
): Promise<EndpointRecord['dialogue'][]> {
  const scan = await scanPeers(cleartext(ports), 'adaptive', from === undefined ? {} : { from });
  return scan.records.map(({ dialogue }) => dialogue);
}

function cleartext(ports: Parameters<typeof scanPeers>[0]) {
  return ports.filter(({ port }) => port === 143 || port === 110);
}

function sslFiles(key: KeyMaterial, dh: DhParameters): Record<string, string> {
  return { ssl_cert: `<${key.chain}`, ssl_key: `<${key.key}`, ssl_dh: `<${dh.file}` };
}

/** Not the address that Dovecot listens on; all of 127.0.0.0/8 is loopback on Linux. */
const STRANGER = '127.0.0.2';

/** Debian's openssl, README.Debian: "TLSv1.2+ and security level two". */
const DEBIAN_SECURITY_LEVEL = 2;
