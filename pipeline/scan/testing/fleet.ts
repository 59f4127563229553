/** For tests: many cheap mail servers, each on a loopback address of its own, that note who connects to them and when. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface Visits {
  connections: number;
  open: number;
  /** Most connections that were open at the same time. */
  most: number;
  /** Shortest time from the end of a connection to the begin of the next. */
  shortest_pause_ms: number;
  ended_at: number;
}

export interface Fleet {
  /** The same for all. */
  port: number;
  addresses: string[];
  visits: ReadonlyMap<string, Visits>;
  /** CSV with the header `ip,port,connect_port`: each address as a server of port 25. */
  targetsCsv(): string;
  close(): Promise<void>;
}

/** Starts `count` servers that do `act` with each connection. */
export async function startFleet(count: number, act: (socket: Socket, ip: string) => void): Promise<Fleet> {
  const addresses = Array.from({ length: count }, (_, index) => `127.77.${index >> 8}.${index & 255}`);
  const visits = new Map<string, Visits>();
  const servers: Server[] = [];
  let port = 0;
  for (const ip of addresses) {
    const server = createServer((socket) => {
      note(visits.get(ip)!, socket);
      act(socket, ip);
    });
    visits.set(ip, {
      connections: 0,
      open: 0,
      most: 0,
      shortest_pause_ms: Number.POSITIVE_INFINITY,
      ended_at: Number.NEGATIVE_INFINITY,
    });
    port = await listen(server, ip, port);
    servers.push(server);
  }
  return {
    port,
    addresses,
    visits,
    targetsCsv: () => ['ip,port,connect_port', ...addresses.map((ip) => `${ip},25,${port}`), ''].join('\n'),
    close: async () => {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** A mail server without STARTTLS: two connections tell it all. Says its greeting after so many milliseconds. */
export function withoutStartTls(socket: Socket, delayMs = 0): void {
  setTimeout(() => socket.writable && socket.write('220 mail.example ESMTP\r\n'), delayMs);
  socket.on('data', () => socket.write('250 mail.example\r\n'));
}

function note(visits: Visits, socket: Socket): void {
  visits.connections++;
  visits.most = Math.max(visits.most, ++visits.open);
  visits.shortest_pause_ms = Math.min(visits.shortest_pause_ms, performance.now() - visits.ended_at);
  socket.on('error', () => socket.destroy());
  // The client's end is what counts, whenever the socket is torn down.
  let isOver = false;
  const over = () => {
    if (isOver) return;
    isOver = true;
    visits.open--;
    visits.ended_at = performance.now();
  };
  socket.once('end', over).once('close', over);
}

/** With port 0 any that is free; gives the port. */
function listen(server: Server, ip: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, ip, () => resolve((server.address() as AddressInfo).port));
  });
}
