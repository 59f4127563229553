/** The scan as a whole: stopping, names, how many connections at once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../base/errors.ts';
import { realWorld, type ScanWorld, scan } from './index.ts';
import { LOCAL_OPTIONS, local, readScan, scanLocal, targetList } from './testing/scan-local.ts';
import { ALERT_40, onHello } from './testing/scripted-tls.ts';
import { tcpServer, withServer } from './testing/servers.ts';

test('a stop drops what is in flight and keeps what is done', async () => {
  const stop = new AbortController();
  const silent = tcpServer(() => {});
  await withServer(silent, async (server) => {
    const refused = local(25, 1);
    const scan = scanLocal(
      [refused, ...Array.from({ length: 5 }, (_, index) => local(25, server.port, `mx${index}.example`))],
      {
        signal: stop.signal,
        concurrency: 6,
        timeouts: { connect_ms: 9000, read_ms: 9000, endpoint_ms: 9000 },
      },
    );
    setTimeout(() => stop.abort(), 100);
    const { file, records, files } = await scan;
    expect(file.finished_at).toBeNull();
    expect(records.map((record) => record.endpoint_id)).toEqual([0]);
    expect(files.filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});

test('names: each address an endpoint, reserved ones not connected to', async () => {
  const target = { text: 'mx.example', host: 'mx.example', port: { port: 25, connect_port: 25 } };
  const resolve = async () => ['127.0.0.1', '10.0.0.1'];
  const connect = () => expect.fail('connected to a reserved address');
  const options = {
    allow_reserved: false,
    helo: 'scanner.census.example',
    contact: 'https://census.example/',
  };
  const { records } = await scanLocal([target], options, { resolve, connect });
  expect(records.map((one) => [one.ip, one.host, one.error_kind])).toEqual([
    ['10.0.0.1', 'mx.example', 'reserved_address'],
    ['127.0.0.1', 'mx.example', 'reserved_address'],
  ]);
});

test('no more than so many connections at once, and never two to an endpoint', async () => {
  const open: Socket[] = [];
  let most = 0;
  const connect: ScanWorld['connect'] = (ip, port, onData) => {
    const socket = realWorld().connect(ip, port, onData);
    open.push(socket);
    most = Math.max(most, open.filter((one) => !one.destroyed).length);
    return socket;
  };
  const act = (socket: Socket) => void setTimeout(() => socket.end(ALERT_40), 5);
  await withServer(onHello(act), async (server) => {
    const targets = Array.from({ length: 6 }, (_, index) => local(993, server.port, `mx${index}.example`));
    await scanLocal(targets, { concurrency: 3 }, { connect });
    expect(most).toBe(3);
    most = 0;
    await scanLocal(targets.slice(0, 1), { concurrency: 3 }, { connect });
    expect(most).toBe(1);
  });
});

/** What connect() gives where the process has no file descriptor left. */
function noSocket(): Socket {
  const error = Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' });
  return new Socket({ allowHalfOpen: true }).destroy(error);
}

test('without a socket to spare a connection waits for one', async () => {
  let tries = 0;
  const connect: ScanWorld['connect'] = (ip, port, onData) =>
    ++tries < 3 ? noSocket() : realWorld().connect(ip, port, onData);
  await withServer(
    onHello((socket) => socket.end(ALERT_40)),
    async (server) => {
      const { records, file } = await scanLocal([local(993, server.port)], {}, { connect });
      expect(records[0]).toMatchObject({ outcome: 'tls_rejected' });
      expect(file.finished_at).not.toBeNull();
    },
  );
});

test('where none comes the scan ends, and what is done is kept', async () => {
  const out = mkdtempSync(join(tmpdir(), 'census-scan-'));
  const real = realWorld();
  let [tries, now] = [0, 0];
  const connect: ScanWorld['connect'] = (ip, port, onData) =>
    ++tries > 1 ? noSocket() : real.connect(ip, port, onData);
  const clock = { now: Date.now, monotonic: () => (now += 5000) };
  try {
    const targets = [local(25, 1), local(110, 1)];
    const options = { ...LOCAL_OPTIONS, targets: targetList(targets), out, concurrency: 1 };
    await expect(scan(options, { ...real, connect, clock })).rejects.toThrow(UsageError);
    const { file, records, files } = readScan(out);
    expect(file).toMatchObject({ finished_at: null, counts: { endpoints: 1 } });
    expect(records.map((record) => record.endpoint_id)).toEqual([0]);
    expect(files.filter((name) => name.endsWith('.partial'))).toEqual([]);
  } finally {
    rmSync(out, { recursive: true });
  }
});

test('what is given twice is scanned once, at its first place', async () => {
  const targets = [
    local(25, 1),
    local(110, 1),
    local(25, 1),
    local(25, 1, 'MX.example.'),
    local(25, 1, 'mx.example'),
  ];
  const { records } = await scanLocal(targets);
  expect(records.map((one) => [one.endpoint_id, one.port, one.host])).toEqual([
    [0, 25, null],
    [1, 110, null],
    [2, 25, 'MX.example.'],
  ]);
});
