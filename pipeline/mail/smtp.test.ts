import { describe, expect, test } from 'vitest';
import { SmtpDialogue } from './smtp.ts';
import { lines, play } from './testing/play.ts';

const first = () => new SmtpDialogue({ helo: 'census.test', known: false });

test('a server with STARTTLS: facts, commands, start', () => {
  const dialogue = first();
  const server = [
    '220-mx.test',
    '220 ESMTP',
    '250-mx.test',
    '250-Auth plain GSSAPI',
    '250-AUTH=LOGIN',
    '250 StartTLS',
  ];
  const played = play(dialogue, lines(...server, '220 go ahead'));
  expect(played.sent).toEqual(['EHLO census.test', 'STARTTLS']);
  expect(played.end).toEqual({ kind: 'start_tls', leftover: '' });
  expect(dialogue.facts).toEqual({
    banner: '220-mx.test\n220 ESMTP',
    ehlo_first_line: 'mx.test',
    capabilities: ['Auth plain GSSAPI', 'AUTH=LOGIN', 'StartTLS'],
    starttls_offered: true,
    starttls_masked: false,
    starttls_reply: '220 go ahead',
    starttls_accepted: true,
    auth_mechanisms: ['PLAIN', 'GSSAPI', 'LOGIN'],
    plaintext_auth_offered: true,
    login_disabled: null,
  });
});

describe('the first line of the reply to EHLO', () => {
  test.each(['STARTTLS', 'starttls', 'StartTLS  \t'])('%j alone is an offer', (line) => {
    const dialogue = first();
    const played = play(dialogue, lines('220 a', `250-${line}`, '250-mx.test', '250 SIZE 1', '220 go'));
    expect(played.sent).toEqual(['EHLO census.test', 'STARTTLS']);
    expect(played.end).toMatchObject({ kind: 'start_tls' });
    expect(dialogue.facts).toMatchObject({
      ehlo_first_line: line,
      capabilities: ['mx.test', 'SIZE 1'],
      starttls_offered: true,
      starttls_masked: false,
    });
  });

  test.each(['STARTTLS.example.org', 'mx STARTTLS', ' STARTTLS', 'STARTTLS ok', 'XXXXXXXA', ''])(
    '%j is a name',
    (line) => {
      const dialogue = first();
      const played = play(dialogue, lines('220 a', `250-${line}`, '250 SIZE 1'));
      expect(played.end).toMatchObject({ kind: 'finished', reason: 'no_starttls' });
      expect(dialogue.facts).toMatchObject({ ehlo_first_line: line, starttls_offered: false });
    },
  );

  test('is kept up to 1,024 characters, of one line and of no refusal', () => {
    const [long, one, refused] = [first(), first(), first()];
    play(long, lines('220 a', `250-${'x'.repeat(3000)}`, '250 SIZE 1'));
    expect(long.facts.ehlo_first_line).toBe('x'.repeat(1024));
    play(one, lines('220 a', '250'));
    expect(one.facts.ehlo_first_line).toBe('');
    play(refused, lines('220 a', '502 no', '250 a'));
    expect(refused.facts.ehlo_first_line).toBeNull();
  });
});

test('every line of a greeting is kept', () => {
  const dialogue = first();
  play(dialogue, lines('220-mx.test ESMTP', '220-', '220-No spam', '220 please', '250 mx.test'));
  expect(dialogue.facts.banner).toBe('220-mx.test ESMTP\n220-\n220-No spam\n220 please');
});

test('bytes behind the reply to STARTTLS belong to TLS', () => {
  const dialogue = first();
  const played = play(dialogue, [
    ...lines('220 a', '250-a', '250 STARTTLS'),
    Buffer.from('220 go\r\nRSET\r\n'),
  ]);
  expect(played.end).toEqual({ kind: 'start_tls', leftover: 'RSET\r\n' });
});

test.each([
  ['421 busy', 'temporary_failure'],
  ['450 later', 'temporary_failure'],
  ['554 go away', 'service_refused'],
  ['hello there', 'protocol_error'],
  ['354 what', 'protocol_error'],
])('greeting %s ends as %s', (greeting, reason) => {
  const dialogue = first();
  expect(play(dialogue, lines(greeting)).end).toMatchObject({ kind: 'finished', reason });
  expect(dialogue.facts.starttls_offered).toBeNull();
});

