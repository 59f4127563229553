/** Peers that break the rules of TLS: what is readable is read, what isn't is an error or a flight that broke off. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { flightOf, join, messageOf, recordOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import { ByteWriter } from '../../base/byte-writer.ts';
import type { ErrorKind } from '../../formats/raw-record.ts';
import { ALERT, HANDSHAKE } from '../../tls/content-types.ts';
import * as types from '../../tls/handshake-types.ts';
import { MAX_FLIGHT_BYTES } from '../../tls/index.ts';
import { writeRecords } from '../../tls/record.ts';
import { flood, inSegments, trickle, trickleForever } from '../testing/hostile-peers.ts';
import { type MeasuredScan, measuredScan } from '../testing/measured-scan.ts';
import { onHello, totals } from '../testing/scripted-tls.ts';
import { tcpServer } from '../testing/servers.ts';

/** One suite of TLS 1.2, accepted where a ServerHello chooses it. */
const CHOICE = { suites: new Map([[0x0303, [0xc02f]]]) };
const HASTY = { ...CHOICE, timeouts: { connect_ms: 400, read_ms: 100, endpoint_ms: 30_000 } };
const SLACK_MS = 4000;
/** What one flight may have, with the largest chunk that a socket hands over on top of it. */
const FLIGHT_BYTES = MAX_FLIGHT_BYTES + 65_536;

const CERTIFICATE = messageOf(types.CERTIFICATE, Uint8Array.of(0, 0, 5, 0, 0, 2, 0x30, 0x00));
const DONE = messageOf(types.SERVER_HELLO_DONE);
const HELLO_REQUEST = messageOf(types.HELLO_REQUEST);
const HELLO = flightOf(serverHelloOf());
const WHOLE = flightOf(serverHelloOf(), CERTIFICATE, DONE);
const NOTHING = new Uint8Array(0);
const warning = (description: number) => recordOf(ALERT, Uint8Array.of(1, description));
const fatal = (description: number) => recordOf(ALERT, Uint8Array.of(2, description));
const header = (type: number, length: number) =>
  Uint8Array.of(type, (length >> 16) & 255, (length >> 8) & 255, length & 255);
const fullRecord = (fragment: Uint8Array) => recordOf(HANDSHAKE, fragment.subarray(0, 16_384));

/** In full records. */
function inRecords(message: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writeRecords(writer, HANDSHAKE, 0x0303, message);
  return writer.finish();
}

/** In records of one byte. */
function crumbled(...messages: Uint8Array[]): Uint8Array {
  return join(...[...join(...messages)].map((byte) => recordOf(HANDSHAKE, Uint8Array.of(byte))));
}

const answering = (bytes: Uint8Array, then: (socket: Socket) => void = () => {}) =>
  onHello((socket) => {
    socket.write(bytes);
    then(socket);
  });

function expectAccepted({ record, connections, left_open }: MeasuredScan, broken: RegExp | null): void {
  expect(totals(record)).toMatchObject({ accepted: 1, errors: 0 });
  const accepted = record.handshakes.find((one) => one.outcome === 'accepted');
  expect(accepted).toMatchObject({ cipher_suite: 0xc02f, flight_complete: broken === null });
  expect(accepted!.error_detail ?? '').toMatch(broken ?? /^$/);
  expect(connections).toBe(1);
  expect(left_open).toBe(0);
}

function expectError({ record, connections, left_open }: MeasuredScan, kind: ErrorKind): void {
  expect(record).toMatchObject({ outcome: 'error', error_kind: kind });
  expect(totals(record)).toEqual({ accepted: 0, rejected: 0, errors: 1 });
  // In two forms, since asking again may help; then as an old client asks, but for nonsense.
  expect(connections).toBe(kind === 'protocol_error' ? 2 : 3);
  expect(left_open).toBe(0);
}

