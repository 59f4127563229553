/**
 * A door before a server: the same for all tools, on the port that they know the service by. It counts connections
 * and hands bytes through both ways, ends and resets too. It can make a server late with its greeting.
 */
import { connect, createServer, type Socket } from 'node:net';

export interface Door {
  host: string;
  port: number;
  /** Connections since the last call. */
  count(): number;
  close(): Promise<void>;
}

export interface DoorOptions {
  host: string;
  port: number;
  /** Port of 127.0.0.1 behind it. */
  behind: number;
  /** How long a connection waits before it is handed on. */
  delay_ms?: number;
}

/** Opens a door; rejects where the address and port are taken. */
export function openDoor({ host, port, behind, delay_ms = 0 }: DoorOptions): Promise<Door> {
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    connections++;
    open.add(client);
    client.once('close', () => open.delete(client));
    if (delay_ms === 0) handOn(client, behind);
    else delay(client, behind, delay_ms);
  });
  const count = () => {
    const counted = connections;
    connections = 0;
    return counted;
  };
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => resolve({ host, port, count, close }));
  });
}

function delay(client: Socket, behind: number, delay_ms: number): void {
  const timer = setTimeout(() => handOn(client, behind), delay_ms);
  client.on('error', () => client.destroy());
  client.once('close', () => clearTimeout(timer));
}

function handOn(client: Socket, behind: number): void {
  if (client.destroyed) return;
  const server = connect({ host: '127.0.0.1', port: behind, allowHalfOpen: true, noDelay: true });
  join(client, server);
  join(server, client);
}

function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => to.resetAndDestroy());
  from.once('close', () => to.destroySoon());
}
