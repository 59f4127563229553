import { expect, test } from 'vitest';
import { ImapDialogue } from './imap.ts';
import { lines, play } from './testing/play.ts';

const first = () => new ImapDialogue({ helo: 'census.test', known: false });

test('a server with STARTTLS: facts, commands, start', () => {
  const dialogue = first();
  const server = [
    '* OK hi',
    '* CAPABILITY imap4rev1 StartTLS AUTH=plain LOGINDISABLED',
    'a1 OK',
    'A2 ok begin',
  ];
  expect(play(dialogue, lines(...server.slice(0, 3), 'a2 OK begin'))).toEqual({
    sent: ['a1 CAPABILITY', 'a2 STARTTLS'],
    end: { kind: 'start_tls', leftover: '' },
  });
  expect(dialogue.facts).toEqual({
    banner: '* OK hi',
    ehlo_first_line: null,
    capabilities: ['imap4rev1', 'StartTLS', 'AUTH=plain', 'LOGINDISABLED'],
    starttls_offered: true,
    starttls_masked: false,
    starttls_reply: 'a2 OK begin',
    starttls_accepted: true,
    auth_mechanisms: ['PLAIN'],
    plaintext_auth_offered: true,
    login_disabled: true,
  });
});

test.each([
  ['IMAP4rev1', true],
  ['IMAP4rev1 LOGINDISABLED', false],
  ['IMAP4rev1 LOGINDISABLED AUTH=LOGIN', true],
  ['IMAP4rev1 logindisabled AUTH=GSSAPI', false],
])('capabilities %s: plaintext password %s', (capabilities, expected) => {
  const dialogue = first();
  const played = play(dialogue, lines('* OK', `* CAPABILITY ${capabilities}`, 'a1 OK'));
  expect(played.end).toMatchObject({ reason: 'no_starttls' });
  expect(played.sent).toEqual(['a1 CAPABILITY', 'a3 LOGOUT']);
  expect(dialogue.facts.plaintext_auth_offered).toBe(expected);
  expect(dialogue.facts.login_disabled).toBe(/logindisabled/i.test(capabilities));
});

test('capabilities in the greeting serve where the command is refused', () => {
  const dialogue = first();
  const played = play(dialogue, lines('* OK [CAPABILITY IMAP4 STARTTLS] hi', 'a1 BAD', 'a2 OK'));
  expect(played.end).toMatchObject({ kind: 'start_tls' });
  expect(dialogue.facts.capabilities).toEqual(['IMAP4', 'STARTTLS']);
});

test('nothing known of capabilities: STARTTLS is asked for, and its refusal is no error', () => {
  const dialogue = first();
  const played = play(dialogue, lines('* OK', 'a1 NO', 'a2 BAD'));
  expect(played.end).toMatchObject({ reason: 'no_starttls' });
  expect(dialogue.facts).toMatchObject({ starttls_offered: null, starttls_accepted: false });
});

test('PREAUTH can start no TLS', () => {
  const played = play(first(), lines('* PREAUTH hi', '* CAPABILITY IMAP4 STARTTLS', 'a1 OK'));
  expect(played.end).toMatchObject({ reason: 'no_starttls', detail: 'PREAUTH' });
});