test.each([
  ['XXXXXXXA', '502 5.5.2 Error: command not recognized', 'no_starttls'],
  ['XXXXXXXX', '500 what', 'no_starttls'],
  ['********', '500 what', 'no_starttls'],
  ['STARTTLX', '500 what', 'no_starttls'],
  ['XXXXXXXB', '454 TLS not available due to temporary reason', 'starttls_refused'],
  ['XXXXXXXC', '421 4.7.0 Error: too many connections', 'temporary_failure'],
])('STARTTLS masked as %s is asked for; %s ends as %s', (mask, reply, reason) => {
  const dialogue = first();
  const played = play(dialogue, lines('220 a', '250-a', `250-${mask}`, '250 SIZE 1000', reply));
  expect(played.end).toMatchObject({ kind: 'finished', reason, farewell: true });
  if (reason === 'no_starttls')
    expect(played.end).toMatchObject({ detail: `STARTTLS masked as ${mask}: ${reply}` });
  expect(played.sent).toEqual(['EHLO census.test', 'STARTTLS', 'QUIT']);
  const facts = { starttls_offered: false, starttls_masked: true, starttls_accepted: false };
  expect(dialogue.facts).toMatchObject({ ...facts, capabilities: [mask, 'SIZE 1000'] });
});

test('behind a mask that only hides the keyword TLS starts', () => {
  const dialogue = first();
  const played = play(dialogue, lines('220 a', '250-a', '250 XXXXXXXA', '220 go'));
  expect(played.end).toMatchObject({ kind: 'start_tls' });
  expect(dialogue.facts).toMatchObject({ starttls_offered: false, starttls_masked: true });
});

test.each([
  '8BITMIME',
  'CHUNKING',
  'SMTPUTF8',
  'XXXXXXXXXXXXXXXXXXB',
  'XXXX',
  'X-STARTTLS',
  'XEXCH50A',
  'STARTXYZ',
])('%s is no mask of STARTTLS', (keyword) => {
  const dialogue = first();
  const played = play(dialogue, lines('220 a', '250-a', `250 ${keyword}`));
  expect(played).toMatchObject({ end: { reason: 'no_starttls' }, sent: ['EHLO census.test', 'QUIT'] });
  expect(dialogue.facts.starttls_masked).toBe(false);
});

test('where STARTTLS stands, another masked keyword is another matter', () => {
  const dialogue = first();
  play(dialogue, lines('220 a', '250-a', '250-XXXXXXXA', '250 STARTTLS'));
  expect(dialogue.facts).toMatchObject({ starttls_offered: true, starttls_masked: false });
});

test.each([
  [['AUTH PLAIN LOGIN'], ['PLAIN', 'LOGIN']],
  [['AUTH=LOGIN PLAIN'], ['LOGIN', 'PLAIN']],
  [
    ['AUTH=PLAIN LOGIN', 'AUTH PLAIN LOGIN CRAM-MD5'],
    ['PLAIN', 'LOGIN', 'CRAM-MD5'],
  ],
  [['auth\tGssapi  NTLM'], ['GSSAPI', 'NTLM']],
  [['AUTH LOGIN,PLAIN'], ['LOGIN', 'PLAIN']],
  [['AUTH'], []],
  [['AUTH='], []],
  [['AUTHX PLAIN', 'XAUTH LOGIN'], []],
])('%j names the mechanisms %j', (capabilities, mechanisms) => {
  const dialogue = first();
  const told = capabilities.map((line, index) => `250${index < capabilities.length - 1 ? '-' : ' '}${line}`);
  play(dialogue, lines('220 a', '250-a', ...told));
  expect(dialogue.facts.auth_mechanisms).toEqual(mechanisms);
});

test('HELO follows a refused EHLO; there is no STARTTLS then', () => {
  const dialogue = first();
  const played = play(dialogue, lines('220 a', '502 no', '250 a'));
  expect(played.sent).toEqual(['EHLO census.test', 'HELO census.test', 'QUIT']);
  expect(played.end).toMatchObject({ reason: 'no_starttls' });
  expect(dialogue.facts).toMatchObject({ capabilities: null, starttls_offered: false });
});

