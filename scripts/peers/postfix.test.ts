/** Debian's Postfix: what a scan says of its ports is what main.cf and master.cf say. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from '../../pipeline/tls/index.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type Answers, expectedAnswers, type GroupName, type TlsConfiguration } from './expected-answers.ts';
import { knownDhParameters, missingOpenssl, NEW_KEYS, selfSignedKey, signedKey } from './openssl.ts';
import {
  missingPostfix,
  postfixCertificates,
  postfixDefault,
  postfixLog,
  type SmtpdService,
  startPostfix,
} from './postfix.ts';
import type { RunningServer } from './running-server.ts';
import { scannedAnswers, scanPeers, tls13Chain, unanswered } from './scanned-answers.ts';

/** A port of the Postfix under test: what it is told, and what that means. */
interface Port {
  port: 25 | 465;
  service: SmtpdService;
  /** Null where there is no TLS. */
  tls: TlsConfiguration | null;
}

describeUnless(missingOpenssl() ?? missingPostfix(), 'Postfix', () => {
  const folder = temporaryFolder('postfix');
  const files = temporaryFolder('postfix-files');
  let ports: Port[];
  let postfix: RunningServer & { ports: number[] };

  beforeAll(async () => {
    ports = [...asInstalled(files), ...asOld(files), ...mandatory(files), NO_TLS];
    postfix = await startPostfix(
      folder,
      ports.map(({ service }) => service),
    );
  });
  afterAll(() => postfix?.stop());

  for (const strategy of ['adaptive', 'exhaustive'] as const) {
    test(`${strategy}: versions, suites, keys, groups and chains of every port`, async () => {
      const scan = await scanPeers(
        ports.map(({ port }, index) => ({ port, connect_port: postfix.ports[index]! })),
        strategy,
      );
      for (const [index, { tls }] of ports.entries()) {
        const record = scan.records[index]!;
        const what = `${strategy}, service ${index}\n${postfixLog(folder).slice(-2000)}`;
        if (tls === null) {
          expect(record.outcome, what).toBe('no_starttls');
          continue;
        }
        expect(unanswered(record), what).toEqual([]);
        const expected = expectedAnswers(tls);
        expect(scannedAnswers(scan, record), what).toEqual(expected);
        expect(countSuites(expected)).toBeGreaterThan(15);
        if (expected.tls13_groups.length > 0) {
          expect(tls.keys.map(({ sha256 }) => sha256)).toContainEqual(tls13Chain(record));
        }
      }
    });
  }

  test('the dialogue before TLS', async () => {
    const scan = await scanPeers(
      ports.map(({ port }, index) => ({ port, connect_port: postfix.ports[index]! })),
      'adaptive',
    );
    for (const [index, { port, tls }] of ports.entries()) {
      const { dialogue, tls_mode } = scan.records[index]!;
      expect(tls_mode).toBe(port === 465 ? 'implicit' : 'starttls');
      if (port === 465) continue;
      expect(dialogue).toEqual({
        banner: '220 mx.census.invalid ESMTP census peer',
        ehlo_first_line: 'mx.census.invalid',
        capabilities: tls ? withStarttls(EHLO) : EHLO,
        starttls_offered: tls !== null,
        starttls_reply: tls ? '220 2.0.0 Ready to start TLS' : null,
        starttls_accepted: tls ? true : null,
        auth_mechanisms: [],
        starttls_masked: false,
        plaintext_auth_offered: false,
        login_disabled: null,
      });
    }
  });
});

/** postconf(5) says of each default what it means; the library's own is delegated to (smtpd_tls_dh1024_param_file). */
function asInstalled(files: string): Port[] {
  const keys = [signedKey(files, 'mx-rsa', NEW_KEYS.rsa), signedKey(files, 'mx-ec', NEW_KEYS.ecdsa)];
  const tls: TlsConfiguration = {
    // smtpd_tls_protocols and smtpd_tls_mandatory_protocols: >=TLSv1.
    versions: [TLS1_0, TLS1_1, TLS1_2, TLS1_3],
    // smtpd_tls_ciphers and smtpd_tls_mandatory_ciphers: medium.
    ciphers: postfixDefault('tls_medium_cipherlist'),
    security_level: POSTFIX_SECURITY_LEVEL,
    keys,
    dh: 'auto',
    groups: postfixDefault('tls_eecdh_auto_curves').split(' ') as GroupName[],
  };
  const certificates = postfixCertificates(keys);
  return [
    { port: 25, service: { smtpd_tls_security_level: 'may', ...certificates }, tls },
    { port: 465, service: { smtpd_tls_wrappermode: 'yes', ...certificates }, tls },
  ];
}

