/** Servers that misbehave in TLS: their records tell what happened, soon, and an error is never a no. */
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { IMPATIENT, local, scanOne } from './testing/scan-local.ts';
import {
  ALERT_40,
  FLIGHT,
  onHello,
  readHello,
  SERVER_HELLO,
  type SeenHello,
  sum,
  totals,
} from './testing/scripted-tls.ts';
import { type LocalServer, tcpServer, withServer } from './testing/servers.ts';

const scanOf = (starting: Promise<LocalServer>, port = 993, overrides = {}) =>
  withServer(starting, (server) => scanOne(local(port, server.port), overrides));

test('silence after the hello: one version is asked in two forms, a second one once, then as old clients ask, SSLv3 and SSLv2', async () => {
  await withServer(
    tcpServer((socket) => socket.resume()),
    async (server) => {
      const record = await scanOne(local(993, server.port), IMPATIENT);
      expect(record).toMatchObject({ outcome: 'error', error_kind: 'read_timeout' });
      expect(record).toMatchObject({ stop_reason: 'unresponsive', contradictions: [], rejections: [] });
      expect(record.versions.map(({ version, handshakes }) => [version, handshakes])).toEqual([
        ...[
          [0x0303, 2 + 1],
          [0x0304, 1],
          [0x0302, 0],
        ],
        ...[
          [0x0301, 0 + 1],
          [0x0300, 1],
          [0x0002, 1],
        ],
      ]);
      expect(server.connections()).toBe(7);
      // What the attempts in the classical form offered stays not tested at TLS 1.0.
      expect(totals(record)).toEqual({ accepted: 0, rejected: 0, errors: 355 + 15 + 355 + 10 });
      expect(sum(record, 'not_tested')).toBe(355 + 355);
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
  const act = (socket: Socket, { version, suites }: SeenHello) =>
    version === 0x0303 && suites.includes(0x2f) ? socket.write(FLIGHT) : socket.end();
  const record = await scanOf(onHello(act));
  expect(record.outcome).toBe('tls');
  expect(totals(record)).toEqual({ accepted: 1, rejected: sum(record, 'offered') - 1, errors: 0 });
  expect(new Set(record.rejections.map(({ by, confirmed }) => `${by} ${confirmed}`))).toEqual(
    new Set(['close true']),
  );
  expect(record.contradictions).toEqual([]);
  const handshakes = record.versions.map((counts) => counts.handshakes);
  // TLS 1.2: one accepted, one with as many suites as were refused, two closed, four controls with three closed in between.
  // Others, since it was shown that a close says no: two closed, two controls with one closed in between.
  expect(handshakes).toEqual([1 + 1 + 2 + 4 + 3, ...Array(5).fill(2 + 2 + 1)]);
});

test('closing is throttling where the control is closed too: the rest is not tested', async () => {
  const act = (socket: Socket, { count }: SeenHello) => (count === 1 ? socket.write(FLIGHT) : socket.end());
  const record = await scanOf(onHello(act));
  expect(totals(record)).toEqual({ accepted: 1, rejected: 0, errors: 0 });
  expect(record).toMatchObject({ outcome: 'tls', stop_reason: 'throttled' });
  expect(sum(record, 'not_tested')).toBe(sum(record, 'offered') - 1);
});

test('a refusal after one success is throttling: waited out inside the budget, then the rest is not asked', async () => {
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
  expect(totals(record)).toEqual({ accepted: 1, rejected: 0, errors: 0 });
  expect(record).toMatchObject({ error_kind: null, stop_reason: 'throttled' });
  expect(record.stop_detail).toBe('temporary_failure (421 too many) after 3 waits of 140 ms in all');
  expect(record.effort).toMatchObject({ connections: 5, retries: 3, throttle_waits: 3 });
  expect(sum(record, 'not_tested')).toBe(sum(record, 'offered') - 1);
});

test('a flight that breaks off is accepted, and says so', async () => {
  const act = (socket: Socket, { version, suites }: SeenHello) =>
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

test('another version than offered is a refusal by version; where nothing is accepted nothing confirms it', async () => {
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
    { version: 0x0302, by: 'version', code: 0x0303, cipher_suites: 1, confirmed: false, forms: 2 },
    { version: 0x0301, by: 'version', code: 0x0303, cipher_suites: 1, confirmed: false, forms: 2 },
  ]);
  expect(totals(record)).toEqual({ accepted: 0, rejected: 0, errors: 2 });
  expect(record.handshakes.map(({ error_kind }) => error_kind)).toEqual(['unconfirmed', 'unconfirmed']);
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
  const act = (socket: Socket, { version, suites }: SeenHello) => {
    if (version !== 0x0303) socket.end(ALERT_40);
    else if (suites.length > 100) socket.resetAndDestroy();
    else socket.end(suites.includes(0x2f) ? FLIGHT : ALERT_40);
  };
  const record = await scanOf(onHello(act));
  expect(record.versions[0]).toMatchObject({
    version: 0x0303,
    offered: 355,
    accepted: 1,
    rejected: 354,
    errors: 0,
  });
  // The whole list in two forms; as an old client asks; three about the form, eight for the hundred by halves, three to make sure of it; what is left of the
  // list in four pieces, each of them in two forms.
  expect(record.versions[0]!.handshakes).toBe(2 + 1 + 3 + 8 + 3 + 4 * 2);
  expect(record.hello_tolerance).toMatchObject({
    cipher_suites: 100,
    refused: [{ feature: 'cipher_suites', value: 100, by: 'reset', code: null }],
  });
  expect(sum(record, 'errors')).toBe(0);
});

test('a server that can’t read a hello past 255 bytes is asked in short ones', async () => {
  const lengths: number[] = [];
  const server = tcpServer((socket) => {
    socket.once('data', (bytes) => {
      lengths.push(bytes.length);
      const { version, suites } = readHello(bytes);
      if (bytes.length > 255) socket.resetAndDestroy();
      else if (version !== 0x0303) socket.end(ALERT_40);
      else socket.end(suites.includes(0x2f) ? FLIGHT : ALERT_40);
    });
  });
  const record = await scanOf(server);
  expect(record.versions[0]).toMatchObject({ version: 0x0303, accepted: 1, errors: 0, not_tested: 0 });
  // The whole list in two forms; as an old client asks; what the form may have; how many suites then fit into 255 bytes, and that once more; what is
  // left of the list in 19 pieces, each of them in two forms.
  expect(record.versions[0]!.handshakes).toBe(2 + 1 + 5 + 15 + 2 + 9 + 3 + 19 * 2);
  expect(record.effort.handshakes).toBe(228);
  expect(record.versions.reduce((all, { handshakes }) => all + handshakes, 0)).toBe(228);
  expect(sum(record, 'errors')).toBe(0);
  expect(record.hello_tolerance).toEqual({
    cipher_suites: 19,
    hello_bytes: 254,
    refused: [
      { feature: 'hello_bytes', value: 1152, by: 'reset', code: null },
      { feature: 'hello_bytes', value: 256, by: 'reset', code: null },
    ],
  });
  expect(record.facts.long_hello_tolerant).toBe(false);
  expect(Math.max(...lengths)).toBeGreaterThan(900);
});

test('the endpoint’s time is bounded', async () => {
  const slow = (socket: Socket) => void setTimeout(() => socket.destroyed || socket.end(ALERT_40), 400);
  // In the middle of the third: a machine with other work to do is late by less than half an answer.
  const timeouts = { connect_ms: 2000, read_ms: 2000, endpoint_ms: 1000 };
  const record = await scanOf(onHello(slow), 993, { timeouts });
  expect(sum(record, 'not_tested')).toBeGreaterThan(0);
  expect(record.stop_reason).toBe('time_budget');
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

test('a reset that arrives together with data is a reset all the same', async () => {
  const reset = (socket: Socket) => {
    socket.write(SERVER_HELLO.subarray(0, 20));
    socket.resetAndDestroy();
  };
  const record = await scanOf(onHello(reset), 993, { suites: new Map([[0x0303, [0x2f]]]) });
  expect(record.error_kind).toBe('reset');
});

test('a reset without a word is a no by its own name', async () => {
  const act = (socket: Socket, { version, suites }: SeenHello) =>
    version === 0x0303 && suites.includes(0x2f) ? socket.write(FLIGHT) : socket.resetAndDestroy();
  const record = await scanOf(onHello(act));
  expect(totals(record)).toEqual({ accepted: 1, rejected: sum(record, 'offered') - 1, errors: 0 });
  expect(new Set(record.rejections.map((one) => one.by))).toEqual(new Set(['reset']));
});

test('a time-out is an error, though a shorter hello would be closed', async () => {
  const act = (socket: Socket, { version, suites }: SeenHello) => {
    if (version === 0x0303) socket.write(suites.includes(0x2f) ? FLIGHT : ALERT_40);
    else if (version !== 0x0302) socket.end(ALERT_40);
    else if (suites.length <= 100) socket.end();
  };
  const record = await scanOf(onHello(act), 993, IMPATIENT);
  const counts = record.versions.find((one) => one.version === 0x0302)!;
  expect(counts).toMatchObject({ accepted: 0, rejected: 0, errors: counts.offered, not_tested: 0 });
  const failed = record.handshakes.filter((one) => one.outcome === 'error');
  expect(failed.map((one) => [one.version, one.error_kind])).toEqual([[0x0302, 'read_timeout']]);
});

/** TLS 1.2 is asked first: its silence comes before anything was accepted. */
const EARLY = new Map([
  [0x0303, [0x2f]],
  [0x0302, [0x2f]],
]);
const FLIGHT_1_1 = Buffer.from(FLIGHT);
FLIGHT_1_1[10] = 0x02;

test('an early silence is asked again, with a control before and after each', async () => {
  const seen: number[] = [];
  const act = (socket: Socket, { version }: SeenHello) => {
    seen.push(version);
    if (version === 0x0302) socket.write(FLIGHT_1_1);
    else socket.end();
  };
  const record = await scanOf(onHello(act), 993, { suites: EARLY });
  expect(totals(record)).toEqual({ accepted: 1, rejected: 1, errors: 0 });
  // Before the turns: a control in the form of the question, and the question in the form that has no extensions.
  const turn = [0x0302, 0x0303];
  expect(seen).toEqual([0x0303, 0x0303, 0x0302, 0x0302, 0x0303, ...turn, ...turn, ...turn, 0x0302]);
});

test('an early silence that is answered later on is booked by the answer', async () => {
  const act = (socket: Socket, { version, count }: SeenHello) => {
    if (version === 0x0302) socket.write(FLIGHT_1_1);
    else socket.end(count > 3 ? ALERT_40 : '');
  };
  const record = await scanOf(onHello(act), 993, { suites: EARLY });
  expect(record.rejections).toEqual([
    { version: 0x0303, by: 'alert', code: 40, cipher_suites: 1, confirmed: true, forms: 2 },
  ]);
});

test('an early silence with another end later on is an error', async () => {
  const act = (socket: Socket, { version, count }: SeenHello) => {
    if (version === 0x0302) socket.write(FLIGHT_1_1);
    else socket.end(count > 3 ? SERVER_HELLO.subarray(0, 20) : '');
  };
  const record = await scanOf(onHello(act), 993, { suites: EARLY });
  expect(totals(record)).toEqual({ accepted: 1, rejected: 0, errors: 1 });
});

test('silence to the controls at the end is met with by one version, not by each', async () => {
  const versions = [0x0303, 0x0302, 0x0301, 0x0300];
  const act = (socket: Socket, { version, count }: SeenHello) => {
    if (count <= 1 + 3 * 2) socket.write(version === 0x0303 ? FLIGHT : ALERT_40);
  };
  await withServer(onHello(act), async (server) => {
    const suites = new Map(versions.map((version) => [version, [0x2f]]));
    const record = await scanOne(local(993, server.port), { ...IMPATIENT, suites });
    expect(totals(record)).toEqual({ accepted: 1, rejected: 0, errors: 3 });
    expect(record.rejections.map(({ confirmed, forms }) => [confirmed, forms])).toEqual(
      Array(3).fill([false, 2]),
    );
    expect(record.handshakes.slice(1).map(({ error_kind }) => error_kind)).toEqual(
      Array(3).fill('unconfirmed'),
    );
    expect(server.connections()).toBe(1 + 3 * 2 + 2);
  });
});

test('time queued for the rate is not the endpoint’s', async () => {
  const timeouts = { connect_ms: 500, read_ms: 500, endpoint_ms: 150 };
  const suites = new Map([0x0303, 0x0302, 0x0301].map((version) => [version, [0x2f]]));
  const record = await scanOf(
    onHello((socket) => socket.end(ALERT_40)),
    993,
    { timeouts, suites, rate: 5 },
  );
  expect(record.duration_ms).toBeGreaterThan(300);
  expect(sum(record, 'not_tested')).toBe(0);
});
