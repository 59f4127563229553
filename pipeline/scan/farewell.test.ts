/** Where a dialogue ends before TLS the server is told, and its reply is heard before the connection ends; not for long. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { openDialogue } from '../mail/index.ts';
import { MailConnection } from './connection.ts';
import { realWorld } from './options.ts';
import { tcpServer, withServer } from './testing/servers.ts';

interface Ended {
  /** Lines that the server got. */
  lines: string[];
  /** How the client left: `end` politely, `error` where it left with something unread. */
  how: 'end' | 'error';
  error_kind: string | null;
  duration_ms: number;
}

/** One connection to a server that greets, then answers each line with what `reply` says; null: with silence. */
async function connection(
  protocol: 'smtp' | 'pop3' | 'imap',
  greeting: string,
  reply: (line: string) => string | null,
): Promise<Ended> {
  const lines: string[] = [];
  let left: (how: Ended['how']) => void = () => {};
  const how = new Promise<Ended['how']>((resolve) => {
    left = resolve;
  });
  const server = tcpServer((socket) => {
    socket.once('end', () => left('end')).once('error', () => left('error'));
    socket.write(greeting);
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().trim().split('\r\n')) answer(socket, line, lines, reply);
    });
  });
  return withServer(server, async ({ port }) => {
    const started = performance.now();
    const timeouts = { connect_ms: 5000, read_ms: 5000 };
    const client = new MailConnection((onData) => realWorld().connect('127.0.0.1', port, onData), timeouts);
    const failure = await client.open(openDialogue(protocol, { helo: 'census.test', known: false }));
    const duration_ms = performance.now() - started;
    client.close();
    return { lines, how: await how, error_kind: failure?.error_kind ?? null, duration_ms };
  });
}

function answer(socket: Socket, line: string, lines: string[], reply: (line: string) => string | null): void {
  lines.push(line);
  const said = reply(line);
  // Late, so that only who waits for it is still there.
  if (said !== null) setTimeout(() => socket.write(said), 50);
}

const smtp = (line: string) => {
  if (line.startsWith('EHLO')) return '250-a\r\n250 STARTTLS\r\n';
  return line === 'STARTTLS' ? '454 TLS not available\r\n' : '221 bye\r\n';
};

test.each([
  [
    'SMTP, no STARTTLS',
    'smtp',
    '220 a\r\n',
    (line: string) => (line === 'QUIT' ? '221 bye\r\n' : '250 a\r\n'),
  ],
  ['SMTP, STARTTLS refused', 'smtp', '220 a\r\n', smtp],
  ['SMTP, 421 and still there', 'smtp', '421 busy\r\n', smtp],
  ['SMTP, 554', 'smtp', '554 no\r\n', smtp],
  ['POP3, no STLS', 'pop3', '+OK\r\n', (line: string) => (line === 'CAPA' ? '+OK\r\n.\r\n' : '+OK bye\r\n')],
  ['POP3, -ERR', 'pop3', '-ERR [IN-USE]\r\n', () => '+OK bye\r\n'],
  [
    'IMAP, no STARTTLS',
    'imap',
    '* OK\r\n',
    (line: string) => (line.startsWith('a1') ? '* CAPABILITY IMAP4rev1\r\na1 OK\r\n' : '* BYE\r\na3 OK\r\n'),
  ],
] as const)('%s: the farewell is said and its reply heard', async (_, protocol, greeting, reply) => {
  const { lines, how, duration_ms } = await connection(protocol, greeting, reply);
  expect(lines.at(-1)).toBe(protocol === 'imap' ? 'a3 LOGOUT' : 'QUIT');
  expect(how).toBe('end');
  expect(duration_ms).toBeGreaterThan(45);
});

test('a server that says nothing to it is not waited for', async () => {
  const { how, error_kind, duration_ms } = await connection('smtp', '554 no\r\n', () => null);
  expect({ how, error_kind }).toEqual({ how: 'end', error_kind: 'service_refused' });
  expect(duration_ms).toBeLessThan(4000);
});

test('a server that is leaving, or doesn’t speak the protocol, is told nothing', async () => {
  expect(await connection('imap', '* BYE\r\n', () => null)).toMatchObject({ lines: [] });
  expect(await connection('smtp', 'hello\r\n', () => null)).toMatchObject({ lines: [] });
});
