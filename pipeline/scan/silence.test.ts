/** Servers whose silence, alerts or slowness is easily taken for a no that it is not. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { EndpointRecord } from '../formats/raw-record.ts';
import type { ScanOptions } from './index.ts';
import { suitesToOffer } from './offer-lists.ts';
import { seededRandom } from './predictive/seeded-random.ts';
import { IMPATIENT, local, scanOne } from './testing/scan-local.ts';
import { ALERT_40, flightChoosing, onHello, type SeenHello, sum } from './testing/scripted-tls.ts';
import { tcpServer, withServer } from './testing/servers.ts';

type Accepted = Record<number, readonly number[]>;
const OFFERED = suitesToOffer('iana');
const UNCOMMON = OFFERED.get(0x0301)!.slice(-3);

const scanOf = (act: (socket: Socket, hello: SeenHello) => void, overrides: Partial<ScanOptions> = {}) =>
  withServer(onHello(act), (server) => scanOne(local(993, server.port), overrides));

function choose(accepted: Accepted, { version, suites }: SeenHello): Buffer | undefined {
  const suite = suites.find((one) => accepted[version]?.includes(one));
  return suite === undefined ? undefined : flightChoosing(version, suite);
}

/** Suites accepted, by version, where there are any. */
function found(record: EndpointRecord): Accepted {
  const all: Record<number, number[]> = {};
  for (const { version, outcome, cipher_suite } of record.handshakes) {
    if (outcome === 'accepted') all[version] = [...(all[version] ?? []), cipher_suite!];
  }
  for (const suites of Object.values(all)) suites.sort((one, other) => one - other);
  return all;
}

describe.each(['adaptive', 'exhaustive'] as const)('%s', (strategy) => {
  test('a server that closes one connection in twelve, whatever is asked', async () => {
    const accepted = { 771: OFFERED.get(0x0303)!.slice(0, 20), 769: OFFERED.get(0x0301)!.slice(0, 10) };
    const suites = new Map([
      [0x0303, OFFERED.get(0x0303)!.slice(0, 40)],
      [0x0301, OFFERED.get(0x0301)!.slice(0, 30)],
    ]);
    const random = seededRandom(strategy);
    const act = (socket: Socket, hello: SeenHello) =>
      random() < 1 / 12 ? socket.end() : socket.write(choose(accepted, hello) ?? ALERT_40);
    for (let scans = 0; scans < 10; scans++) {
      const record = await scanOf(act, { strategy, suites });
      expect(sum(record, 'rejected')).toBeLessThanOrEqual(40);
      expect(sum(record, 'accepted') + sum(record, 'errors')).toBeGreaterThanOrEqual(30);
    }
  });

  test('throttling that ends between the repeat of a silence and its control', async () => {
    const accepted = { 771: [0x2f, 0x35, 0x9c, 0x9d, 0xc02f] };
    const suites = new Map([[0x0303, [...accepted[0x0303], 0x84, 0x41, 0x96]]]);
    const act = (socket: Socket, hello: SeenHello) => {
      const flight = hello.count >= 4 && hello.count <= 9 ? undefined : choose(accepted, hello);
      if (flight) socket.write(flight);
      else socket.end();
    };
    const record = await scanOf(act, { strategy, suites });
    expect(record.rejections).toMatchObject([{ by: 'close', cipher_suites: 3 }]);
    expect(sum(record, 'accepted')).toBe(5);
  });

  test('a long hello that is refused in words is asked in pieces', async () => {
    const accepted = { 771: [0x2f, 0x35, 0xc030], 769: [0x2f, ...UNCOMMON] };
    const act = (socket: Socket, hello: SeenHello) =>
      socket.write((hello.suites.length <= 100 && choose(accepted, hello)) || ALERT_40);
    const record = await scanOf(act, { strategy });
    expect(found(record)).toEqual(sorted(accepted));
    // Exhaustive offers the suites together that the registry has for other versions.
    expect(record.facts.long_hello_tolerant).toBe(false);
    expect(record.hello_tolerance!.refused).toEqual([
      { feature: 'cipher_suites', value: 100, by: 'alert', code: 40 },
    ]);
    expect(sum(record, 'errors')).toBe(0);
  });

  test('so is one that is met with silence, though its first piece is refused', async () => {
    const accepted = { 771: [0x2f], 769: UNCOMMON };
    const act = (socket: Socket, hello: SeenHello) => {
      const flight = hello.suites.length <= 100 ? choose(accepted, hello) : undefined;
      if (flight) socket.write(flight);
      else socket.end();
    };
    const record = await scanOf(act, { strategy });
    expect(found(record)).toEqual(sorted(accepted));
    expect(sum(record, 'errors')).toBe(0);
  });

  test('a warning alone is no answer: slowness after it is an error', async () => {
    const warning = Buffer.from('15030300020170', 'hex');
    const suites = new Map([[0x0303, [0x2f, 0x35]]]);
    const record = await scanOf((socket) => socket.write(warning), { ...IMPATIENT, strategy, suites });
    expect(record).toMatchObject({ outcome: 'error', error_kind: 'read_timeout', rejections: [] });
  });
});

