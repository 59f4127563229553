/** Greetings as real servers send them, and what they are taken for. */
import { describe, expect, test } from 'vitest';
import { softwarePatterns } from './datasets.ts';
import { mailSoftware } from './mail-software.ts';

const SMTP: [string, string, string | null][] = [
  ['220 mx.example.org ESMTP Postfix (Debian/GNU)', 'Postfix', null],
  ['220 mx.example.org ESMTP Postfix (2.11.0)', 'Postfix', '2.11.0'],
  ['220-mx.example.org ESMTP\n220 ESMTP Postfix', 'Postfix', null],
  ['220 mx.example.org ESMTP Exim 4.94.2 Thu, 23 Apr 2015 10:00:00 +0200', 'Exim', '4.94.2'],
  [
    '220-host.example.com ESMTP Exim 4.85 #2 Thu, 23 Apr 2015 \n220-We do not authorize the use',
    'Exim',
    '4.85',
  ],
  ['220 mx.example.org ESMTP Sendmail 8.14.4/8.14.4/Debian-4; Thu, 23 Apr', 'Sendmail', '8.14.4'],
  ['220 aix.example.org ESMTP Sendmail AIX5.3/8.11.6p2; Thu', 'Sendmail', '8.11.6p2'],
  ['220 mx.example.org ESMTP Sendmail Ready; Thu', 'Sendmail', null],
  ['220 mx.example.org ESMTP Switch-3.3.4/Switch-3.3.4; Thu', 'Sendmail Switch', '3.3.4'],
  ['220 MAIL.example.org Microsoft ESMTP MAIL Service ready at Thu, 23 Apr 2015 10:00:00', 'Exchange', null],
  [
    '220 mail.example.org Microsoft ESMTP MAIL Service, Version: 6.0.3790.4675 ready at  Thu',
    'IIS SMTP service',
    '6.0.3790.4675',
  ],
  [
    '220 x.example.org ESMTP Server (Microsoft Exchange Internet Mail Service 5.5.2653.13) ready',
    'Exchange',
    '5.5.2653.13',
  ],
  [
    '220 DB5EUR03FT012.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at Thu',
    'Exchange Online',
    null,
  ],
  [
    '220 BAY004-MC1F1.hotmail.com Sending unsolicited commercial or bulk e-mail to Microsoft',
    'Outlook.com',
    null,
  ],
  ['220 mx.example.org ESMTP OpenSMTPD', 'OpenSMTPD', null],
  ['220 mx.example.org ESMTP Haraka/2.8.27 ready (7D2C1A)', 'Haraka', '2.8.27'],
  ['220 mx.example.org ESMTP Haraka 2.8.16 ready', 'Haraka', '2.8.16'],
  ['220 mx.example.org ESMTP qpsmtpd 0.96 ready; send us your mail, but not your spam.', 'qpsmtpd', '0.96'],
  ['220 mx.example.org netqmail 1.06 ESMTP', 'netqmail', '1.06'],
  ['220 mx.example.org ESMTP qmail', 'qmail', null],
  ['220 mx.example.org ESMTP IceWarp 12.3.1.3; Thu, 23 Apr', 'IceWarp', '12.3.1.3'],
  ['220 mx.example.org ESMTP Merak 8.3.5; Thu, 23 Apr', 'Merak', '8.3.5'],
  ['220 mx.example.org ESMTP MDaemon 13.0.5; Thu, 23 Apr', 'MDaemon', '13.0.5'],
  ['220 mx.example.org Kerio Connect 8.4.2 ESMTP ready', 'Kerio Connect', '8.4.2'],
  ['220 mx.example.org Kerio MailServer 6.7.3 ESMTP ready', 'Kerio MailServer', '6.7.3'],
  [
    '220 mx.example.org ESMTP MailEnable Service, Version: 7.53-- ready at 04/23/15 10:00:00',
    'MailEnable',
    '7.53',
  ],
  ['220 mx.example.org ESMTP CommuniGate Pro 6.1.2', 'CommuniGate Pro', '6.1.2'],
  ['220 mx.example.org ESMTP Service (Lotus Domino Release 8.5.3FP6) ready at Thu', 'Domino', '8.5.3FP6'],
  ['220 mx.example.org ESMTP Service (IBM Domino Release 9.0.1FP8) ready at Thu', 'Domino', '9.0.1FP8'],
  ['220 mx.example.org ESMTP Service (HCL Domino Release 11.0.1) ready at Thu', 'Domino', '11.0.1'],
  [
    '220 mx.example.org GroupWise Internet Agent 14.2.2 Copyright 1993-2016 Novell, Inc.',
    'GroupWise',
    '14.2.2',
  ],
  ['220 mx.google.com ESMTP x12si1234567wjr.49 - gsmtp', 'Gmail', null],
  ['220 mta1234.mail.bf1.yahoo.com ESMTP ready', 'Yahoo Mail', null],
  ['220 mx0a-00123456.pphosted.com ESMTP mfa-m0012345', 'Proofpoint', null],
  ['220 server-12.tower-31.messagelabs.com ESMTP', 'Symantec Email Security.cloud', null],
  ['220 spam.example.org ESMTP (0123456789abcdef0123456789abcdef)', 'Barracuda Email Security Gateway', null],
  ['220 esa1.hc1234-56.iphmx.com ESMTP', 'IronPort', null],
  ['220 fml.example.org ESMTP Smtpd; Thu, 23 Apr 2015 10:00:00 +0200', 'FortiMail', null],
  ['220 eu-smtp-1.mimecast.com ESMTP [Xk3jQ]', 'Mimecast', null],
  ['220 p01c11m001.mxlogic.net ESMTP mxl_mta-8.4.0-0 [abc]; Thu', 'MX Logic', '8.4.0-0'],
  [
    '220 mx.example.org Trend Micro InterScan Messaging Security Suite, Version: 7.0 ready at Thu',
    'InterScan Messaging Security',
    '7.0',
  ],
  ['220 mx.example.org ESMTP SonicWALL (8.0.6.2050)', 'SonicWall Email Security', '8.0.6.2050'],
  ['220 mx.example.org MAILsweeper ESMTP Receiver Version 4.3.19.0 Ready', 'MAILsweeper', '4.3.19.0'],
  ['220 **************************2***0*0*********0*00', 'Cisco PIX or ASA', null],
  [
    '220 mx.example.org -- Server ESMTP (Sun Java System Messaging Server 6.2-3.04 (built Jul 15 2005))',
    'Sun Java System Messaging Server',
    '6.2-3.04',
  ],
  [
    '220 mx.example.org -- Server ESMTP (Oracle Communications Messaging Server 7.0.5.30.0 64bit',
    'Oracle Communications Messaging Server',
    '7.0.5.30.0',
  ],
  [
    '220 mx.example.org ESMTP server (InterMail vM.8.01.05.00 201-2260-151-20120309) ready Thu',
    'InterMail',
    'vM.8.01.05.00',
  ],
  ['220 mx.example.org (IMail 8.15 126346-1) NT-ESMTP Server X1', 'IMail', '8.15'],
  ['220 mx.example.org MailSite ESMTP Receiver Version 8.0.6.2 Ready', 'MailSite', '8.0.6.2'],
  [
    '220 mx.example.org <1429776000.1@mx.example.org> [XMail 1.27 ESMTP Server] service ready; Thu',
    'XMail',
    '1.27',
  ],
  ['220 mx.example.org SMTP Server (JAMES SMTP Server 2.3.2) ready Thu', 'James', '2.3.2'],
  ['220 mx.example.org ESMTP PowerMTA(TM) v4.0r6', 'PowerMTA', '4.0r6'],
  ['220 mx.example.org ESMTP ecelerity 3.6.1.51420 r(Platform:3.6.1.0) Thu', 'Momentum', '3.6.1.51420'],
  ['220 SurgeSMTP (Version 5.3l3-33) http://surgemail.com', 'SurgeMail', '5.3l3'],
  ['220 mx.example.org ESMTP AXIGEN ESMTP ready', 'Axigen', null],
  ['220 gmx.net (mxgmx012) Nemesis ESMTP Service ready', 'Nemesis', null],
  ['220 163.com Anti-spam GT for Coremail System (163com[20141201])', 'Coremail', null],
  ['220 mx.example.org ESMTP Postfix + stunnel', 'stunnel', null],
  ['220 email-smtp.amazonaws.com ESMTP SimpleEmailService-d-ABCDEF xyz', 'Amazon SES', null],
];

