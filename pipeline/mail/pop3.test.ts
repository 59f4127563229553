import { expect, test } from 'vitest';
import { Pop3Dialogue } from './pop3.ts';
import { lines, play } from './testing/play.ts';

const first = () => new Pop3Dialogue({ helo: 'census.test', known: false });

test('a server with STLS: facts, commands, start', () => {
  const dialogue = first();
  const played = play(
    dialogue,
    lines('+OK ready', '+OK list', 'Top', 'stls', 'SASL PLAIN cram-md5', '.', '+OK begin'),
  );
  expect(played).toEqual({ sent: ['CAPA', 'STLS'], end: { kind: 'start_tls', leftover: '' } });
  expect(dialogue.facts).toEqual({
    banner: '+OK ready',
    ehlo_first_line: null,
    capabilities: ['Top', 'stls', 'SASL PLAIN cram-md5'],
    starttls_offered: true,
    starttls_masked: false,
    starttls_reply: '+OK begin',
    starttls_accepted: true,
    auth_mechanisms: ['PLAIN', 'CRAM-MD5'],
    plaintext_auth_offered: true,
    login_disabled: null,
  });
});

test.each([
  [['USER'], true],
  [['SASL LOGIN'], true],
  [['SASL GSSAPI'], false],
  [[], false],
])('capabilities %j: plaintext password %s', (capabilities, expected) => {
  const dialogue = first();
  const played = play(dialogue, lines('+OK', '+OK', ...capabilities, '.'));
  expect(played.end).toMatchObject({ reason: 'no_starttls' });
  expect(played.sent).toEqual(['CAPA', 'QUIT']);
  expect(dialogue.facts).toMatchObject({ plaintext_auth_offered: expected, starttls_offered: false });
});

test('a stuffed line of CAPA is no end', () => {
  const dialogue = first();
  play(dialogue, lines('+OK', '+OK', '..X', 'STLS', '.'));
  expect(dialogue.facts.capabilities).toEqual(['.X', 'STLS']);
});

test.each([
  ['+OK', 'start_tls'],
  ['-ERR unknown command', 'no_starttls'],
])('without CAPA, STLS is asked for all the same: %s', (reply, end) => {
  const dialogue = first();
  const played = play(dialogue, lines('+OK', '-ERR unknown', reply));
  expect(played.sent.slice(0, 2)).toEqual(['CAPA', 'STLS']);
  expect(played.end).toMatchObject(end === 'start_tls' ? { kind: end } : { reason: end });
  expect(dialogue.facts).toMatchObject({ starttls_offered: null, plaintext_auth_offered: null });
});

test.each([
  ['-ERR [SYS/TEMP] later', 'temporary_failure'],
  ['-ERR [IN-USE] Unable to lock maildrop', 'temporary_failure'],
  ['-ERR [LOGIN-DELAY] minimum time between mail checks', 'temporary_failure'],
  ['-ERR [SYS/PERM] no', 'service_refused'],
  ['-ERR Too many connections', 'temporary_failure'],
  ['-ERR Maximum number of connections from user+IP exceeded', 'temporary_failure'],
  ['-ERR Connection queue full', 'temporary_failure'],
  ['-ERR Server temporarily unavailable', 'temporary_failure'],
  ['-ERR go away', 'service_refused'],
  ['220 smtp', 'protocol_error'],
])('greeting %s ends as %s', (greeting, reason) => {
  expect(play(first(), lines(greeting)).end).toMatchObject({ reason });
});

test('STLS offered, then refused', () => {
  const played = play(first(), lines('+OK', '+OK', 'STLS', '.', '-ERR no TLS now'));
  expect(played.end).toMatchObject({ reason: 'starttls_refused', detail: '-ERR no TLS now' });
});

test('a known endpoint is asked for STLS at once', () => {
  const dialogue = new Pop3Dialogue({ helo: 'census.test', known: true });
  expect(play(dialogue, lines('+OK', '+OK'))).toEqual({
    sent: ['STLS'],
    end: { kind: 'start_tls', leftover: '' },
  });
});

test.each([
  ['CAPA', ['-ERR [SYS/TEMP] later']],
  ['STLS', ['+OK', 'STLS', '.', '-ERR [SYS/TEMP] later']],
  ['STLS', ['+OK', 'STLS', '.', '-ERR too many connections']],
])('%s answered with "later" is temporary: %j', (_, server) => {
  const played = play(first(), lines('+OK', ...server));
  expect(played.end).toMatchObject({ reason: 'temporary_failure', farewell: true });
  expect(played.sent.at(-1)).toBe('QUIT');
});

test.each(['XXXX', 'XXXA', '****', 'STLX'])('STLS masked as %s is asked for', (mask) => {
  const dialogue = first();
  const played = play(dialogue, lines('+OK', '+OK', mask, 'USER', '.', '-ERR what'));
  expect(played.end).toMatchObject({ reason: 'no_starttls', detail: `STLS masked as ${mask}: -ERR what` });
  expect(dialogue.facts).toMatchObject({ starttls_offered: false, starttls_masked: true });
});

test('inside TLS: CAPA, then QUIT', () => {
  const dialogue = new Pop3Dialogue({ helo: '', known: false, secured: 'implicit' });
  const played = play(dialogue, lines('+OK hi', '+OK', 'SASL=PLAIN', 'STLS', '.'));
  expect(played).toEqual({ sent: ['CAPA', 'QUIT'], end: { kind: 'told' } });
  expect(dialogue.facts).toMatchObject({ banner: '+OK hi', auth_mechanisms: ['PLAIN'] });
  const after = new Pop3Dialogue({ helo: '', known: false, secured: 'after_starttls' });
  expect(play(after, lines('-ERR what'))).toEqual({ sent: ['CAPA', 'QUIT'], end: { kind: 'told' } });
});