test('silence where other suites of the version are refused in words is an error', async () => {
  const act = (socket: Socket, hello: SeenHello) => {
    if (hello.version === 0x0301 && !hello.suites.includes(0x2f)) socket.end();
    else socket.write(choose({ 771: [0x2f, 0x35], 769: [0x2f] }, hello) ?? ALERT_40);
  };
  const pair = [0x2f, 0x35, 0x9c];
  const record = await scanOf(act, {
    suites: new Map([0x0303, 0x0301].map((one) => [one, pair])),
  });
  const old = record.versions.find(({ version }) => version === 0x0301);
  expect(old).toMatchObject({ accepted: 1, rejected: 0, errors: 2 });
});

test('exhaustive gives up no version of which something was accepted', async () => {
  const suites = new Map([[0x0303, [0x41, 0x2f, 0x84, 0x96, 0x9c, 0x35]]]);
  const act = (socket: Socket, hello: SeenHello) => {
    const flight = choose({ 771: [0x2f, 0x35, 0x9c] }, hello);
    if (flight) socket.write(flight);
  };
  const record = await scanOf(act, { ...IMPATIENT, strategy: 'exhaustive', suites });
  expect(found(record)).toEqual({ 771: [0x2f, 0x35, 0x9c] });
  expect(record).toMatchObject({ stop_reason: null, versions: [{ errors: 3, not_tested: 0 }] });
});

test('what exhaustive gives up has a reason', async () => {
  const suites = new Map([
    [0x0303, [0x2f]],
    [0x0302, [0x2f, 0x35, 0x9c]],
  ]);
  const act = (socket: Socket, hello: SeenHello) => {
    if (hello.version === 0x0303) socket.write(flightChoosing(0x0303, 0x2f));
  };
  const record = await scanOf(act, { ...IMPATIENT, strategy: 'exhaustive', suites });
  expect(record).toMatchObject({ outcome: 'tls', stop_reason: 'unresponsive' });
  expect(sum(record, 'not_tested')).toBe(1);
});

test.each([
  ['time_budget', { timeouts: { connect_ms: 300, read_ms: 300, endpoint_ms: 500 } }],
  ['handshake_budget', { ...IMPATIENT, max_handshakes: 1 }],
] as const)('%s before any answer: an error, with what went wrong last', async (reason, overrides) => {
  const record = await scanOf(() => {}, overrides);
  expect(record).toMatchObject({ outcome: 'error', error_kind: 'read_timeout', stop_reason: reason });
});

test('a greeting may take longer than other answers', async () => {
  const greet = (socket: Socket): void => {
    socket.write('220-mx.example.org wait\r\n');
    setTimeout(() => socket.write('220 mx.example.org ESMTP\r\n'), 700);
    socket.on('data', (bytes) =>
      socket.write(`${bytes}`.startsWith('EHLO') ? '250 mx.example.org\r\n' : '221 \r\n'),
    );
  };
  await withServer(tcpServer(greet), async (server) => {
    const timeouts = { connect_ms: 300, greeting_ms: 5000, read_ms: 300, endpoint_ms: 30_000 };
    expect(await scanOne(local(25, server.port), { timeouts })).toMatchObject({ outcome: 'no_starttls' });
    const hasty = { ...timeouts, greeting_ms: 300 };
    expect(await scanOne(local(25, server.port), { timeouts: hasty })).toMatchObject({
      error_kind: 'banner_timeout',
    });
  });
});

function sorted(accepted: Accepted): Accepted {
  const entries = Object.entries(accepted).map(([version, suites]) => [
    version,
    suites.toSorted((a, b) => a - b),
  ]);
  return Object.fromEntries(entries);
}
