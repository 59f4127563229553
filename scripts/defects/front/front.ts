/**
 * A server with a defect: a listener on loopback that reads one hello, and passes the connection on to a real TLS server
 * or refuses it, as its judge says. It keeps what came and what became of it.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Answer, giveAnswer } from './answers.ts';
import { type ClientHello, readClientHello } from './client-hello.ts';

/** What becomes of a connection: refused, or passed on to a back end (the first by default), with another hello where given. */
export type Decision = { kind: 'refuse' } | { kind: 'pass'; back_end?: number; hello?: Buffer };

/** Judges the hello of a connection; `connection` is 1 for the first. */
export type Judge = (hello: ClientHello, connection: number) => Decision;

/** Ports of processes that answer alike: each serves one connection at a time. */
export type BackEnd = readonly number[];

export interface FrontOptions {
  judge: Judge;
  /** How a refusal is said. */
  answer: Answer;
  back_ends: readonly BackEnd[];
  /** The refusals of the back ends, alerts and ends, are said in the front's way too. */
  translates?: boolean;
}

export interface Front {
  port: number;
  /** A line a hello: its connection, what it was, what became of it. */
  log: string[];
  /** Connections that were left without an answer on purpose. */
  silences(): number;
  close(): Promise<void>;
}

export function startFront(options: FrontOptions): Promise<Front> {
  const sockets = new Set<Socket>();
  const log: string[] = [];
  let [connections, silences] = [0, 0];
  const refuse = (socket: Socket) => {
    if (options.answer === 'silence') silences++;
    giveAnswer(socket, options.answer);
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket));
    onHello(socket, (hello) => {
      const decision = options.judge(hello, connection);
      log.push(`${connection} ${describe(hello)} ${decision.kind} ${backEndName(decision)}`.trimEnd());
      if (decision.kind === 'refuse') refuse(socket);
      else passOn(socket, decision, hello, options, refuse);
    });
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      resolve({ port: (server.address() as AddressInfo).port, log, silences: () => silences, close });
    });
  });
}

/** Bytes that are no hello end the connection. What comes after the hello stays in the socket. */
function onHello(socket: Socket, act: (hello: ClientHello) => void): void {
  let bytes = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    const hello = attempt(bytes);
    if (hello === null) socket.destroy();
    if (!hello) return;
    socket.removeListener('data', onData).removeListener('end', onEnd);
    // A client that goes away ends what waits for it.
    socket.on('end', () => socket.end()).resume();
    act(hello);
  };
  const onEnd = () => socket.destroy();
  socket.on('data', onData).once('end', onEnd);
}

/** Undefined while it is not all there, null where it is no hello. */
function attempt(bytes: Buffer): ClientHello | undefined | null {
  try {
    return readClientHello(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return null;
  }
}

function passOn(
  client: Socket,
  { back_end = 0, hello: changed }: Extract<Decision, { kind: 'pass' }>,
  hello: ClientHello,
  { back_ends, translates = false }: FrontOptions,
  refuse: (socket: Socket) => void,
): void {
  const port = leastBusy(back_ends[back_end]!);
  busy.set(port, (busy.get(port) ?? 0) + 1);
  const server = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  let isAnswered = false;
  const answered = () => {
    const isFirst = !isAnswered;
    isAnswered = true;
    return isFirst && translates;
  };
  const refuseInstead = () => {
    server.destroy();
    refuse(client);
  };
  server.on('data', (chunk: Buffer) => {
    if (answered() && chunk[0] === ALERT) refuseInstead();
    else client.write(chunk);
  });
  server.once('end', () => (answered() ? refuseInstead() : client.end()));
  server.on('error', () => (answered() ? refuseInstead() : client.resetAndDestroy()));
  server.once('close', () => busy.set(port, busy.get(port)! - 1));
  client.on('data', (chunk) => server.write(chunk));
  client.once('end', () => server.end()).once('close', () => server.destroy());
  server.write(changed ?? hello.bytes);
}

function leastBusy(ports: BackEnd): number {
  return ports.reduce((least, port) => ((busy.get(port) ?? 0) < (busy.get(least) ?? 0) ? port : least));
}

function describe({
  version,
  cipher_suites,
  record_bytes,
  compression_methods,
  extensions,
}: ClientHello): string {
  const what = [`${cipher_suites.length} suites`, `${record_bytes} bytes`];
  if (compression_methods.some((method) => method !== 0)) what.push('compression');
  return `0x${version.toString(16)} ${what.join(', ')}, extensions ${[...extensions.keys()].join(' ') || 'none'}:`;
}

function backEndName(decision: Decision): string {
  if (decision.kind === 'refuse') return '';
  const to = decision.back_end === undefined ? [] : [`to ${decision.back_end}`];
  return [...to, ...(decision.hello === undefined ? [] : ['cut'])].join(' ');
}

/** Connections of all fronts to each process. */
const busy = new Map<number, number>();

const ALERT = 21;