test.each([
  ['454 TLS not available', 'starttls_refused'],
  ['454 TLS not available due to temporary reason', 'starttls_refused'],
  ['454 4.7.0 TLS not available due to local problem', 'starttls_refused'],
  ['454 TLS currently unavailable', 'starttls_refused'],
  ['501 syntax', 'starttls_refused'],
  ['421 closing', 'temporary_failure'],
  ['421 4.7.0 mx.test Error: too many new TLS sessions from 192.0.2.1', 'temporary_failure'],
  ['451 4.7.0 try again', 'temporary_failure'],
  ['454 4.7.0 Too many TLS sessions', 'temporary_failure'],
  ['550 Too many concurrent connections', 'temporary_failure'],
])('STARTTLS answered %s ends as %s', (reply, reason) => {
  const dialogue = first();
  const played = play(dialogue, lines('220 a', '250-a', '250 STARTTLS', reply));
  expect(played.end).toMatchObject({ kind: 'finished', reason, farewell: true });
  expect(played.sent.at(-1)).toBe('QUIT');
  expect(dialogue.facts).toMatchObject({ starttls_reply: reply, starttls_accepted: false });
});

test.each([
  '421 4.7.0 mx.test Error: too many connections from 192.0.2.1',
  '421 4.3.2 All server ports are busy',
  '421 Too many concurrent SMTP connections; please try again later.',
  '421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel',
  '421 4.3.2 Connection rate limit exceeded.',
  '450 4.3.2 Service currently unavailable',
  '451 4.3.2 Please try again later',
  '554 5.7.1 Too many connections from your host',
  '554-mx.test\n554 Too many sessions open',
  '550 5.7.0 Connection rate limit exceeded for 192.0.2.1',
  '554 Transaction failed: server busy',
  '554 mx.test temporarily rejected, try again later',
  '550 Throttled',
])('greeting %j is temporary', (greeting) => {
  const played = play(first(), lines(...greeting.split('\n')));
  expect(played).toMatchObject({ end: { reason: 'temporary_failure', farewell: true }, sent: ['QUIT'] });
});

test.each([
  "554-esa.test\n554 Your access to this mail system has been rejected due to the sending MTA's poor reputation.",
  '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
  '521 5.7.1 Blocked by DNSBL',
  '554 No SMTP service here',
])('greeting %j is a refusal', (greeting) => {
  const played = play(first(), lines(...greeting.split('\n')));
  expect(played).toMatchObject({ end: { reason: 'service_refused', farewell: true }, sent: ['QUIT'] });
});

test.each([
  ['421 4.4.2 timeout', 'temporary_failure'],
  ['451 later', 'temporary_failure'],
  ['550 too many connections', 'temporary_failure'],
])('EHLO answered %s ends as %s', (reply, reason) => {
  expect(play(first(), lines('220 a', reply)).end).toMatchObject({ reason });
});

describe('inside TLS', () => {
  const inside = (secured: 'after_starttls' | 'implicit', known = false) =>
    new SmtpDialogue({ helo: 'census.test', known, secured });

  test('after STARTTLS it speaks first, and asks for no TLS', () => {
    const dialogue = inside('after_starttls');
    const played = play(dialogue, lines('250-a', '250-STARTTLS', '250 AUTH PLAIN'));
    expect(played).toEqual({ sent: ['EHLO census.test', 'QUIT'], end: { kind: 'told' } });
    expect(dialogue.facts).toMatchObject({ banner: null, auth_mechanisms: ['PLAIN'], starttls_reply: null });
  });

  test('with implicit TLS it waits for the greeting', () => {
    const dialogue = inside('implicit');
    expect(dialogue.begin()).toEqual([]);
    const played = play(dialogue, lines('220 hi', '250 a'));
    expect(played).toEqual({ sent: ['EHLO census.test', 'QUIT'], end: { kind: 'told' } });
    expect(dialogue.facts).toMatchObject({ banner: '220 hi', capabilities: [] });
  });

  test('what is known is not asked again', () => {
    expect(play(inside('after_starttls', true), [])).toEqual({ sent: ['QUIT'], end: { kind: 'told' } });
    expect(play(inside('implicit', true), lines('220 hi'))).toEqual({
      sent: ['QUIT'],
      end: { kind: 'told' },
    });
  });

  test('a refused EHLO is told as nothing', () => {
    const dialogue = inside('after_starttls');
    expect(play(dialogue, lines('502 no'))).toMatchObject({ end: { kind: 'told' } });
    expect(dialogue.facts.capabilities).toBeNull();
  });
});

test('a known endpoint is asked for STARTTLS whatever EHLO says', () => {
  const dialogue = new SmtpDialogue({ helo: 'census.test', known: true });
  expect(play(dialogue, lines('220 a', '250 a')).sent).toEqual(['EHLO census.test', 'STARTTLS']);
});
