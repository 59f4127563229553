/** Peers that close, half-close or reset, at each stage: what it means depends on the stage, and never is a wrong no. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { flightOf, messageOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import type { ErrorKind } from '../../formats/raw-record.ts';
import * as types from '../../tls/handshake-types.ts';
import { type MeasuredScan, measuredScan } from '../testing/measured-scan.ts';
import { onHello, sum, totals } from '../testing/scripted-tls.ts';
import { tcpServer } from '../testing/servers.ts';

const CHOICE = { suites: new Map([[0x0303, [0xc02f]]]) };
const CERTIFICATE = messageOf(types.CERTIFICATE, Uint8Array.of(0, 0, 5, 0, 0, 2, 0x30, 0x00));
const HELLO = flightOf(serverHelloOf());
const FLIGHT = flightOf(serverHelloOf(), CERTIFICATE, messageOf(types.SERVER_HELLO_DONE));
const SMTP = ['220 a\r\n', '250-a\r\n250 STARTTLS\r\n', '220 go\r\n'];

type Ending = (socket: Socket, last: Uint8Array | string) => void;

/** `last` is said before, as far as it still arrives. */
const ENDINGS: Record<string, Ending> = {
  close: (socket, last) => socket.end(last),
  'half-close': (socket, last) => {
    socket.end(last);
    socket.resume();
  },
  reset: (socket, last) => socket.write(last, () => setTimeout(() => socket.resetAndDestroy(), 20)),
};

/** Speaks `words`, one at each command, and ends with the last of them. */
const speaksThenEnds = (words: string[], end: Ending) =>
  tcpServer((socket) => {
    const left = [...words];
    const next = () => {
      const word = left.shift();
      if (word !== undefined) (left.length === 0 ? end : (one: Socket) => one.write(word))(socket, word);
    };
    next();
    socket.on('data', next);
  });

function expectNoNo({ record, left_open }: MeasuredScan, kind: ErrorKind): void {
  expect(record).toMatchObject({ outcome: 'error', error_kind: kind });
  expect(totals(record)).toMatchObject({ accepted: 0, rejected: 0 });
  expect(sum(record, 'errors') + sum(record, 'not_tested')).toBe(sum(record, 'offered'));
  expect(left_open).toBe(0);
}

describe.each(Object.entries(ENDINGS))('%s', (name, end) => {
  const kind = name === 'reset' ? 'reset' : 'closed';

  test.each([
    ['at once', ['']],
    ['within the greeting', ['220-a\r\n']],
    ['after the greeting', SMTP.slice(0, 1)],
    ['within the capabilities', [SMTP[0]!, '250-a\r\n']],
    ['before the reply to STARTTLS', SMTP.slice(0, 2)],
    ['within the reply to STARTTLS', [...SMTP.slice(0, 2), '220-go\r\n']],
  ])('%s', async (_when, words) => {
    const scan = await measuredScan(speaksThenEnds(words, end), 25, CHOICE);
    expectNoNo(scan, kind);
    expect(scan.connections).toBe(1);
  });

  test('after the reply to STARTTLS, each time', async () => {
    const scan = await measuredScan(speaksThenEnds(SMTP, end), 25, CHOICE);
    expectNoNo(scan, kind);
    expect(scan.connections).toBeLessThanOrEqual(3);
  });

  test.each<[string, Uint8Array]>([
    ['within the header of a record', HELLO.subarray(0, 3)],
    ['within ServerHello', HELLO.subarray(0, 30)],
    ['within the last byte of ServerHello', HELLO.subarray(0, HELLO.length - 1)],
  ])('%s', async (_when, bytes) => {
    const scan = await measuredScan(
      onHello((socket) => end(socket, bytes)),
      993,
      CHOICE,
    );
    expectNoNo(scan, kind);
    expect(sum(scan.record, 'errors')).toBe(1);
    // In two forms, then as an old client asks.
    expect(scan.connections).toBe(3);
  });

  test.each<[string, number]>([
    ['after ServerHello', HELLO.length],
    ['within Certificate', HELLO.length + 9],
    ['before ServerHelloDone', FLIGHT.length - 9],
  ])('%s: accepted, and broken off', async (_when, length) => {
    const scan = await measuredScan(
      onHello((socket) => end(socket, FLIGHT.subarray(0, length))),
      993,
      CHOICE,
    );
    expect(totals(scan.record)).toEqual({ accepted: 1, rejected: 0, errors: 0 });
    const [accepted] = scan.record.handshakes;
    expect(accepted).toMatchObject({ outcome: 'accepted', flight_complete: false });
    expect(accepted!.error_detail).toMatch(new RegExp(`^${kind}`));
    expect(scan.record.chains).toHaveLength(length > HELLO.length + 16 ? 1 : 0);
  });

  test('after the flight: nothing is missing', async () => {
    const { record } = await measuredScan(
      onHello((socket) => end(socket, FLIGHT)),
      993,
      CHOICE,
    );
    expect(record.handshakes[0]).toMatchObject({ flight_complete: true, error_detail: null });
  });
});

test('a peer that closes as soon as it accepts, on an implicit port', async () => {
  const scan = await measuredScan(
    tcpServer((socket) => socket.destroy()),
    993,
    CHOICE,
  );
  expect(['closed', 'reset']).toContain(scan.record.error_kind);
  expectNoNo(scan, scan.record.error_kind!);
  expect(scan.connections).toBeLessThanOrEqual(3);
});
