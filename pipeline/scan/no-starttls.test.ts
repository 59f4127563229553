/** Without STARTTLS is what two connections say, not one; a gateway that has it in the first line of EHLO has it. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { EndpointRecord } from '../formats/raw-record.ts';
import { IMPATIENT, local, scanOne } from './testing/scan-local.ts';
import { flightChoosing } from './testing/scripted-tls.ts';
import { type LocalServer, mailServer, tcpServer, withServer } from './testing/servers.ts';

const SUITES = new Map([[0x0303, [0x2f]]]);
const WITHOUT = '250-one.test\r\n250 SIZE 1\r\n';
const WITH = '250-two.test\r\n250 STARTTLS\r\n';
const GREETING = '220-one\r\n220 line and another\r\n';

/** The k-th connection gets the k-th of `acts`, later ones the last. */
function backEnds(...acts: ((socket: Socket) => void)[]): Promise<LocalServer> {
  return tcpServer((socket, count) => acts[Math.min(count, acts.length) - 1]!(socket));
}

/** A dialogue whose reply to EHLO is `ehlo`; TLS 1.2 with one suite after STARTTLS. */
const talking =
  (ehlo: string, starttls = '220 go\r\n') =>
  (socket: Socket) => {
    socket.write(GREETING);
    socket.on('data', (chunk) => {
      const word = chunk.toString('latin1').split(/[ \r]/)[0];
      if (chunk[0] === 0x16) socket.end(flightChoosing(0x0303, 0x2f));
      else if (word === 'EHLO') socket.write(ehlo);
      else if (word === 'STARTTLS') socket.write(starttls);
      else socket.end('221 bye\r\n');
    });
  };

const scanned = (starting: Promise<LocalServer>, more = {}): Promise<EndpointRecord & { seen: number }> =>
  withServer(starting, async (server) => {
    const record = await scanOne(local(25, server.port), { suites: SUITES, ...more });
    return { ...record, seen: server.connections() };
  });

describe('a first connection without STARTTLS', () => {
  test('and a second: no_starttls, by two connections', async () => {
    const record = await scanned(backEnds(talking(WITHOUT)));
    expect(record).toMatchObject({ outcome: 'no_starttls', error_kind: null, stop_reason: 'no_starttls' });
    expect(record.effort).toMatchObject({ connections: 2, retries: 1, handshakes: 0, throttle_waits: 0 });
    expect(record.seen).toBe(2);
    expect(record.dialogue).toMatchObject({
      banner: '220-one\n220 line and another',
      ehlo_first_line: 'one.test',
      starttls_offered: false,
    });
  });

  test('and a second with it: the scan goes on', async () => {
    const record = await scanned(backEnds(talking(WITHOUT), talking(WITH)));
    expect(record).toMatchObject({ outcome: 'tls', error_kind: null, stop_reason: null });
    expect(record.handshakes.map(({ cipher_suite }) => cipher_suite)).toEqual([0x2f]);
    expect(record.dialogue).toMatchObject({ ehlo_first_line: 'two.test', starttls_offered: true });
    expect(record.effort.retries).toBeGreaterThanOrEqual(1);
  });

  test.each<[string, (socket: Socket) => void, Partial<EndpointRecord>]>([
    ['a silent one', () => {}, { error_kind: 'banner_timeout' }],
    ['a closed one', (socket) => socket.end(), { error_kind: 'closed' }],
    ['a reset one', (socket) => socket.resetAndDestroy(), { error_kind: 'reset' }],
    ['one that refuses STARTTLS', talking(WITH, '500 no\r\n'), { error_kind: 'starttls_refused' }],
    ['one with nonsense', (socket) => socket.end('hi\r\n'), { error_kind: 'protocol_error' }],
  ])('and %s: an error, no no', async (_, second, expected) => {
    const silent = expected.error_kind === 'banner_timeout';
    const record = await scanned(backEnds(talking(WITHOUT), second), silent ? IMPATIENT : {});
    expect(record).toMatchObject({ outcome: 'error', ...expected });
    expect(record.effort).toMatchObject({ connections: 2, retries: 1 });
    // What the first one said is kept.
    expect(record.dialogue.banner).toBe('220-one\n220 line and another');
  });

  test('then one that says later, then one without it: two have said so', async () => {
    const later = (socket: Socket) => socket.end('421 busy\r\n');
    const record = await scanned(backEnds(talking(WITHOUT), later, talking(WITHOUT)));
    expect(record).toMatchObject({ outcome: 'no_starttls' });
    expect(record.effort).toMatchObject({ connections: 3, retries: 2, throttle_waits: 1 });
  });
});

test('masked, it is asked for twice, too', async () => {
  const ehlo = '250-a\r\n250 XXXXXXXA\r\n';
  const record = await scanned(mailServer('220 a\r\n', { EHLO: ehlo, STARTTLS: '500 what\r\n' }));
  expect(record).toMatchObject({ outcome: 'no_starttls', dialogue: { starttls_masked: true } });
  expect(record.error_detail).toContain('XXXXXXXA');
  expect(record.seen).toBe(2);
});

test('in the first line of EHLO, where gateways put it: TLS is found', async () => {
  const ehlo = '250-STARTTLS\r\n250-mx.test\r\n250-8BITMIME\r\n250 SIZE 1000\r\n';
  const record = await scanned(backEnds(talking(ehlo)));
  expect(record).toMatchObject({ outcome: 'tls', stop_reason: null, versions: [{ accepted: 1 }] });
  expect(record.dialogue).toMatchObject({
    ehlo_first_line: 'STARTTLS',
    capabilities: ['mx.test', '8BITMIME', 'SIZE 1000'],
    starttls_offered: true,
    starttls_accepted: true,
  });
});