test.each([
  [['* BYE go away'], 'service_refused'],
  [['* BYE [UNAVAILABLE] down'], 'temporary_failure'],
  [['* BYE Too many connections'], 'temporary_failure'],
  [['* BYE [ALERT] Maximum number of connections from user+IP exceeded'], 'temporary_failure'],
  [['* BYE Temporary problem, please try again later'], 'temporary_failure'],
  [['* OK', 'a1 NO [UNAVAILABLE] down'], 'temporary_failure'],
  [['* OK', '* CAPABILITY STARTTLS', 'a1 OK', 'a2 NO [LIMIT] Too many TLS sessions'], 'temporary_failure'],
  [['* OK', '* CAPABILITY STARTTLS', 'a1 OK', 'a2 NO [UNAVAILABLE] down'], 'temporary_failure'],
  [
    ['* OK', '* CAPABILITY STARTTLS', 'a1 OK', 'a2 NO TLS support is not available at the moment.'],
    'starttls_refused',
  ],
  [['+OK pop3'], 'protocol_error'],
  [['* OK', '* BYE timeout'], 'temporary_failure'],
  [['* OK', '* CAPABILITY STARTTLS', 'a1 OK', 'a2 NO not now'], 'starttls_refused'],
  [['* OK', 'nonsense'], 'protocol_error'],
])('%j ends as %s', (server, reason) => {
  expect(play(first(), lines(...server)).end).toMatchObject({ reason });
});

test('untagged chatter and continuations are skipped', () => {
  const played = play(
    first(),
    lines('* OK', '* STATUS x', '+ go on', '* CAPABILITY STARTTLS', 'a1 OK', '* 3 EXISTS', 'a2 OK'),
  );
  expect(played.end).toMatchObject({ kind: 'start_tls' });
});

test('a literal is part of its line, whatever is in it', () => {
  const chunks = [Buffer.from('* OK {13}\r\na2 OK ha ha\r\n tail\r\n* CAPABILITY STARTTLS\r\na1 OK\r\n')];
  const dialogue = first();
  expect(play(dialogue, chunks).sent).toEqual(['a1 CAPABILITY', 'a2 STARTTLS']);
  expect(dialogue.facts.banner).toBe('* OK {13}a2 OK ha ha\r\n tail');
});

test('a literal over the bound ends it', () => {
  expect(play(first(), lines('* OK {999999}')).end).toMatchObject({ reason: 'too_much_data' });
});

test('a known endpoint is asked for STARTTLS at once', () => {
  const dialogue = new ImapDialogue({ helo: 'census.test', known: true });
  expect(play(dialogue, lines('* OK', 'a2 OK')).sent).toEqual(['a2 STARTTLS']);
});

test('a server that is leaving is not told to leave', () => {
  const played = play(first(), lines('* OK', '* BYE too many connections'));
  expect(played).toMatchObject({ sent: ['a1 CAPABILITY'], end: { farewell: false } });
});

test('STARTTLS masked is asked for', () => {
  const dialogue = first();
  const played = play(dialogue, lines('* OK', '* CAPABILITY IMAP4rev1 XXXXXXXX', 'a1 OK', 'a2 BAD what'));
  expect(played.end).toMatchObject({
    reason: 'no_starttls',
    detail: 'STARTTLS masked as XXXXXXXX: a2 BAD what',
  });
  expect(played.sent).toEqual(['a1 CAPABILITY', 'a2 STARTTLS', 'a3 LOGOUT']);
  expect(dialogue.facts).toMatchObject({ starttls_offered: false, starttls_masked: true });
});

test('inside TLS: CAPABILITY, then LOGOUT, also for one that knows us already', () => {
  const dialogue = new ImapDialogue({ helo: '', known: false, secured: 'implicit' });
  const server = lines('* PREAUTH [CAPABILITY IMAP4] hi', '* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=', 'a1 OK');
  expect(play(dialogue, server)).toEqual({ sent: ['a1 CAPABILITY', 'a3 LOGOUT'], end: { kind: 'told' } });
  const { banner, auth_mechanisms, login_disabled } = dialogue.facts;
  expect({ banner, auth_mechanisms, login_disabled }).toEqual({
    banner: '* PREAUTH [CAPABILITY IMAP4] hi',
    auth_mechanisms: ['PLAIN'],
    login_disabled: false,
  });
  const after = new ImapDialogue({ helo: '', known: false, secured: 'after_starttls' });
  expect(play(after, lines('* BYE')).end).toMatchObject({ reason: 'temporary_failure', farewell: false });
});