describe('unusual, but readable', () => {
  test.each([
    ['records of one byte', crumbled(serverHelloOf(), CERTIFICATE, DONE)],
    [
      'warnings between records',
      join(warning(112), HELLO, warning(100), flightOf(CERTIFICATE), warning(41), flightOf(DONE)),
    ],
    [
      'HelloRequest before and after ServerHello',
      flightOf(HELLO_REQUEST, serverHelloOf(), HELLO_REQUEST, CERTIFICATE, DONE),
    ],
    [
      'empty records in between',
      join(recordOf(HANDSHAKE, NOTHING), HELLO, recordOf(HANDSHAKE, NOTHING), flightOf(CERTIFICATE, DONE)),
    ],
    [
      'messages of no known type',
      flightOf(serverHelloOf(), messageOf(99, new Uint8Array(9000)), CERTIFICATE, DONE),
    ],
  ])('%s', async (_what, bytes) => {
    const scan = await measuredScan(answering(bytes), 993, CHOICE);
    expectAccepted(scan, null);
    expect(scan.record.chains).toHaveLength(1);
  });

  test('a segment for each byte', async () => {
    const scan = await measuredScan(
      onHello((socket) => inSegments(socket, WHOLE)),
      993,
      CHOICE,
    );
    expectAccepted(scan, null);
  });

  test('an alert in records of one byte is a refusal', async () => {
    const bytes = join(recordOf(ALERT, Uint8Array.of(2)), recordOf(ALERT, Uint8Array.of(40)));
    const { record } = await measuredScan(answering(bytes), 993, CHOICE);
    expect(record.rejections).toEqual([
      { version: 0x0303, by: 'alert', code: 40, cipher_suites: 1, confirmed: false, forms: 2 },
    ]);
  });
});

describe('chosen, then broken off', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['a fatal alert', join(HELLO, fatal(80)), /alert 80/],
    ['close_notify', join(HELLO, warning(0)), /alert 0/],
    [
      'a certificate of 10 MB',
      join(HELLO, inRecords(join(header(types.CERTIFICATE, 10_000_000), new Uint8Array(10_000_000)))),
      /handshake length/,
    ],
    [
      'a message of 16 MiB',
      join(HELLO, recordOf(HANDSHAKE, header(types.CERTIFICATE, 0xffffff))),
      /handshake length/,
    ],
    ['a record of 64 KiB', join(HELLO, Uint8Array.of(22, 3, 3, 0xff, 0xff)), /record length/],
    [
      'a list longer than its message',
      join(HELLO, flightOf(messageOf(types.CERTIFICATE, Uint8Array.of(0, 1, 0, 0, 0, 1, 48)))),
      /certificate_list/,
    ],
    [
      'a list shorter than its message',
      join(HELLO, flightOf(messageOf(types.CERTIFICATE, Uint8Array.of(0, 0, 4, 0, 0, 1, 48, 9)))),
      /end of Certificate/,
    ],
    [
      'a certificate longer than its list',
      join(HELLO, flightOf(messageOf(types.CERTIFICATE, Uint8Array.of(0, 0, 4, 0, 0, 9, 48)))),
      /certificate/,
    ],
    ['a second ServerHello', join(HELLO, HELLO), /handshake type/],
    ['Finished', join(HELLO, flightOf(messageOf(types.FINISHED))), /handshake type/],
    ['text', join(HELLO, Buffer.from('220 mx ESMTP\r\n')), /record header/],
  ])('%s', async (_what, bytes, why) => {
    const scan = await measuredScan(answering(bytes), 993, CHOICE);
    expectAccepted(scan, why);
    expect(scan.bytes_read).toBeLessThan(FLIGHT_BYTES);
  });

  test.each<[string, Uint8Array]>([
    ['full records of one message', join(header(types.CERTIFICATE, 262_144), new Uint8Array(16_380))],
    ['messages of no known type', messageOf(99, new Uint8Array(16_380))],
    ['empty messages', join(...Array.from({ length: 4096 }, () => messageOf(99)))],
    ['requests to begin anew', join(...Array.from({ length: 4096 }, () => HELLO_REQUEST))],
  ])('%s without end', async (_what, fragment) => {
    const endless = onHello((socket) => {
      socket.write(HELLO);
      flood(socket, fullRecord(fragment));
    });
    const scan = await measuredScan(endless, 993, CHOICE);
    expectAccepted(scan, /handshake type|handshake length|flight length|certificate_list|end of Certificate/);
    expect(scan.bytes_read).toBeLessThan(FLIGHT_BYTES);
    expect(scan.duration_ms).toBeLessThan(SLACK_MS);
  });

  test('records of one byte without end', async () => {
    const hello = crumbled(serverHelloOf(), header(99, 262_144));
    const endless = onHello((socket) => {
      socket.write(hello);
      flood(socket, crumbled(new Uint8Array(2048)));
    });
    const scan = await measuredScan(endless, 993, CHOICE);
    expectAccepted(scan, /flight length/);
    expect(scan.bytes_read).toBeLessThan(FLIGHT_BYTES);
  });

  test('silence after ServerHello, and one byte after the other', async () => {
    const whole = { ...HASTY.timeouts };
    for (const act of [() => {}, (socket: Socket) => trickle(socket, WHOLE.subarray(HELLO.length), 60)]) {
      const scan = await measuredScan(answering(HELLO, act), 993, HASTY);
      expectAccepted(scan, /^read_timeout/);
      expect(scan.duration_ms).toBeLessThan(whole.connect_ms + 4 * whole.read_ms + SLACK_MS);
    }
  });
});

