/**
 * For a server that can't be told to listen on loopback only: it runs in a network namespace of its own, which has
 * loopback and nothing else, and is reached from a port of our 127.0.0.1 by way of a socket file, which namespaces share.
 * Linux, as root or where users may make namespaces (unshare(1), ip(8)).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, startServer } from './running-server.ts';

/** Whether this machine lets us have one. */
export function hasOwnNetworks(): boolean {
  return spawnSync('unshare', [...UNSHARE, 'ip', 'link', 'set', 'lo', 'up']).status === 0;
}

/** Starts `command`, which listens on `innerPort` in there; `port` is the one on 127.0.0.1. */
export async function startInOwnNetwork(
  command: readonly string[],
  innerPort: number,
): Promise<RunningServer & { port: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'census-network-'));
  const file = join(folder, 'socket');
  const inside = ['sh', '-c', INSIDE, process.execPath, RELAY, file, `${innerPort}`, ...command];
  const server = await startServer(['unshare', ...UNSHARE, ...inside], () => existsSync(file));
  const door = await listen(
    createServer(PASS_ON, (socket) => joined(socket, connect({ path: file, allowHalfOpen: true }))),
  );
  const stop = async () => {
    door.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  };
  return { ...server, stop, port: (door.address() as AddressInfo).port };
}

/** What ends or breaks on one side does on the other. */
function joined(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy()).once('close', () => other.destroy());
  other.on('error', () => one.destroy()).once('close', () => one.destroy());
}

function listen(server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

/** An end is passed on as one, not as the end of both directions. */
const PASS_ON = { allowHalfOpen: true, noDelay: true };

const UNSHARE = process.getuid?.() === 0 ? ['--net'] : ['--net', '--map-root-user'];

/** $0 is node, then its program and two arguments for that; the rest is the server. */
const INSIDE = `
ip link set lo up || exit 1
"$0" -e "$1" "$2" "$3" &
shift 3
exec "$@"
`;

/** Waits for the port, then listens on the file and passes connections on. */
const RELAY = `
const { connect, createServer } = require('node:net');
const [file, port] = process.argv.slice(1);
const to = () => connect({ host: '127.0.0.1', port: Number(port), noDelay: true, allowHalfOpen: true });
const relay = createServer({ allowHalfOpen: true }, (one) => {
  const other = to();
  one.pipe(other).pipe(one);
  one.on('error', () => other.destroy()).once('close', () => other.destroy());
  other.on('error', () => one.destroy()).once('close', () => one.destroy());
});
(function wait() {
  const first = to().once('error', () => setTimeout(wait, 20)).once('connect', () => relay.listen(file) && first.destroy());
})();
`;
