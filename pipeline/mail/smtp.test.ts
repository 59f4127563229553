import { expect, test } from 'vitest';
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
    capabilities: ['Auth plain GSSAPI', 'AUTH=LOGIN', 'StartTLS'],
    starttls_offered: true,
    starttls_reply: '220 go ahead',
    starttls_accepted: true,
    auth_mechanisms: ['PLAIN', 'GSSAPI', 'LOGIN'],
    plaintext_auth_offered: true,
  });
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

test('a masked STARTTLS is none, and stays visible', () => {
  const dialogue = first();
  const played = play(dialogue, lines('220 a', '250-a', '250-XXXXXXXA', '250 SIZE 1000'));
  expect(played.end).toMatchObject({ kind: 'finished', reason: 'no_starttls' });
  expect(played.sent).toEqual(['EHLO census.test', 'QUIT']);
  expect(dialogue.facts).toMatchObject({ starttls_offered: false, capabilities: ['XXXXXXXA', 'SIZE 1000'] });
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
  ['501 syntax', 'starttls_refused'],
  ['421 closing', 'temporary_failure'],
])('STARTTLS answered %s ends as %s', (reply, reason) => {
  const dialogue = first();
  const played = play(dialogue, lines('220 a', '250-a', '250 STARTTLS', reply));
  expect(played.end).toMatchObject({ kind: 'finished', reason });
  expect(dialogue.facts).toMatchObject({ starttls_reply: reply, starttls_accepted: false });
});

test('a known endpoint is asked for STARTTLS whatever EHLO says', () => {
  const dialogue = new SmtpDialogue({ helo: 'census.test', known: true });
  expect(play(dialogue, lines('220 a', '250 a')).sent).toEqual(['EHLO census.test', 'STARTTLS']);
});
