/**
 * A real server as a child in a process group of its own. A shell stands between: when its standard input closes
 * (stop, or the end of the test process however it came) it ends the group, so that nothing stays behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunningServer {
  /** What it printed so far, both streams. */
  output(): string;
  /** Ends it with all its children; resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it without a warning, as a crash does. */
  kill(): void;
}

/** Starts `command` and waits until `isReady`; throws with what it said where it ended or was not ready in time. */
export async function startServer(
  command: readonly string[],
  isReady: (output: string) => boolean | Promise<boolean>,
  limitMs = START_LIMIT_MS,
): Promise<RunningServer> {
  const child = spawn('/bin/sh', ['-c', GUARD, 'guard', ...command], { detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
    });
  }
  const server = { output: () => text, stop: () => stop(child), kill: () => void killGroup(child.pid!) };
  const giveUp = Date.now() + limitMs;
  while (!(await isReady(text))) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < giveUp) await sleep(20);
    else {
      await server.stop();
      throw new Error(`${command.join(' ')} did not start:\n${text}`);
    }
  }
  return server;
}

/** `count` ports of 127.0.0.1 that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(Array.from({ length: count }, () => listen()));
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map((holder) => new Promise((done) => holder.close(done))));
  return ports;
}

/** Whether something listens on each of `ports`. */
export async function allListen(ports: readonly number[]): Promise<boolean> {
  const answers = await Promise.all(ports.map(isListening));
  return answers.every(Boolean);
}

async function stop(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  if (child.exitCode === null && child.signalCode === null) {
    await Promise.race([once(child, 'exit'), sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
  }
  for (let waited = 0; killGroup(child.pid!) && waited < GONE_LIMIT_MS; waited += 10) await sleep(10);
}

/** Whether there was anyone left to kill; the dead count until the system's first process has buried them. */
function killGroup(id: number): boolean {
  try {
    return process.kill(-id, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    return false;
  }
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 5000;
const GONE_LIMIT_MS = 300;

/** A caught signal is reset in children, an ignored one is not: hence the empty handler (POSIX, trap). */
const GUARD = `
trap : TERM
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ cat <&3 >/dev/null; kill -TERM 0; } &
exec 3<&-
wait $server || wait $server
`;
