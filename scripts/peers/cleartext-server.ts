/** A mail server that knows no TLS and has no mail: it greets, lists what it can, and says goodbye. For stunnel. */
import { createServer, type Server, type Socket } from 'node:net';

export type MailProtocol = 'smtp' | 'imap' | 'pop3';

/** Listens on a free port of 127.0.0.1 until `close`. */
export async function startCleartextServer(protocol: MailProtocol): Promise<{ port: number; close(): void }> {
  const server = createServer((socket) => serve(socket, protocol));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { port: portOf(server), close: () => server.close() };
}

function serve(socket: Socket, protocol: MailProtocol): void {
  // stunnel cuts the connection whenever its client does.
  socket.on('error', () => socket.destroy());
  socket.write(GREETING[protocol]);
  let text = '';
  socket.on('data', (chunk) => {
    const lines = (text + chunk.toString('latin1')).split('\r\n');
    text = lines.pop()!;
    for (const line of lines) answer(socket, ANSWER[protocol](line));
  });
}

function answer(socket: Socket, { reply, over }: { reply: string; over: boolean }): void {
  if (over) socket.end(reply);
  else socket.write(reply);
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

const GREETING: Record<MailProtocol, string> = {
  smtp: '220 backend.census.invalid ESMTP\r\n',
  imap: '* OK backend.census.invalid\r\n',
  pop3: '+OK backend.census.invalid\r\n',
};

const ANSWER: Record<MailProtocol, (line: string) => { reply: string; over: boolean }> = {
  smtp(line) {
    if (/^QUIT/i.test(line)) return { reply: '221 bye\r\n', over: true };
    return { reply: '250-backend.census.invalid\r\n250 SIZE 1000\r\n', over: false };
  },
  imap(line) {
    const [tag, word] = line.split(' ');
    if (/^LOGOUT$/i.test(word ?? '')) return { reply: `* BYE\r\n${tag} OK\r\n`, over: true };
    return { reply: `* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n${tag} OK\r\n`, over: false };
  },
  pop3(line) {
    if (/^QUIT/i.test(line)) return { reply: '+OK bye\r\n', over: true };
    return { reply: '+OK\r\nUSER\r\nUIDL\r\n.\r\n', over: false };
  },
};
