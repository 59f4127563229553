import { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { MailProtocol } from '../../../pipeline/formats/raw-record.ts';
import type { DialogueSpec } from '../endpoint-spec.ts';
import { courierPop3, dovecotImap, postfix } from '../profiles.ts';
import { answer, greet } from './dialogue.ts';

/** What the server has said after each thing that the client says. */
function session(protocol: MailProtocol, spec: DialogueSpec, chunks: readonly string[], secure = false) {
  let [said, started] = ['', 0];
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      said += chunk;
      done();
    },
  });
  if (secure) answer(socket, protocol, spec);
  else greet(socket, protocol, spec, () => started++);
  for (const chunk of chunks) socket.emit('data', Buffer.from(chunk));
  const ended = socket.writableEnded;
  socket.destroy();
  return { said, started, ended };
}

describe('smtp', () => {
  test('greets, lists, starts TLS', () => {
    const { said, started } = session('smtp', postfix('mx.example'), ['EHLO me\r\n', 'STARTTLS\r\n']);
    expect(said.split('\r\n')).toEqual([
      '220 mx.example ESMTP Postfix (Debian/GNU)',
      '250-mx.example Hello',
      ...['250-PIPELINING', '250-SIZE 10240000', '250-VRFY', '250-ETRN', '250-STARTTLS'],
      ...['250-ENHANCEDSTATUSCODES', '250-8BITMIME', '250 DSN'],
      '220 2.0.0 Ready to start TLS',
      '',
    ]);
    expect(started).toBe(1);
  });

  test('drops what comes with STARTTLS', () => {
    const { said, started } = session('smtp', postfix('mx.example'), [
      'STARTTLS\r\nEHLO you\r\n',
      'NOOP\r\n',
    ]);
    expect(said).toMatch(/Ready to start TLS\r\n$/);
    expect(started).toBe(1);
  });

  test('refuses where so configured, and does not know it where absent', () => {
    const refused = session('smtp', postfix('mx.example', 'refused'), ['EHLO me\r\nSTARTTLS\r\n']);
    expect(refused.said).toContain('250-STARTTLS\r\n');
    expect(refused.said).toMatch(/454 4\.7\.0 [^\r]*\r\n$/);
    const absent = session('smtp', postfix('mx.example', 'absent'), ['EHLO me\r\nSTARTTLS\r\n']);
    expect(absent.said).not.toContain('250-STARTTLS');
    expect(absent.said).toMatch(/502 [^\r]*\r\n$/);
    expect(refused.started + absent.started).toBe(0);
  });

  test('inside TLS it neither greets nor offers STARTTLS', () => {
    const { said } = session(
      'smtp',
      postfix('mx.example'),
      ['EHLO me\r\n', 'STARTTLS\r\n', 'QUIT\r\n'],
      true,
    );
    expect(said).toMatch(/^250-mx\.example Hello/);
    expect(said).not.toContain('STARTTLS');
    expect(said).toMatch(/502 [^\r]*\r\n221 2\.0\.0 Bye\r\n$/);
  });

  test('421 sends away', () => {
    const spec = { ...postfix('mx.example'), greeting_code: 421, banner: 'mx.example busy' };
    expect(session('smtp', spec, ['STARTTLS\r\n'])).toEqual({
      said: '421 mx.example busy\r\n',
      started: 0,
      ended: true,
    });
  });
});

test('pop3: greets, lists, starts TLS', () => {
  const { said, started } = session('pop3', courierPop3(), ['CAPA\r\n', 'PASS x\r\n', 'stls\r\n']);
  expect(said).toMatch(
    /^\+OK Hello there\.\r\n\+OK\r\nSTLS\r\n(?:[A-Z].*\r\n)+\.\r\n-ERR .*\r\n\+OK Begin .*\r\n$/,
  );
  expect(started).toBe(1);
});

test('imap: greets, lists, starts TLS under the tag', () => {
  const chunks = ['a1 CAPA', 'BILITY\r\n', 'a2 LOGIN a b\r\n', 'a3 starttls\r\n'];
  const { said, started } = session('imap', dovecotImap(), chunks);
  expect(said).toMatch(/^\* OK \[CAPABILITY IMAP4rev1 .* STARTTLS LOGINDISABLED\] Dovecot ready\.\r\n/);
  expect(said).toMatch(/\* CAPABILITY IMAP4rev1 .*\r\na1 OK .*\r\na2 BAD .*\r\na3 OK Begin TLS .*\r\n$/);
  expect(started).toBe(1);
});

test('a line without end is not read for ever', () => {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  answer(socket, 'smtp', postfix('mx.example'));
  socket.emit('data', Buffer.alloc(9000, 0x41));
  expect(socket.destroyed).toBe(true);
});