const POP3: [string, string, string | null][] = [
  ['+OK Dovecot ready.', 'Dovecot', null],
  ['+OK Dovecot (Ubuntu) ready.', 'Dovecot', null],
  ['+OK Hello there.', 'Courier', null],
  [
    '+OK mx.example.org Cyrus POP3 v2.4.17-Debian-2.4.17+nocaldav-0 server ready <1.2@mx>',
    'Cyrus',
    '2.4.17-Debian-2.4.17+nocaldav-0',
  ],
  ['+OK POP3 mx.example.org 2007e.104 server ready', 'UW ipop3d', '2007e.104'],
  ['+OK QPOP (version 2.53) at mx.example.org starting.  <1.2@mx>', 'Qpopper', '2.53'],
  ['+OK Qpopper (version 4.0.9) at mx.example.org starting.', 'Qpopper', '4.0.9'],
  ['+OK Teapop [v0.3.8] - Teaspoon stirs around again <1@mx>', 'Teapop', '0.3.8'],
  ['+OK Gpop ready for requests from 192.0.2.1 x12pf123', 'Gmail', null],
  ['+OK The Microsoft Exchange POP3 service is ready.', 'Exchange', null],
  [
    '+OK Microsoft Exchange Server 2003 POP3 server version 6.5.7638.1 (mx.example.org) ready.',
    'Exchange',
    '6.5.7638.1',
  ],
  ['+OK Microsoft Windows POP3 Service Version 1.0 <1@mx.example.org> ready.', 'Windows POP3 service', '1.0'],
  ['+OK Lotus Notes POP3 server version Release 8.5.3 ready <1@MX>', 'Domino', '8.5.3'],
  ['+OK POP3', 'hMailServer', null],
  ['+OK Welcome to MailEnable POP3 Server', 'MailEnable', null],
  ['+OK mx.example.org POP MDaemon 13.0.5 ready <1@mx>', 'MDaemon', '13.0.5'],
  ['+OK CommuniGate Pro POP3 Server 6.1.3 ready <1@mx>', 'CommuniGate Pro', '6.1.3'],
  ['+OK POP3 Ready mx.example.org 000128a4', 'Perdition', null],
  ['+OK POP3 ready', 'nginx', null],
  ['+OK XMail POP3 Server v1.0 Service Ready(XMail v1.0)', 'QQ Mail', null],
  ['+OK mx.example.org Zimbra 8.0.4_GA_5737 POP3 server ready', 'Zimbra', '8.0.4_GA_5737'],
];

