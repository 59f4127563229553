/** Peers that wear a client down before TLS: each costs one connection, bounded bytes and time, and is an error. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ErrorKind } from '../../formats/raw-record.ts';
import { flood, inSegments, trickle, trickleForever } from '../testing/hostile-peers.ts';
import { type MeasuredScan, measuredScan } from '../testing/measured-scan.ts';
import { ALERT_40, FLIGHT, sum, totals } from '../testing/scripted-tls.ts';
import { type LocalServer, mailServer, tcpServer } from '../testing/servers.ts';

/** What is taken before TLS, and the largest chunk that a socket hands over on top of it. */
const DIALOGUE_BYTES = 65_536 + 65_536;
/** A connection ends after connect_ms and four times read_ms, whatever comes; the rest is for a busy machine. */
const HASTY = { timeouts: { connect_ms: 400, read_ms: 100, endpoint_ms: 30_000 } };
const DEADLINE_MS = 400 + 4 * 100;
const SLACK_MS = 4000;
const CHOICE = { suites: new Map([[0x0303, [0x2f]]]) };

const CAPABILITIES = { EHLO: '250-a\r\n250 STARTTLS\r\n' };
const lines = (line: string) => Buffer.from(line.repeat(Math.ceil(8192 / line.length)));
const text = (words: string) => tcpServer((socket) => socket.write(words));

/** Greets, then does `act` at the first command. */
const afterGreeting = (greeting: string, act: (socket: Socket) => void) =>
  tcpServer((socket) => {
    socket.write(greeting);
    socket.once('data', () => act(socket));
  });

function expectGivenUp(scan: MeasuredScan, error_kind: ErrorKind): void {
  expect(scan.record).toMatchObject({ outcome: 'error', error_kind });
  expect(totals(scan.record)).toEqual({ accepted: 0, rejected: 0, errors: 0 });
  expect(sum(scan.record, 'not_tested')).toBe(sum(scan.record, 'offered'));
  expect(scan.connections).toBe(1);
  expect(scan.bytes_read).toBeLessThanOrEqual(DIALOGUE_BYTES);
  expect(scan.left_open).toBe(0);
}

describe('without end', () => {
  test.each<[string, number, () => Promise<LocalServer>]>([
    ['a greeting of SMTP', 25, () => tcpServer((socket) => flood(socket, lines('220-welcome\r\n')))],
    ['EHLO', 587, () => afterGreeting('220 a\r\n', (socket) => flood(socket, lines('250-SIZE\r\n')))],
    ['a line of EHLO', 25, () => afterGreeting('220 a\r\n', (socket) => flood(socket, lines('250-SIZE ')))],
    ['CAPA', 110, () => afterGreeting('+OK\r\n', (socket) => flood(socket, lines('+OK\r\nUSER\r\n')))],
    ['a greeting of POP3', 110, () => tcpServer((socket) => flood(socket, lines('+OK hello ')))],
    [
      'untagged words',
      143,
      () => afterGreeting('* OK\r\n', (socket) => flood(socket, lines('* 1 EXISTS\r\n'))),
    ],
    [
      'literals',
      143,
      () => tcpServer((socket) => socket.write('* OK {9}\r\n') && flood(socket, lines('123456789 {9}\r\n'))),
    ],
    ['a literal', 143, () => tcpServer((socket) => flood(socket, lines(`* OK {65000}\r\n`)))],
    ['empty lines', 143, () => afterGreeting('* OK\r\n', (socket) => flood(socket, lines('+\r\n')))],
  ])('%s on port %i', async (_what, port, start) => {
    const scan = await measuredScan(start(), port, CHOICE);
    expectGivenUp(scan, 'too_much_data');
    expect(scan.duration_ms).toBeLessThan(SLACK_MS);
  });
});

describe('one byte after the other', () => {
  test.each<[string, number, () => Promise<LocalServer>, ErrorKind]>([
    ['a greeting', 25, () => tcpServer((socket) => trickleForever(socket, 0x20, 20)), 'banner_timeout'],
    [
      'EHLO',
      25,
      () => afterGreeting('220 a\r\n', (socket) => trickle(socket, lines('250-a\r\n'), 20)),
      'read_timeout',
    ],
    [
      'CAPABILITY',
      143,
      () => afterGreeting('* OK\r\n', (socket) => trickle(socket, lines('* 1 EXISTS\r\n'), 20)),
      'read_timeout',
    ],
  ])('%s on port %i ends with the connection’s time', async (_what, port, start, kind) => {
    const scan = await measuredScan(start(), port, { ...CHOICE, ...HASTY });
    expectGivenUp(scan, kind);
    expect(scan.record.duration_ms).toBeGreaterThanOrEqual(DEADLINE_MS - 50);
    expect(scan.duration_ms).toBeLessThan(DEADLINE_MS + SLACK_MS);
  });

  test('is read, where it comes to an end', async () => {
    const replies: Record<string, string> = { EHLO: '250-a\r\n250 STARTTLS\r\n', STARTTLS: '220 go\r\n' };
    const starting = tcpServer((socket) => {
      inSegments(socket, Buffer.from('220 a\r\n'));
      socket.on('data', (bytes) => {
        const word = bytes.toString('latin1').split(/\s/)[0]!;
        inSegments(socket, Buffer.from(replies[word] ?? FLIGHT));
      });
    });
    const { record } = await measuredScan(starting, 25, CHOICE);
    expect(record).toMatchObject({ outcome: 'tls', dialogue: { banner: '220 a', starttls_offered: true } });
  });
});

describe('bytes that are no mail server’s', () => {
  test.each<[string, number, () => Promise<LocalServer>]>([
    ['HTTP', 25, () => text('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
    ['SSH', 110, () => text('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n')],
    ['FTP’s words on IMAP', 143, () => text('220 ProFTPD\r\n')],
    ['NULs and a line feed', 25, () => tcpServer((socket) => socket.write(Buffer.from([0, 0, 0, 0, 10])))],
    [
      'an alert and a line feed',
      25,
      () => tcpServer((s) => s.write(Buffer.concat([ALERT_40, Buffer.from('\n')]))),
    ],
    ['escapes of a terminal', 587, () => text('\u001b]0;owned\u0007\u001b[2J\r\n')],
  ])('%s on port %i', async (_what, port, start) => {
    const scan = await measuredScan(start(), port, CHOICE);
    expectGivenUp(scan, 'protocol_error');
  });

  test('NULs without a line', async () => {
    const scan = await measuredScan(
      tcpServer((socket) => flood(socket, Buffer.alloc(4096))),
      110,
      CHOICE,
    );
    expectGivenUp(scan, 'too_much_data');
  });

  test.each([
    ['a ServerHello', FLIGHT],
    ['an alert', ALERT_40],
    ['more replies', Buffer.from('250 ok\r\n')],
  ])('%s in one segment with the reply to STARTTLS: somebody put it in', async (_what, bytes) => {
    const starting = mailServer('220 a\r\n', {
      ...CAPABILITIES,
      STARTTLS: `220 go\r\n${bytes.toString('latin1')}`,
    });
    const scan = await measuredScan(starting, 25, CHOICE);
    expectGivenUp(scan, 'protocol_error');
    expect(scan.record.error_detail).toContain('before the hello');
  });
});
