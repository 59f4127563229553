/** What is left of greetings: the words of protocols and software, whatever stands around them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bannerWords, plainVersion } from './banner-words.ts';

test.each([
  ['220 mx1.example.org ESMTP Postfix (Debian/GNU)', 'smtp', '220 * ESMTP Postfix (Debian/GNU)'],
  ['220 MAILSERVER ESMTP Exim 4.84 Mon, 01 Jun 2015 12:00:00 +0000', 'smtp', '220 * ESMTP Exim 4.84 *'],
  ['220 mail ESMTP', 'smtp', '220 * ESMTP'],
  ['220 ESMTP', 'smtp', '220 ESMTP'],
  [
    '220 a.example ESMTP Sendmail 8.13.8/8.13.8; Mon, 1 Jun 2015 12:00:00 GMT',
    'smtp',
    '220 * ESMTP Sendmail 8.13.8/8.13.8; *',
  ],
  ['220 [192.0.2.1] ESMTP Exim 192.0.2.1', 'smtp', '220 * ESMTP Exim *'],
  ['220-mx.example ESMTP', 'smtp', '* ESMTP'],
  ['+OK Dovecot ready.', 'pop3', '+OK Dovecot ready.'],
  ['+OK Hello there. <4711.1433160000@pop.example>', 'pop3', '+OK Hello there. *'],
  ['+OK POP3 pop.example v2003.83 server ready', 'pop3', '+OK POP3 * server ready'],
  [
    '* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] Courier-IMAP ready.',
    'imap',
    '* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] Courier-IMAP ready.',
  ],
  ['* OK imap.example Cyrus IMAP v2.4.17-Debian server ready', 'imap', '* OK * Cyrus IMAP * server ready'],
  ['221 acme-corp.example ESMTP for the Acme Corporation', 'smtp', '221 * ESMTP for the * Corporation'],
  ['', 'smtp', ''],
] as const)('%s', (banner, protocol, words) => {
  expect(bannerWords(banner, protocol)).toBe(words);
});

test('no name with a dot and no address is left, whatever stands around it', () => {
  const name = fc.domain();
  const around = fc.constantFrom(
    ...[
      '(',
      ')',
      '<',
      '>',
      '[',
      ']',
      '@',
      '"',
      ';',
      ',',
      '=',
      ':',
      ' ',
      '/',
      'ESMTP',
      'Postfix',
      '220 ',
      '+OK ',
      '* OK ',
    ],
  );
  fc.assert(
    fc.property(
      fc.oneof(name, fc.ipV4(), fc.ipV6()),
      fc.array(around),
      fc.array(around),
      (secret, before, after) => {
        for (const protocol of ['smtp', 'pop3', 'imap'] as const) {
          const words = bannerWords(`${before.join('')}${secret}${after.join('')}`, protocol).split(
            /[\s()<>[\]@";,=/]+/,
          );
          expect(words).not.toContain(secret === '::' ? 'never' : secret);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['4.84', '4.84'],
  ['8.14.4+Sun', '8.14.4+Sun'],
  ['v2.0.1-rc1', 'v2.0.1-rc1'],
  ['6.0.3790.4675', '6.0.3790.4675'],
  ['192.0.2.1', null],
  ['1.mx.example.org', null],
  ['10-mailserver7', null],
  ['192-0-2-17', null],
  ['192.0.2-17', null],
  ['192.0.2.17-mx1', null],
  ['192.0.2.17-rc1', null],
  ['10.20.30.40a', null],
  ['300.10.20.30.40', null],
  ['0300.0.2.021', null],
  ['2026.11.26.10.30-acme', null],
  ['4.84-acme', null],
  ['4.84_2', '4.84_2'],
  ['4.95-RC0', '4.95-RC0'],
  ['8.5.3FP6', '8.5.3FP6'],
  ['5.6.4-B2283', '5.6.4-B2283'],
  ['7.2.0_GA_2669', '7.2.0_GA_2669'],
  ['8.14.4-Debian', '8.14.4-Debian'],
  ['1.4.4.post2', '1.4.4.post2'],
  [null, null],
])('version %s', (version, plain) => {
  expect(plainVersion(version)).toBe(plain);
});

test('no address survives in a version, however it is spelled and whatever stands around it', () => {
  const ipv4 = fc
    .tuple(
      fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
      fc.array(fc.constantFrom('.', '-', '.', '_'), { minLength: 4, maxLength: 4 }),
      fc.constantFrom(
        String,
        (byte: number) => String(byte).padStart(3, '0'),
        (byte: number) => `0${byte.toString(8)}`,
        (byte: number) => `0x${byte.toString(16)}`,
      ),
    )
    .map(([bytes, between, spell]) =>
      bytes.map((byte, place) => spell(byte) + (place < 3 ? between[place] : '')).join(''),
    );
  const ipv6 = fc
    .tuple(fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), fc.constantFrom(':', '-', '.'))
    .map(([groups, between]) => groups.map((group) => group.toString(16)).join(between));
  const compressed = fc.ipV6().filter((text) => /\d/.test(text) && !text.endsWith('::'));
  const before = fc.constantFrom('', '', 'v', '1.', '4.84-', '300.', '4.84_', '2026.11.');
  const after = fc.constantFrom('', '', 'a', '-mx1', '.5', '-rc1', '+Sun', '-Debian', 'p3', '-acme', '_2');
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6, compressed), before, after, (address, first, last) => {
      const version = `${first}${address}${last}`;
      expect(plainVersion(version), version).toBeNull();
      expect(bannerWords(`220 mx ESMTP Exim ${version}`, 'smtp'), version).not.toContain(address);
    }),
    { numRuns: 2000 },
  );
});