const IMAP: [string, string, string | null][] = [
  ['* OK [CAPABILITY IMAP4rev1 LITERAL+ STARTTLS AUTH=PLAIN] Dovecot ready.', 'Dovecot', null],
  [
    '* OK [CAPABILITY IMAP4rev1 STARTTLS] Courier-IMAP ready. Copyright 1998-2011 Double Precision, Inc.',
    'Courier',
    null,
  ],
  [
    '* OK [CAPABILITY IMAP4rev1 STARTTLS] mx Cyrus IMAP 3.0.8-Debian-3.0.8-6 server ready',
    'Cyrus',
    '3.0.8-Debian-3.0.8-6',
  ],
  ['* OK mx.example.org Cyrus IMAP4 v2.2.12 server ready', 'Cyrus', '2.2.12'],
  [
    '* OK [CAPABILITY IMAP4REV1 STARTTLS] mx.example.org IMAP4rev1 2007e.404 at Thu, 23 Apr',
    'UW imapd',
    '2007e.404',
  ],
  ['* OK Gimap ready for requests from 192.0.2.1 x12mb123', 'Gmail', null],
  ['* OK The Microsoft Exchange IMAP4 service is ready.', 'Exchange', null],
  [
    '* OK Microsoft Exchange Server 2003 IMAP4rev1 server version 6.5.7638.1 (mx) ready.',
    'Exchange',
    '6.5.7638.1',
  ],
  ['* OK mx.example.org Zimbra IMAP4rev1 server ready', 'Zimbra', null],
  ['* OK CommuniGate Pro IMAP Server 6.1.3 at mx.example.org ready', 'CommuniGate Pro', '6.1.3'],
  ['* OK Domino IMAP4 Server Release 8.5.3 ready Thu', 'Domino', '8.5.3'],
  ['* OK GroupWise IMAP4rev1 Server Ready', 'GroupWise', null],
  ['* OK IMAPrev1', 'hMailServer', null],
  ['* OK IMAP4rev1 server ready at 04/23/15 10:00:00', 'MailEnable', null],
  ['* OK IMAP4 ready', 'nginx', null],
  ['* OK IMAP4 Ready mx.example.org 0001ab2c', 'Perdition', null],
  ['* OK mx.example.org IMAP MDaemon 13.0.5 ready', 'MDaemon', '13.0.5'],
  ['* OK [CAPABILITY IMAP4] dbmail imap (protocol version 4r1) server 3.1.17 ready', 'DBMail', '3.1.17'],
  ['* OK Welcome to Binc IMAP v1.3.4 Copyright (C) 2002-2005 Andreas Aardal Hanssen', 'Binc IMAP', '1.3.4'],
  ['* OK [CAPABILITY IMAP4rev1 STARTTLS] Stalwart IMAP4rev2 at your service.', 'Stalwart', null],
];

