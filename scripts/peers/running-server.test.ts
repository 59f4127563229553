/** Nothing that a test started outlives it: not after stop, nor when the test process is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { allListen, freePorts, startServer } from './running-server.ts';

/** A server on `port`, in a child of the process that is started. */
function serverCommand(port: number): string[] {
  const server = `require('node:net').createServer().listen(${port}, '127.0.0.1')`;
  return ['/bin/sh', '-c', `"${process.execPath}" -e "${server}"; true`];
}

test('stop ends the server and its children', async () => {
  const ports = await freePorts(1);
  const server = await startServer(serverCommand(ports[0]!), () => allListen(ports));
  expect(await allListen(ports)).toBe(true);
  await server.stop();
  expect(await allListen(ports)).toBe(false);
});

test('a server that does not start is an error with what it said', async () => {
  const command = ['/bin/sh', '-c', 'echo no port for me >&2; exit 3'];
  await expect(startServer(command, () => false)).rejects.toThrow('no port for me');
});

test('a killed test process leaves no server behind', async () => {
  const ports = await freePorts(1);
  const script = `
    import { allListen, startServer } from '${new URL('running-server.ts', import.meta.url)}';
    await startServer(${JSON.stringify(serverCommand(ports[0]!))}, () => allListen([${ports[0]}]));
    console.log('started');
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  await once(owner.stdout, 'data');
  expect(await allListen(ports)).toBe(true);
  owner.kill('SIGKILL');
  for (let waited = 0; waited < 5000 && (await allListen(ports)); waited += 50) await sleep(50);
  expect(await allListen(ports)).toBe(false);
});
