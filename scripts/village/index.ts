/**
 * The village: mail servers on loopback, real and scripted, good and bad, that know their own truth as data
 * (truth.ts, truth-tables.ts). A stage set for demos and tests, not the Internet. It uses nothing of the
 * pipeline's TLS, mail or X.509 code, so that it can contradict it.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { mailPort } from '../../pipeline/formats/ports.ts';
import type { MailProtocol } from '../../pipeline/formats/raw-record.ts';
import { answer, greet } from './dialogue/dialogue.ts';
import type { EndpointSpec, VillageEndpoint } from './endpoint-spec.ts';
import { ENDPOINTS } from './endpoints/index.ts';
import { legacyPeer, startLegacyTls } from './legacy/peer.ts';
import { GARBAGE, misbehave } from './neighbours.ts';
import { secureContextOf, startRealTls } from './real-tls.ts';

export type { EndpointSpec, VillageEndpoint } from './endpoint-spec.ts';

export interface Village {
  /** In the order of targets. */
  endpoints: VillageEndpoint[];
  /** CSV with the header `ip,port,connect_port`, in the order of endpoints. */
  targetsCsv(): string;
  /** Closes all listeners and connections. */
  stop(): Promise<void>;
}

const IP = '127.0.0.1';

/** Starts every endpoint of `specs` (the whole village by default) on ports of the system's choice. */
export async function startVillage(specs: readonly EndpointSpec[] = ENDPOINTS): Promise<Village> {
  const running = await Promise.all(specs.map(startEndpoint));
  const endpoints = running.map((one) => one.endpoint);
  return {
    endpoints,
    targetsCsv: () =>
      [
        'ip,port,connect_port',
        ...endpoints.map((one) => `${one.ip},${one.port},${one.connect_port}`),
        '',
      ].join('\n'),
    stop: async () => {
      await Promise.all(running.map((one) => one.stop()));
    },
  };
}

interface Running {
  endpoint: VillageEndpoint;
  stop(): Promise<void>;
}

async function startEndpoint(spec: EndpointSpec): Promise<Running> {
  const service = mailPort(spec.port);
  if (!service) throw new Error(`port ${spec.port} is no mail port`);
  const sockets = new Set<Socket>();
  const attend = attendant(spec, service.protocol, service.tls_mode === 'implicit');
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Clients break off as they like: that is no event for a server.
    socket.on('error', () => socket.destroy());
    attend(socket);
  });
  const refused = spec.server.kind === 'neighbour' && spec.server.behaviour === 'refused_connection';
  const connect_port = refused ? await closedPort() : await listen(server);
  return {
    endpoint: { ...spec, protocol: service.protocol, tls_mode: service.tls_mode, ip: IP, connect_port },
    stop: async () => {
      const closed = refused ? undefined : close(server);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** What is done with each new connection. */
function attendant(spec: EndpointSpec, protocol: MailProtocol, implicit: boolean): (socket: Socket) => void {
  const startTls = tlsStarter(spec, protocol);
  const behaviour = spec.server.kind === 'neighbour' ? spec.server.behaviour : undefined;
  if (behaviour === 'silent') return (socket) => socket.resume();
  if (behaviour === 'garbage_greeting') return (socket) => socket.resume().end(GARBAGE);
  if (behaviour === 'plaintext_tls') return (socket) => greet(socket, protocol, spec.dialogue);
  if (implicit) return startTls;
  const isTooMany = connectionLimit(spec.dialogue.connection_limit);
  let { dialogue } = spec;
  return (socket) => {
    if (isTooMany()) greet(socket, protocol, { ...dialogue, ...TOO_MANY });
    else greet(socket, protocol, dialogue, () => startTls(socket));
    dialogue = { ...dialogue, greeting_delay_ms: 0 };
  };
}

/** Says of each new connection whether it is one too many; those that are don't count. */
function connectionLimit(limit: EndpointSpec['dialogue']['connection_limit']): () => boolean {
  if (!limit) return () => false;
  let letIn: number[] = [];
  return () => {
    const now = performance.now();
    letIn = letIn.filter((at) => at > now - limit.window_ms);
    if (letIn.length >= limit.connections) return true;
    letIn.push(now);
    return false;
  };
}

const TOO_MANY = { greeting_code: 421, banner: '4.7.0 Error: too many connections from you' } as const;

/** What is done with a connection once TLS should start. */
function tlsStarter(spec: EndpointSpec, protocol: MailProtocol): (socket: Socket) => void {
  const { server } = spec;
  if (server.kind === 'neighbour') return (socket) => misbehave(socket, server.behaviour);
  if (server.kind === 'legacy') {
    const peer = legacyPeer(server);
    return (socket) => startLegacyTls(socket, peer);
  }
  const context = secureContextOf(server);
  // RFC 3207, 4.2: after STARTTLS the client speaks first; on implicit ports the server greets inside TLS.
  const begin = mailPort(spec.port)?.tls_mode === 'implicit' ? greet : answer;
  return (socket) => startRealTls(socket, context, (stream) => begin(stream, protocol, spec.dialogue));
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, IP, () => {
      const address = server.address();
      if (typeof address === 'object' && address) resolve(address.port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/**
 * A port that refuses connections. Looked for below 1024, where the system puts no one by chance: an ephemeral
 * port that was closed again could be the next villager's.
 */
async function closedPort(): Promise<number> {
  for (let port = 1; port < 1024; port++) if (await refuses(port)) return port;
  throw new Error(`no closed port below 1024 on ${IP}`);
}

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, IP);
    socket.once('connect', () => resolve(false)).once('error', (error) => resolve(isRefusal(error)));
    socket.once('connect', () => socket.destroy());
  });
}

function isRefusal(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNREFUSED';
}
