/** TLS_FALLBACK_SCSV and version tolerance: of Node's TLS stack, and of servers from a script that do it wrong. */
import { describe, expect, test } from 'vitest';
import { flightOf, messageOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import { SERVER_HELLO_DONE } from '../../tls/handshake-types.ts';
import { type Hello, rsaServer, scanned, scripted } from './probed.fixture.ts';

const ALERT_PROTOCOL_VERSION = Buffer.from('15030300020246', 'hex');
const ALERT_INAPPROPRIATE = Buffer.from('15030300020256', 'hex');
const SUITES = new Map([0x0303, 0x0302].map((version) => [version, [0x002f, 0x0035]]));

function flight({ version }: Hello): Uint8Array {
  const legacy_version = Math.min(version, 0x0303);
  return flightOf(serverHelloOf({ legacy_version, cipher_suite: 0x002f }), messageOf(SERVER_HELLO_DONE));
}

const fallback = async (starting: Parameters<typeof scanned>[0]) => {
  const { facts, effort, versions } = await scanned(starting, ['fallback-scsv'], { suites: SUITES });
  const search = versions.reduce((sum, { handshakes }) => sum + handshakes, 0);
  return [facts.fallback_scsv, effort.handshakes - search];
};

const tolerance = async (starting: Parameters<typeof scanned>[0], suites = SUITES) =>
  (await scanned(starting, ['version-tolerance'], { suites })).facts.version_tolerant;

describe('TLS_FALLBACK_SCSV', () => {
  test('of node:tls, from TLS 1.2 to 1.1', async () => {
    expect(await fallback(rsaServer({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.2' }))).toEqual([true, 1]);
  });

  test('of node:tls, from TLS 1.3 to 1.2', async () => {
    const { facts } = await scanned(rsaServer({ minVersion: 'TLSv1.2' }), ['fallback-scsv']);
    expect(facts.fallback_scsv).toBe(true);
  });

  test('one version leaves nothing to fall back to', async () => {
    expect(await fallback(rsaServer({ maxVersion: 'TLSv1.2' }))).toEqual([null, 0]);
  });

  test.each([
    ['passes over it', () => null, false],
    ['refuses with another alert', () => ALERT_PROTOCOL_VERSION, null],
    ['refuses with inappropriate_fallback', () => ALERT_INAPPROPRIATE, true],
    ['breaks', () => Uint8Array.of(1, 2, 3, 4, 5, 6), null],
  ])('of a server that %s', async (_name, answer, expected) => {
    const server = scripted((hello) =>
      hello.cipher_suites.includes(0x5600) ? (answer() ?? flight(hello)) : flight(hello),
    );
    expect((await fallback(server))[0]).toBe(expected);
  });
});

describe('version tolerance', () => {
  test('of node:tls, for TLS 1.2 and below', async () => {
    expect(await tolerance(rsaServer({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.2' }))).toBe(true);
    expect(await tolerance(rsaServer({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }))).toBe(true);
  });

  test('of node:tls with TLS 1.3 on top of it', async () => {
    const { facts } = await scanned(rsaServer(), ['version-tolerance']);
    expect(facts.version_tolerant).toBe(true);
  });

  test('is not asked for where there is TLS 1.3 alone', async () => {
    const { facts } = await scanned(rsaServer({ minVersion: 'TLSv1.3' }), ['version-tolerance']);
    expect(facts.version_tolerant).toBeNull();
  });

  const tooHigh = (answer: (hello: Hello) => Uint8Array | null) =>
    scripted((hello) => (hello.version > 0x0303 ? answer(hello) : flight(hello)));

  test.each([
    ['refuses', () => ALERT_PROTOCOL_VERSION, false],
    ['closes without a word', () => new Uint8Array(0), false],
    ['takes the number for its own', () => flight12(0x0304), false],
    ['answers with a lower version', () => flight12(0x0302), true],
    ['breaks', () => Uint8Array.of(1, 2, 3, 4, 5, 6), null],
  ])('of a server that %s', async (_name, answer, expected) => {
    expect(await tolerance(tooHigh(answer))).toBe(expected);
  });

  test('of a server that refuses everything from then on is not known', async () => {
    let refusing = false;
    const server = scripted((hello) => {
      refusing ||= hello.version > 0x0303;
      return refusing ? null : flight(hello);
    });
    expect(await tolerance(server)).toBeNull();
  });
});

function flight12(legacy_version: number): Uint8Array {
  return flightOf(serverHelloOf({ legacy_version, cipher_suite: 0x002f }), messageOf(SERVER_HELLO_DONE));
}
