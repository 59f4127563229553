/** For tests: servers on loopback, scripted ones over TCP and real TLS ones through node:tls. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from 'node:tls';

export interface LocalServer {
  port: number;
  /** Connections accepted so far. */
  connections(): number;
  close(): Promise<void>;
}

/** A server that does `act` with each connection; `count` is 1 for the first. */
export function tcpServer(act: (socket: Socket, count: number) => void): Promise<LocalServer> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.on('error', () => socket.destroy());
    act(socket, count);
  });
  return start(server, () => count);
}

/** A server with Node's TLS stack; `prepare` may listen to its further events. */
export function tlsServer(
  options: TlsOptions,
  prepare: (server: TlsServer) => void = () => {},
): Promise<LocalServer> {
  let count = 0;
  const server = createTlsServer(options);
  prepare(server);
  server.on('connection', (socket: Socket) => {
    count++;
    socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return start(server, () => count);
}

/** Runs `body` with the server and closes it whatever happens. */
export async function withServer<T>(
  starting: Promise<LocalServer>,
  body: (server: LocalServer) => Promise<T>,
): Promise<T> {
  const server = await starting;
  try {
    return await body(server);
  } finally {
    await server.close();
  }
}

/** A line-based mail server: answers each command line with what `replies` says for its first word. */
export function mailServer(
  greeting: string,
  replies: Record<string, string>,
  afterStartTls: (socket: Socket, count: number) => void = () => {},
): Promise<LocalServer> {
  return tcpServer((socket, count) => {
    socket.write(greeting);
    const onLine = (chunk: Buffer) => {
      const words = chunk.toString('latin1').trim().toUpperCase().split(' ');
      const word = words.find((candidate) => replies[candidate] !== undefined) ?? '';
      socket.write(replies[word] ?? '500 what\r\n');
      if (!/^(STARTTLS|STLS)$/.test(word) || !/^(220|\+OK|a2 OK)/.test(replies[word]!)) return;
      socket.removeListener('data', onLine);
      afterStartTls(socket, count);
    };
    socket.on('data', onLine);
  });
}

function start(server: Server, connections: () => number): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port, connections, close }),
    );
  });
}
