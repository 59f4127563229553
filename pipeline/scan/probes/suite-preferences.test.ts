/** Whose order decides: of Node's TLS stack with and without honorCipherOrder, in all versions and strategies. */
import { describe, expect, test } from 'vitest';
import { flightOf, messageOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import { SERVER_HELLO_DONE } from '../../tls/handshake-types.ts';
import { rsaServer, scanned, scripted, tls12 } from './probed.fixture.ts';

const PROBES = ['suite-preferences'];
const CIPHERS = 'AES128-SHA:ECDHE-RSA-AES256-SHA:AES256-SHA:ECDHE-RSA-CHACHA20-POLY1305';
const STUDY = new Map([0x0303, 0x0302, 0x0301].map((version) => [version, [0x002f, 0xc014, 0x0035, 0xcca8]]));

function chosenBy(choose: (suites: readonly number[]) => number | undefined) {
  return scripted(({ cipher_suites }) => {
    const cipher_suite = choose(cipher_suites);
    if (cipher_suite === undefined) return null;
    return flightOf(serverHelloOf({ cipher_suite }), messageOf(SERVER_HELLO_DONE));
  });
}

async function decided(choose: (suites: readonly number[]) => number | undefined, suites: number[]) {
  const { facts } = await scanned(chosenBy(choose), PROBES, tls12(...suites));
  return facts.suite_preferences;
}

describe('node:tls', () => {
  test.each([
    ['server', 'adaptive', true],
    ['client', 'adaptive', false],
    ['server', 'exhaustive', true],
    ['client', 'exhaustive', false],
  ] as const)('by the %s, found %s', async (by, strategy, honorCipherOrder) => {
    const server = rsaServer({
      ciphers: CIPHERS,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.2',
      honorCipherOrder,
    });
    const { facts, effort, versions } = await scanned(server, PROBES, { strategy, suites: STUDY });
    expect(facts.suite_preferences).toEqual([0x0303, 0x0302, 0x0301].map((version) => ({ version, by })));
    const search = versions.reduce((sum, { handshakes }) => sum + handshakes, 0);
    expect(effort.handshakes - search).toBe(strategy === 'adaptive' ? 3 : 6);
  });

  test('one suite has no order', async () => {
    const { facts } = await scanned(rsaServer({ ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' }), PROBES);
    expect(facts.suite_preferences).toEqual([]);
  });
});

describe('a server from a script', () => {
  const CHACHA = 0xcca8;
  /** The server's own order, but ChaCha20 first for clients that name it first. */
  const prioritizing = (order: number[]) => (suites: readonly number[]) =>
    suites[0] === CHACHA ? CHACHA : order.find((suite) => suites.includes(suite));

  test('that prefers ChaCha20 for clients that do has an order of its own', async () => {
    const order = [0xc030, 0xc02f, CHACHA];
    expect(await decided(prioritizing(order), [0xc02f, 0xc030, CHACHA])).toEqual([
      { version: 0x0303, by: 'server' },
    ]);
  });

  test('of which ChaCha20 is one of two suites stays open', async () => {
    expect(await decided(prioritizing([0xc030, CHACHA]), [0xc030, CHACHA])).toEqual([
      { version: 0x0303, by: null },
    ]);
  });

  test('that has groups of equal suites stays open', async () => {
    // First of all either of two, by the client's order; then the third.
    const choose = (suites: readonly number[]) =>
      suites.find((suite) => suite === 0xc02f || suite === 0xc030) ??
      suites.find((suite) => suite === 0x002f);
    expect(await decided(choose, [0xc02f, 0xc030, 0x002f])).toEqual([{ version: 0x0303, by: null }]);
  });

  test('without an answer stays open', async () => {
    let asked = 0;
    const choose = (suites: readonly number[]) =>
      ++asked > 3 ? undefined : suites.find((suite) => suite === 0xc02f || suite === 0x002f);
    expect(await decided(choose, [0xc02f, 0x002f, 0x0035])).toEqual([{ version: 0x0303, by: null }]);
  });
});
