/** The scan as a whole: stopping, names, how many connections at once. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { realWorld } from './index.ts';
import { local, scanLocal } from './testing/scan-local.ts';
import { ALERT_40, onHello } from './testing/scripted-tls.ts';
import { tcpServer, withServer } from './testing/servers.ts';

test('a stop drops what is in flight and keeps what is done', async () => {
  const stop = new AbortController();
  const silent = tcpServer(() => {});
  await withServer(silent, async (server) => {
    const refused = local(25, 1);
    const scan = scanLocal([refused, ...Array.from({ length: 5 }, () => local(25, server.port))], {
      signal: stop.signal,
      concurrency: 3,
      timeouts: { connect_ms: 9000, read_ms: 9000, endpoint_ms: 9000 },
    });
    setTimeout(() => stop.abort(), 100);
    const { file, records, files } = await scan;
    expect(file.finished_at).toBeNull();
    expect(records.map((record) => record.endpoint_id)).toEqual([0]);
    expect(files.filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});

test('names: each address an endpoint, reserved ones not connected to', async () => {
  const target = { text: 'mx.example', block: undefined, host: 'mx.example', port: 25, connect_port: 25 };
  const resolve = async () => ['127.0.0.1', '10.0.0.1'];
  const connect = () => expect.fail('connected to a reserved address');
  const { records } = await scanLocal([target], { allow_reserved: false }, { resolve, connect });
  expect(records.map((one) => [one.ip, one.host, one.error_kind])).toEqual([
    ['10.0.0.1', 'mx.example', 'reserved_address'],
    ['127.0.0.1', 'mx.example', 'reserved_address'],
  ]);
});

test('no more than so many connections at once, and never two to an endpoint', async () => {
  const open: Socket[] = [];
  let most = 0;
  const connect = (ip: string, port: number) => {
    const socket = realWorld().connect(ip, port);
    open.push(socket);
    most = Math.max(most, open.filter((one) => !one.destroyed).length);
    return socket;
  };
  const act = (socket: Socket) => void setTimeout(() => socket.end(ALERT_40), 5);
  await withServer(onHello(act), async (server) => {
    const targets = Array.from({ length: 6 }, () => local(993, server.port));
    await scanLocal(targets, { concurrency: 3 }, { connect });
    expect(most).toBe(3);
    most = 0;
    await scanLocal(targets.slice(0, 1), { concurrency: 3 }, { connect });
    expect(most).toBe(1);
  });
});
