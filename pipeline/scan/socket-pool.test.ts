/** What of sockets that are used again, and what not: each connection hears its own server only. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { SocketPool } from './socket-pool.ts';
import { tcpServer, withServer } from './testing/servers.ts';

/** Says what it was told, with its own number before it. */
function echo(): ReturnType<typeof tcpServer> {
  let connections = 0;
  return tcpServer((socket) => {
    const number = ++connections;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      if (`${chunk}` === 'reset') socket.resetAndDestroy();
      else if (`${chunk}` === 'end') socket.end();
      else socket.write(`${number} ${chunk}`);
    });
  });
}

/** What came in answer to `words`, and the socket that it came by, closed. */
async function converse(pool: SocketPool, port: number, words: string): Promise<[string, Socket]> {
  let heard = '';
  let answered: () => void = () => {};
  const answer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const socket = pool.connect('127.0.0.1', port, (chunk) => {
    heard += Buffer.from(chunk).toString();
    answered();
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.once('error', answered).once('end', answered).write(words);
  await answer;
  socket.destroy();
  await closed;
  return [heard, socket];
}

test('a socket that ended well is used again, and hears what is said to it alone', async () => {
  await withServer(echo(), async ({ port }) => {
    const pool = new SocketPool();
    const [first, socket] = await converse(pool, port, 'a');
    const [second, same] = await converse(pool, port, 'b');
    expect([first, second]).toEqual(['1 a', '2 b']);
    expect(same).toBe(socket);
    expect(same.bytesRead).toBe(3);
  });
});

test.each(['reset', 'end'])('a socket whose server says %s is not used again', async (words) => {
  await withServer(echo(), async ({ port }) => {
    const pool = new SocketPool();
    const [, socket] = await converse(pool, port, words);
    const [heard, other] = await converse(pool, port, 'a');
    expect(heard).toBe('2 a');
    expect(other).not.toBe(socket);
  });
});

test('nor is one that never connected', async () => {
  const gone = await withServer(echo(), async ({ port }) => port);
  const pool = new SocketPool();
  const refused = pool.connect('127.0.0.1', gone, () => {});
  refused.once('error', () => {});
  await new Promise((resolve) => refused.once('close', resolve));
  const dropped = pool.connect('127.0.0.1', gone, () => {});
  dropped.destroy();
  await once(dropped, 'close');
  await withServer(echo(), async ({ port }) => {
    const [heard, socket] = await converse(pool, port, 'a');
    expect(heard).toBe('1 a');
    expect([refused, dropped]).not.toContain(socket);
  });
});

test('two at the same time are two', async () => {
  await withServer(echo(), async ({ port }) => {
    const pool = new SocketPool();
    await converse(pool, port, 'a');
    const [[, left], [, right]] = await Promise.all([converse(pool, port, 'b'), converse(pool, port, 'c')]);
    expect(left).not.toBe(right);
  });
});