describe('no answer', () => {
  const serverHello = serverHelloOf();
  const cutHello = messageOf(types.SERVER_HELLO, serverHello.subarray(4, 30));
  const longId = serverHelloOf();
  longId[4 + 34] = 255;
  const overrun = serverHelloOf({ extensions: [{ type: 35, data: NOTHING }] });
  overrun[overrun.length - 1] = 9;

  test.each<[string, Uint8Array]>([
    ['a ServerHello of 16 MiB', recordOf(HANDSHAKE, header(types.SERVER_HELLO, 0xffffff))],
    ['a ServerHello that is cut short', recordOf(HANDSHAKE, cutHello)],
    [
      'a ServerHello with a byte too many',
      flightOf(messageOf(types.SERVER_HELLO, join(serverHello.subarray(4), Uint8Array.of(0)))),
    ],
    ['a session id longer than the hello', flightOf(longId)],
    ['an extension longer than the list', flightOf(overrun)],
    ['a record of 64 KiB', Uint8Array.of(22, 3, 3, 0xff, 0xff)],
    ['a Certificate first', flightOf(CERTIFICATE)],
    ['application data', recordOf(23, new Uint8Array(40))],
    ['a suite that was not offered', flightOf(serverHelloOf({ cipher_suite: 0x1301 }), DONE)],
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')],
    ['NULs', new Uint8Array(64)],
  ])('%s', async (_what, bytes) => {
    const scan = await measuredScan(answering(bytes), 993, CHOICE);
    expectError(scan, 'protocol_error');
    expect(scan.bytes_read).toBeLessThan(2 * 65_536);
  });

  test.each<[string, Uint8Array]>([
    ['records of 16 KiB of a message that never ends', join(header(99, 262_144), new Uint8Array(16_380))],
    ['messages before ServerHello', messageOf(99, new Uint8Array(16_380))],
    ['requests to begin anew', join(...Array.from({ length: 4096 }, () => HELLO_REQUEST))],
  ])('%s, without end', async (_what, fragment) => {
    const scan = await measuredScan(
      onHello((socket) => flood(socket, fullRecord(fragment))),
      993,
      CHOICE,
    );
    expectError(scan, 'protocol_error');
    expect(scan.bytes_read).toBeLessThan(2 * FLIGHT_BYTES);
    expect(scan.duration_ms).toBeLessThan(SLACK_MS);
  });

  test.each<[string, Uint8Array]>([
    ['warnings', warning(112)],
    ['empty records', recordOf(HANDSHAKE, NOTHING)],
    ['empty alerts', recordOf(ALERT, NOTHING)],
  ])('%s without end', async (_what, bytes) => {
    const scan = await measuredScan(
      onHello((socket) => flood(socket, bytes)),
      993,
      CHOICE,
    );
    expectError(scan, 'protocol_error');
    expect(scan.bytes_read).toBeLessThan(4 * 65_536);
  });

  test.each<[string, (socket: Socket) => void]>([
    ['a record longer than what comes', (socket) => socket.write(HELLO.subarray(0, HELLO.length - 1))],
    ['a message longer than what comes', (socket) => socket.write(recordOf(HANDSHAKE, header(2, 5000)))],
    ['half an alert', (socket) => socket.write(recordOf(ALERT, Uint8Array.of(2)))],
    ['one byte after the other', (socket) => trickleForever(socket, 22, 60)],
    ['a ServerHello too slow', (socket) => trickle(socket, HELLO, 60)],
  ])('%s ends with the connection’s time', async (_what, act) => {
    const scan = await measuredScan(onHello(act), 993, HASTY);
    const { connect_ms, read_ms } = HASTY.timeouts;
    expect(['read_timeout', 'protocol_error']).toContain(scan.record.error_kind);
    expectError(scan, scan.record.error_kind!);
    expect(scan.duration_ms).toBeLessThan(3 * (connect_ms + 4 * read_ms) + SLACK_MS);
  });

  test('a peer that never reads', async () => {
    const scan = await measuredScan(
      tcpServer((socket) => socket.pause()),
      993,
      HASTY,
    );
    expectError(scan, 'read_timeout');
    expect(scan.bytes_read).toBe(0);
  });
});

test('a version that nobody has is a refusal by version', async () => {
  const { record } = await measuredScan(
    answering(flightOf(serverHelloOf({ legacy_version: 0x0399 }), DONE)),
    993,
    CHOICE,
  );
  expect(record.rejections).toEqual([
    { version: 0x0303, by: 'version', code: 0x0399, cipher_suites: 1, confirmed: false, forms: 2 },
  ]);
});
