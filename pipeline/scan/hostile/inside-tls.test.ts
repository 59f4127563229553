/** Peers that behave up to the suites and then wear down the probes: the handshake that is finished, and what is said in it. */
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { flightOf, join, messageOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import { certificateEntry, certificatePem, keyPem } from '../../../scripts/village/certificates.ts';
import { CERTIFICATE, SERVER_HELLO_DONE } from '../../tls/handshake-types.ts';
import { PROBES } from '../index.ts';
import { flood, trickleForever } from '../testing/hostile-peers.ts';
import { type MeasuredScan, measuredScan } from '../testing/measured-scan.ts';
import { ALERT_40, onHello, sum } from '../testing/scripted-tls.ts';
import { type LocalServer, tcpServer } from '../testing/servers.ts';

const CHOICE = new Map([
  [0x0304, [0x1301]],
  [0x0303, [0xc02f, 0x2f]],
]);
const ALL = { suites: CHOICE, probes: PROBES.map(({ name }) => name) };
const HASTY = { ...ALL, timeouts: { connect_ms: 1000, read_ms: 250, endpoint_ms: 60_000 } };
const SLACK_MS = 10_000;
/** Of one connection: the largest flight, a dialogue, and the largest chunk. */
const CONNECTION_BYTES = 1_048_576 + 131_072 + 65_536;

/** A real TLS server; `inside` has the connection once its handshake is finished. */
function finishing(inside: (secured: TLSSocket) => void): Promise<LocalServer> {
  const entry = certificateEntry('imap-example');
  const server = createServer({ cert: certificatePem('imap-example'), key: keyPem(entry.key) });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('secureConnection', (secured) => {
    secured.on('error', () => secured.destroy());
    inside(secured);
  });
  return tcpServer((socket) => void server.emit('connection', socket));
}

const lines = (line: string) => Buffer.from(line.repeat(Math.ceil(8192 / line.length)));

function expectDone({ record, bytes_read, left_open }: MeasuredScan, most: number): void {
  expect(record.outcome).toBe('tls');
  expect(sum(record, 'accepted')).toBeGreaterThan(0);
  expect(bytes_read).toBeLessThan(most);
  expect(left_open).toBe(0);
}

describe('inside TLS', () => {
  test.each<[string, number, (secured: TLSSocket) => void]>([
    ['greetings without end', 465, (secured) => flood(secured, lines('220-welcome\r\n'))],
    ['a line without end', 993, (secured) => flood(secured, lines('* OK hello '))],
    [
      'capabilities without end',
      995,
      (secured) => secured.write('+OK\r\n') && flood(secured, lines('+OK\r\nUSER\r\n')),
    ],
    ['nonsense', 465, (secured) => secured.write('what\r\n')],
    ['a close', 993, (secured) => secured.destroy()],
  ])('%s on port %i', async (_what, port, inside) => {
    const scan = await measuredScan(finishing(inside), port, ALL);
    expectDone(scan, 5 * CONNECTION_BYTES);
    expect(scan.duration_ms).toBeLessThan(SLACK_MS);
  });

  test.each<[string, number, (secured: TLSSocket) => void]>([
    ['silence', 465, () => {}],
    ['one byte after the other', 993, (secured) => trickleForever(secured, 0x20, 60)],
  ])('%s on port %i ends with the connection’s time', async (_what, port, inside) => {
    const scan = await measuredScan(finishing(inside), port, HASTY);
    expectDone(scan, CONNECTION_BYTES);
    expect(scan.record.secured_dialogue).toMatchObject({ banner: null, capabilities: null });
    // One conversation is waited for, four silences at most.
    expect(scan.record.secured_dialogue?.error_kind).toMatch(/^(banner|read)_timeout$/);
    expect(scan.duration_ms).toBeLessThan(4 * 250 + SLACK_MS);
  });
});

describe('instead of finishing', () => {
  const der = new X509Certificate(certificatePem('imap-example')).raw;
  const u24 = (value: number) => Uint8Array.of(value >> 16, (value >> 8) & 255, value & 255);
  const certificate = messageOf(CERTIFICATE, join(u24(der.length + 3), u24(der.length), der));
  const hello = serverHelloOf({ cipher_suite: 0x2f });
  const flight = flightOf(hello, certificate, messageOf(SERVER_HELLO_DONE));

  /** Has one suite, of TLS 1.2; does `act` when a client goes on after the flight. */
  const choosing = (act: (socket: Socket) => void) => {
    let finished = 0;
    const starting = onHello((socket, { version, suites }) => {
      if (version !== 0x0303 || !suites.includes(0x2f)) return socket.end(ALERT_40);
      socket.write(flight);
      socket.once('data', () => {
        finished++;
        act(socket);
      });
    });
    return { starting, finished: () => finished };
  };

  test.each<[string, (socket: Socket) => void]>([
    ['an alert', (socket) => socket.end(ALERT_40)],
    [
      'records without end',
      (socket) => flood(socket, Buffer.concat([Buffer.from('1603034000', 'hex'), Buffer.alloc(16_384)])),
    ],
    ['a reset', (socket) => setTimeout(() => socket.resetAndDestroy(), 20)],
  ])('%s', async (_what, act) => {
    const { starting, finished } = choosing(act);
    const scan = await measuredScan(starting, 993, ALL);
    expect(finished()).toBeGreaterThan(0);
    expectDone(scan, 64 * 1024 * 1024 + CONNECTION_BYTES);
    expect(scan.connections).toBeLessThan(200);
    expect(scan.duration_ms).toBeLessThan(SLACK_MS);
  });

  test('silence', async () => {
    const { starting, finished } = choosing(() => {});
    const scan = await measuredScan(starting, 993, HASTY);
    expect(finished()).toBeGreaterThan(0);
    expectDone(scan, CONNECTION_BYTES);
    expect(scan.record.secured_dialogue).toBeNull();
    expect(finished()).toBe(1);
    expect(scan.duration_ms).toBeLessThan(4 * 250 + SLACK_MS);
  });

  test('a retry request for the same group each time ends the asking for groups', async () => {
    const retry = serverHelloOf({
      random: Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex'),
      cipher_suite: 0x1301,
      extensions: [
        { type: 43, data: Uint8Array.of(3, 4) },
        { type: 51, data: Uint8Array.of(0, 23) },
      ],
    });
    const { record, connections } = await measuredScan(
      onHello((socket) => socket.write(flightOf(retry))),
      993,
      HASTY,
    );
    expect(record.groups.find(({ version }) => version === 0x0304)).toMatchObject({
      accepted: [23],
      rejected: 0,
    });
    expect(connections).toBeLessThan(200);
  });
});
