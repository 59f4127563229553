/** Servers that do not play along: each ends as data of the right kind, soon, and an error is never a no. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { EndpointRecord } from '../formats/raw-record.ts';
import { realWorld } from './index.ts';
import { local, scanLocal, scanOne } from './testing/scan-local.ts';
import { type LocalServer, mailServer, tcpServer, withServer } from './testing/servers.ts';

const ALERT_40 = Buffer.from('15030300020228', 'hex');
/** TLS 1.2, TLS_RSA_WITH_AES_128_CBC_SHA, no extensions, then an empty ServerHelloDone. */
const SERVER_HELLO = Buffer.from(`160303002a020000260303${'00'.repeat(32)}00002f00`, 'hex');
const HELLO_DONE = Buffer.from('16030300040e000000', 'hex');
const FLIGHT = Buffer.concat([SERVER_HELLO, HELLO_DONE]);

const totals = (record: EndpointRecord) => ({
  accepted: sum(record, 'accepted'),
  rejected: sum(record, 'rejected'),
  errors: sum(record, 'errors'),
});

function sum(
  record: EndpointRecord,
  field: 'accepted' | 'rejected' | 'errors' | 'offered' | 'not_tested',
): number {
  return record.versions.reduce((total, counts) => total + counts[field], 0);
}

const scanOf = (starting: Promise<LocalServer>, port = 993, overrides = {}) =>
  withServer(starting, (server) => scanOne(local(port, server.port), overrides));

/** Answers each hello with what `act` does; `suites` are those of a TLS hello. */
const onHello = (
  act: (socket: Socket, hello: { version: number; suites: number[]; count: number }) => void,
) =>
  tcpServer((socket, count) => socket.once('data', (bytes) => act(socket, { ...readHello(bytes), count })));

function readHello(bytes: Buffer): { version: number; suites: number[] } {
  if (bytes[0] !== 0x16) return { version: 2, suites: [] };
  const list = bytes.subarray(46 - 2 + bytes[43]!, bytes.length);
  const length = list.readUInt16BE(0);
  const suites = Array.from({ length: length / 2 }, (_, index) => list.readUInt16BE(2 + 2 * index));
  return { version: suites.includes(0x1301) ? 0x0304 : bytes.readUInt16BE(9), suites };
}

describe('before TLS', () => {
  const nothing = () => {};

  test.each<[string, number, () => Promise<LocalServer>, Partial<EndpointRecord>]>([
    ['silence', 25, () => tcpServer(nothing), { outcome: 'error', error_kind: 'banner_timeout' }],
    [
      'garbage',
      110,
      () => tcpServer((s) => s.write('\u0001\u0002\n')),
      { outcome: 'error', error_kind: 'protocol_error' },
    ],
    ['a close', 143, () => tcpServer((s) => s.end()), { outcome: 'error', error_kind: 'closed' }],
    ['a reset', 25, () => tcpServer((s) => s.resetAndDestroy()), { outcome: 'error', error_kind: 'reset' }],
    ['421', 587, () => mailServer('421 busy\r\n', {}), { outcome: 'error', error_kind: 'temporary_failure' }],
    ['554', 25, () => mailServer('554 no\r\n', {}), { outcome: 'error', error_kind: 'service_refused' }],
    ['* BYE', 143, () => mailServer('* BYE\r\n', {}), { outcome: 'error', error_kind: 'service_refused' }],
    [
      '454',
      25,
      () => mailServer('220 a\r\n', { EHLO: '250-a\r\n250 STARTTLS\r\n', STARTTLS: '454 no\r\n' }),
      { outcome: 'error', error_kind: 'starttls_refused' },
    ],
    [
      'no STARTTLS',
      25,
      () => mailServer('220 a\r\n', { EHLO: '250 a\r\n' }),
      { outcome: 'no_starttls', error_kind: null },
    ],
    [
      'no STLS',
      110,
      () => mailServer('+OK\r\n', { CAPA: '+OK\r\nUSER\r\n.\r\n' }),
      { outcome: 'no_starttls', error_kind: null },
    ],
    [
      'half a greeting',
      25,
      () => mailServer('220-a\r\n', {}),
      { outcome: 'error', error_kind: 'banner_timeout' },
    ],
    [
      'half of EHLO',
      25,
      () => mailServer('220 a\r\n', { EHLO: '250-a\r\n' }),
      { outcome: 'error', error_kind: 'read_timeout' },
    ],
    [
      'an endless greeting',
      25,
      () => tcpServer((s) => s.write(Buffer.alloc(9000, 'x'))),
      { outcome: 'error', error_kind: 'too_much_data' },
    ],
    [
      'injected bytes',
      25,
      () => mailServer('220 a\r\n', { EHLO: '250-a\r\n250 STARTTLS\r\n', STARTTLS: '220 go\r\n250 x\r\n' }),
      { outcome: 'error', error_kind: 'protocol_error' },
    ],
  ])('%s on port %i', async (_what, port, start, expected) => {
    await withServer(start(), async (server) => {
      const record = await scanOne(local(port, server.port));
      expect(record).toMatchObject(expected);
      expect(totals(record)).toEqual({ accepted: 0, rejected: 0, errors: 0 });
      expect(sum(record, 'not_tested')).toBe(sum(record, 'offered'));
      expect(server.connections()).toBe(1);
    });
  });

  test('what was said before is kept', async () => {
    const ehlo = '250-a\r\n250-AUTH PLAIN\r\n250 XXXXXXXA\r\n';
    const record = await scanOf(mailServer('220 \u001b[31mhi\r\n', { EHLO: ehlo }), 587);
    expect(record.dialogue).toEqual({
      banner: '220 \u001b[31mhi',
      capabilities: ['AUTH PLAIN', 'XXXXXXXA'],
      starttls_offered: false,
      starttls_reply: null,
      starttls_accepted: null,
      auth_mechanisms: ['PLAIN'],
      plaintext_auth_offered: true,
    });
  });

  test('nobody there', async () => {
    const port = await withServer(tcpServer(nothing), async (server) => server.port);
    const record = await scanOne(local(25, port));
    expect(record).toMatchObject({ outcome: 'error', error_kind: 'connection_refused' });
  });
});