describe.each([
  ['smtp', SMTP],
  ['pop3', POP3],
  ['imap', IMAP],
] as const)('%s', (protocol, greetings) => {
  test.each(greetings)('%s', (banner, software, version) => {
    expect(mailSoftware(banner, protocol)).toEqual({ software, version });
  });

  test.each(['', '220 mx.example.org ESMTP', '+OK', '* OK', '+OK ready', '\u0000\uffff'])(
    'says nothing of %j',
    (banner) => {
      expect(mailSoftware(banner, protocol)).toBeNull();
    },
  );
});

describe('the patterns', () => {
  test('are each there once', () => {
    const rows = softwarePatterns();
    const keys = rows.map(({ pattern, protocol }) => `${protocol} ${pattern}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(rows.map(({ software }) => software)).size).toBeGreaterThan(100);
    for (const { protocol, software, pattern } of rows) {
      expect(['smtp', 'pop3', 'imap', 'any']).toContain(protocol);
      expect(software).not.toBe('');
      expect(() => new RegExp(pattern, 'i'), pattern).not.toThrow();
    }
  });

  test('bound every repetition', () => {
    for (const { pattern } of softwarePatterns()) {
      const bare = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
      expect(bare, pattern).not.toMatch(/[*+]/);
      // But for the masked greeting, whose one class stands between two anchors.
      if (pattern !== '^220 [*02 ]{10,}$') expect(bare, pattern).not.toMatch(/\{\d*,\}/);
    }
  });

  test('look at the beginning of a greeting only', () => {
    const early = `220 ${'x '.repeat(100)}Postfix`;
    const late = `220 ${'x '.repeat(600)}Postfix`;
    expect(mailSoftware(early, 'smtp')?.software).toBe('Postfix');
    expect(mailSoftware(late, 'smtp')).toBeNull();
  });

  test('take no longer for greetings made to wear them out', () => {
    const started = performance.now();
    for (const part of HOSTILE) {
      const banner = `220 ${part.repeat(1024)}`.slice(0, 1024);
      for (const protocol of ['smtp', 'pop3', 'imap'] as const) mailSoftware(banner, protocol);
    }
    // Some milliseconds; a pattern that backtracks without bound takes minutes.
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

const HOSTILE = [
  ...['1', '1.', 'a', ' ', '* ', '0*', '\n', '(', 'Sendmail ', 'Sendmail a.', 'Exim ', 'Cyrus IMAP '],
  ...['IMAP4rev1 20', 'InterScan VirusWall ', 'dbmail imap ', 'ArGoSoft Mail Server ', '[CAPABILITY '],
  ...['FirstClass ', 'Gordano (v', 'SurgeMail (Version ', '.yahoo.com ESMTP ', 'x.hotmail.com '],
];
