/** Debian's Exim, which links GnuTLS: what a scan says of its ports is what exim.conf says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TLS1_2 } from '../../pipeline/tls/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type EximPort, eximLog, missingExim, startExim } from './exim.ts';
import { gnutlsAnswers, missingGnutls } from './gnutls.ts';
import { missingOpenssl, NEW_KEYS, selfSignedKey, signedKey } from './openssl.ts';
import type { RunningServer } from './running-server.ts';
import { scannedAnswers, scanPeers, suitesToTry, tls13Chain, unanswered } from './scanned-answers.ts';

describeUnless(missingOpenssl() ?? missingGnutls() ?? missingExim(), 'Exim', () => {
  const folder = temporaryFolder('exim');
  const files = temporaryFolder('exim-files');
  let services: (EximPort & { port: 25 | 465 })[];
  let exim: RunningServer & { ports: number[] };

  const ports = () => services.map(({ port }, index) => ({ port, connect_port: exim.ports[index]! }));

  beforeAll(async () => {
    services = configured(files);
    exim = await startExim(folder, services);
  });
  afterAll(() => exim?.stop());

  test('adaptive: versions, suites, keys, groups and chains of every port', async () => {
    const scan = await scanPeers(ports(), 'adaptive');
    for (const [index, { tls }] of services.entries()) {
      const record = scan.records[index]!;
      const what = `service ${index}\n${eximLog(folder).slice(-1000)}`;
      if (tls === null) {
        expect(record.outcome, what).toBe('no_starttls');
        continue;
      }
      const expected = gnutlsAnswers(tls);
      expect(unanswered(record), what).toEqual([]);
      expect(scannedAnswers(scan, record), what).toEqual(expected);
      if (expected.tls13_groups.length > 0) {
        expect(tls.keys.map(({ sha256 }) => sha256)).toContainEqual(tls13Chain(record));
      }
    }
  });

  test('exhaustive: the same', async () => {
    for (const [index, { tls }] of services.entries()) {
      if (tls === null) continue;
      const expected = gnutlsAnswers(tls);
      const scan = await scanPeers([ports()[index]!], 'exhaustive', { suites: suitesToTry(expected) });
      const record = scan.records[0]!;
      expect(unanswered(record), `service ${index}`).toEqual([]);
      expect(scannedAnswers(scan, record), `service ${index}`).toEqual(expected);
    }
  });

  test('the dialogue before TLS', async () => {
    const scan = await scanPeers(ports(), 'adaptive', { suites: new Map([[TLS1_2, [0xc02f]]]) });
    for (const [index, { implicit, tls }] of services.entries()) {
      const { dialogue, tls_mode } = scan.records[index]!;
      expect(tls_mode).toBe(implicit ? 'implicit' : 'starttls');
      if (implicit) continue;
      expect(dialogue).toMatchObject({
        banner: '220 mx.census.invalid ESMTP census peer',
        starttls_offered: tls !== null,
        starttls_reply: tls ? '220 TLS go ahead' : null,
        starttls_accepted: tls ? true : null,
        auth_mechanisms: [],
        plaintext_auth_offered: false,
      });
      expect(dialogue.capabilities).toContain('SIZE 12345678');
    }
  });
});

/** A port as packaged, one for implicit TLS that has put away the old, one with what GnuTLS still has of it. */
function configured(files: string): (EximPort & { port: 25 | 465 })[] {
  const rsa = signedKey(files, 'rsa', NEW_KEYS.rsa);
  const ecdsa = signedKey(files, 'ec', NEW_KEYS.ecdsa);
  const old = selfSignedKey(files, 'old', NEW_KEYS.rsa1024);
  return [
    {
      port: 25,
      implicit: false,
      tls: { priority: 'NORMAL', keys: [rsa, ecdsa], dh: 'built-in', anonymous: false },
    },
    {
      port: 465,
      implicit: true,
      tls: {
        priority: 'SECURE192:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP384R1:-DHE-RSA:-RSA',
        keys: [rsa, ecdsa],
        dh: 'built-in',
        anonymous: false,
      },
    },
    {
      port: 25,
      implicit: false,
      tls: {
        priority:
          'NORMAL:-VERS-TLS1.3:+3DES-CBC:+ARCFOUR-128:+CAMELLIA-128-CBC:+DHE-DSS:-ECDHE-RSA:-ECDHE-ECDSA',
        keys: [old],
        dh: 'built-in',
        anonymous: false,
      },
    },
    { port: 25, implicit: false, tls: null },
  ];
}