describe('in TLS', () => {
  test('silence after the hello: two versions are asked twice, the rest not at all', async () => {
    await withServer(
      tcpServer((socket) => socket.resume()),
      async (server) => {
        const record = await scanOne(local(993, server.port));
        expect(record).toMatchObject({ outcome: 'error', error_kind: 'read_timeout' });
        expect(server.connections()).toBe(4);
        expect(totals(record)).toEqual({ accepted: 0, rejected: 0, errors: 352 + 15 });
      },
    );
  });

  test('plaintext where TLS should be: asked twice, then left alone', async () => {
    await withServer(
      tcpServer((socket) => socket.write('* OK hi\r\n')),
      async (server) => {
        const record = await scanOne(local(993, server.port));
        expect(record).toMatchObject({ outcome: 'error', error_kind: 'protocol_error' });
        expect(server.connections()).toBe(2);
        expect(totals(record).rejected).toBe(0);
      },
    );
  });

  test('a reset in the middle of ServerHello is an error everywhere, never a no', async () => {
    const reset = (socket: Socket) =>
      socket.write(SERVER_HELLO.subarray(0, 20), () => setTimeout(() => socket.resetAndDestroy(), 5));
    const record = await scanOf(onHello(reset));
    expect(record).toMatchObject({ outcome: 'error', error_kind: 'reset' });
    expect(totals(record)).toEqual({ accepted: 0, rejected: 0, errors: sum(record, 'offered') });
  });

  test('closing without a word is an error where nothing is ever accepted', async () => {
    const record = await scanOf(onHello((socket) => socket.end()));
    expect(record).toMatchObject({ outcome: 'error', error_kind: 'closed' });
    expect(totals(record)).toEqual({ accepted: 0, rejected: 0, errors: sum(record, 'offered') });
  });

  test('closing without a word is a no where the control is accepted', async () => {
    const act = (socket: Socket, { version, suites }: { version: number; suites: number[] }) =>
      version === 0x0303 && suites.includes(0x2f) ? socket.write(FLIGHT) : socket.end();
    const record = await scanOf(onHello(act));
    expect(record.outcome).toBe('tls');
    expect(totals(record)).toEqual({ accepted: 1, rejected: sum(record, 'offered') - 1, errors: 0 });
    expect(new Set(record.rejections.map((one) => one.by))).toEqual(new Set(['close']));
    const handshakes = record.versions.map((counts) => counts.handshakes);
    // TLS 1.2: one accepted, two closed, a control. Others: two closed, a control.
    expect(handshakes).toEqual([4, 3, 3, 3, 3, 3]);
  });

  test('closing is an error where the control fails too', async () => {
    const act = (socket: Socket, { count }: { count: number }) =>
      count === 1 ? socket.write(FLIGHT) : socket.end();
    const record = await scanOf(onHello(act));
    expect(totals(record)).toEqual({ accepted: 1, rejected: 0, errors: sum(record, 'offered') - 1 });
  });

  test('a refusal after one success is temporary, and the rest is not asked', async () => {
    const ehlo = { EHLO: '250-a\r\n250 STARTTLS\r\n', STARTTLS: '220 go\r\n' };
    let count = 0;
    const starting = tcpServer((socket) => {
      socket.write(++count > 1 ? '421 too many\r\n' : '220 a\r\n');
      socket.on('data', (bytes) => {
        const command = bytes.toString('latin1').split(/\s/)[0]!;
        socket.write(ehlo[command as keyof typeof ehlo] ?? FLIGHT);
      });
    });
    const record = await scanOf(starting, 25);
    expect(record.outcome).toBe('tls');
    expect(totals(record)).toEqual({ accepted: 1, rejected: 0, errors: 351 });
    expect(record.handshakes[1]).toMatchObject({
      outcome: 'error',
      error_kind: 'temporary_failure',
      cipher_suite: null,
    });
    expect(sum(record, 'not_tested')).toBe(sum(record, 'offered') - 352);
  });

  test('a flight that breaks off is accepted, and says so', async () => {
    const act = (socket: Socket, { version, suites }: { version: number; suites: number[] }) =>
      socket.end(version === 0x0303 && suites.includes(0x2f) ? SERVER_HELLO : ALERT_40);
    const record = await scanOf(onHello(act));
    expect(record.handshakes).toHaveLength(1);
    expect(record.handshakes[0]).toMatchObject({
      outcome: 'accepted',
      cipher_suite: 0x2f,
      flight_complete: false,
    });
    expect(record.handshakes[0]!.error_detail).toMatch(/^closed/);
    expect(totals(record).errors).toBe(0);
  });

  test('another version than offered is a refusal by version', async () => {
    const record = await scanOf(
      onHello((socket) => socket.write(FLIGHT)),
      993,
      {
        suites: new Map([
          [0x0302, [0x2f]],
          [0x0301, [0x35]],
        ]),
      },
    );
    expect(record.outcome).toBe('tls_rejected');
    expect(record.rejections).toEqual([
      { version: 0x0302, by: 'version', code: 0x0303, cipher_suites: 1 },
      { version: 0x0301, by: 'version', code: 0x0303, cipher_suites: 1 },
    ]);
  });

  test('a suite that was not offered is an error', async () => {
    const record = await scanOf(
      onHello((socket) => socket.write(FLIGHT)),
      993,
      { suites: new Map([[0x0303, [0x35]]]) },
    );
    expect(record).toMatchObject({ outcome: 'error', error_kind: 'protocol_error' });
    expect(record.handshakes[0]).toMatchObject({
      cipher_suite: 0x35,
      error_detail: expect.stringContaining('0x002f'),
    });
  });

  test('a server that can’t read long hellos is asked in pieces', async () => {
    const act = (socket: Socket, { version, suites }: { version: number; suites: number[] }) => {
      if (version !== 0x0303) socket.end(ALERT_40);
      else if (suites.length > 100) socket.resetAndDestroy();
      else socket.end(suites.includes(0x2f) ? FLIGHT : ALERT_40);
    };
    const record = await scanOf(onHello(act));
    expect(record.versions[0]).toMatchObject({
      version: 0x0303,
      offered: 352,
      accepted: 1,
      rejected: 351,
      errors: 0,
    });
    expect(record.versions[0]!.handshakes).toBe(1 + 6 + 1);
  });

  test('the endpoint’s time is bounded', async () => {
    const slow = (socket: Socket) => void setTimeout(() => socket.destroyed || socket.end(ALERT_40), 100);
    const timeouts = { connect_ms: 500, read_ms: 500, endpoint_ms: 250 };
    const record = await scanOf(onHello(slow), 993, { timeouts });
    expect(sum(record, 'not_tested')).toBeGreaterThan(0);
    expect(record.versions.reduce((total, counts) => total + counts.handshakes, 0)).toBe(3);
  });

  test('a trickle without end is cut off by the deadline', async () => {
    const trickle = (socket: Socket) => {
      const timer = setInterval(() => socket.write(Buffer.from([0x16])), 50);
      socket.once('close', () => clearInterval(timer));
    };
    const timeouts = { connect_ms: 100, read_ms: 100, endpoint_ms: 10_000 };
    const choice = new Map([[0x0303, [0x2f]]]);
    const record = await scanOf(tcpServer(trickle), 993, { timeouts, suites: choice });
    expect(record.outcome).toBe('error');
    expect(record.duration_ms).toBeLessThan(2000);
  });
});

describe('the scan as a whole', () => {
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
});