/** As many run it that were set up long ago: everything up to TLS 1.2, 1024 bits, one curve. */
function asOld(files: string): Port[] {
  const keys = [selfSignedKey(files, 'old', NEW_KEYS.rsa1024)];
  const dh = knownDhParameters(files, 'Postfix 1024-bit', 1024);
  const tls: TlsConfiguration = {
    versions: [TLS1_0, TLS1_1, TLS1_2],
    ciphers: 'ALL:COMPLEMENTOFALL',
    security_level: 0,
    keys,
    dh,
    groups: ['secp384r1'],
  };
  const service = {
    smtpd_tls_security_level: 'may',
    smtpd_tls_protocols: '>=TLSv1, <=TLSv1.2',
    smtpd_tls_ciphers: 'low',
    tls_low_cipherlist: 'ALL:COMPLEMENTOFALL:@SECLEVEL=0',
    smtpd_tls_dh1024_param_file: dh.file,
    tls_eecdh_auto_curves: 'secp384r1',
    ...postfixCertificates(keys),
  };
  return [{ port: 25, service, tls }];
}

/** Wrapper mode is mandatory TLS: the mandatory settings hold there, the opportunistic ones at the other port. */
function mandatory(files: string): Port[] {
  const keys = [signedKey(files, 'two', NEW_KEYS.rsa)];
  const dh = knownDhParameters(files, 'Postfix 2048-bit', 2048);
  const common = {
    keys,
    dh,
    groups: ['X448', 'prime256v1'] as const,
    security_level: POSTFIX_SECURITY_LEVEL,
  };
  const service = {
    smtpd_tls_protocols: 'TLSv1, TLSv1.1',
    smtpd_tls_ciphers: 'medium',
    smtpd_tls_exclude_ciphers: 'CAMELLIA',
    smtpd_tls_mandatory_protocols: '>=TLSv1.2',
    smtpd_tls_mandatory_ciphers: 'high',
    smtpd_tls_mandatory_exclude_ciphers: 'aNULL',
    tls_eecdh_auto_curves: 'X448 prime256v1',
    smtpd_tls_dh1024_param_file: dh.file,
    ...postfixCertificates(keys),
  };
  const opportunistic = `${postfixDefault('tls_medium_cipherlist')}:!CAMELLIA`;
  const required = `${postfixDefault('tls_high_cipherlist')}:!CAMELLIA:!aNULL`;
  return [
    {
      port: 25,
      service: { smtpd_tls_security_level: 'may', ...service },
      tls: { ...common, versions: [TLS1_0, TLS1_1], ciphers: opportunistic },
    },
    {
      port: 465,
      service: { smtpd_tls_wrappermode: 'yes', ...service },
      tls: { ...common, versions: [TLS1_2, TLS1_3], ciphers: required },
    },
  ];
}

function countSuites({ suites }: Answers): number {
  return Object.values(suites).reduce((sum, ofVersion) => sum + Object.keys(ofVersion).length, 0);
}

/** smtpd announces it after SIZE. */
function withStarttls(lines: readonly string[]): string[] {
  return [...lines.slice(0, 2), 'STARTTLS', ...lines.slice(2)];
}

const NO_TLS: Port = { port: 25, service: { smtpd_tls_security_level: 'none' }, tls: null };

/** What main.cf leaves of smtpd's keywords (postconf(5), smtpd_discard_ehlo_keywords). */
const EHLO = ['PIPELINING', 'SIZE 12345678', 'ENHANCEDSTATUSCODES', '8BITMIME', 'SMTPUTF8'];

/** Postfix sets level 0, whatever the library's default (its changelog, 20160118; tls/tls_server.c). */
const POSTFIX_SECURITY_LEVEL = 0;
