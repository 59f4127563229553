/** Groups up to TLS 1.2: of Node's TLS stack as configured; explicit curves, RFC 7919 and servers that don't look from a script. */
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../base/hex.ts';
import { dhPrimes } from '../../formats/datasets.ts';
import type { EphemeralKey } from '../../tls/index.ts';
import { ECDH_GROUPS } from '../offer-lists.ts';
import { type Hello, identity, keyFlight, rsaServer, scanned, scripted, tls12 } from './probed.fixture.ts';

const PROBES = ['tls12-groups'];
const CURVES = ECDH_GROUPS.length + 2;
const [ECDHE_RSA, DHE_RSA] = [0xc02f, 0x009e];

describe('node:tls', () => {
  test('the curves that are configured, with an RSA key', async () => {
    const ecdhCurve = 'P-521:X25519:brainpoolP384r1';
    const server = rsaServer({ ecdhCurve, maxVersion: 'TLSv1.2', honorCipherOrder: true });
    const record = await scanned(server, PROBES);
    expect(record.groups).toEqual([
      { version: 0x0303, offered: CURVES, accepted: [25, 29, 27], rejected: CURVES - 3, errors: 0 },
    ]);
    expect(record.facts.explicit_curves).toBe(false);
    expect(record.effort.handshakes - sumOf(record.versions)).toBe(5);
  });

  test('at TLS 1.0, where there is no more; finite fields are asked about, too', async () => {
    const server = rsaServer({
      ciphers: 'ECDHE-RSA-AES128-SHA:DHE-RSA-AES128-SHA',
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1',
      ecdhCurve: 'P-256',
      dhparam: 'auto',
    });
    const { groups } = await scanned(server, PROBES);
    // OpenSSL 3.0 has its own primes up to TLS 1.2, whatever groups are offered.
    expect(groups).toEqual([
      { version: 0x0301, offered: CURVES + 5, accepted: [23], rejected: CURVES + 4, errors: 0 },
    ]);
  });

  test('an ECDSA key needs its own curve on the list', async () => {
    const options = { ...identity('ec-p384'), maxVersion: 'TLSv1.2', ecdhCurve: 'P-384:X448:P-256' } as const;
    // By the client's order it comes last: X25519, P-256, X448, P-521, P-384.
    const client = await scanned(rsaServer({ ...options, honorCipherOrder: false }), PROBES);
    expect(client.groups[0]!.accepted).toEqual([23, 30, 24]);
    // By the server's it comes first: without it nothing goes, and beside it nothing else is ever chosen.
    const server = await scanned(rsaServer({ ...options, honorCipherOrder: true }), PROBES);
    expect(server.groups[0]).toMatchObject({ accepted: [24], rejected: CURVES - 1, errors: 0 });
  });

  test.each([
    ['RSA key exchange', { ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' }],
    ['TLS 1.3', { minVersion: 'TLSv1.3' }],
  ] as const)('nothing is asked of a server with %s alone', async (_name, options) => {
    const record = await scanned(rsaServer(options), PROBES);
    expect(record).toMatchObject({ groups: [], facts: { explicit_curves: null } });
    expect(record.effort.handshakes).toBe(sumOf(record.versions));
  });
});

describe('a server from a script', () => {
  test('with one curve whatever is offered: that one, and no other', async () => {
    const record = await scanned(
      scripted(() => keyFlight(ECDHE_RSA, named(23))),
      PROBES,
      tls12(ECDHE_RSA),
    );
    expect(record.groups[0]).toMatchObject({ accepted: [23], rejected: CURVES - 1, errors: 0 });
    expect(record.facts.explicit_curves).toBe(false);
  });

  test('with an ECDSA key whose curve is not its favourite', async () => {
    // Chooses by the client's order, and only where P-256 is on the list.
    const server = scripted(({ groups }) => {
      const group = groups.find((one) => [23, 24, 25].includes(one));
      return group && groups.includes(23) ? keyFlight(0xc02b, named(group)) : null;
    });
    const { groups } = await scanned(server, PROBES, tls12(0xc02b));
    expect(groups[0]).toMatchObject({ accepted: [23, 25, 24], errors: 0 });
  });

  test('with explicit curves', async () => {
    const point = Uint8Array.of(4, 1, 2);
    const key = { kind: 'explicit_prime', prime: Uint8Array.of(23), curve: EXPLICIT_P23, point } as const;
    const server = scripted((hello) => keyFlight(ECDHE_RSA, isExplicit(hello) ? key : named(23)));
    const record = await scanned(server, PROBES, tls12(ECDHE_RSA));
    expect(record.facts.explicit_curves).toBe(true);
    expect(record.groups[0]!.accepted).toEqual([23, 0xff01]);
  });

  test('that knows RFC 7919, and one that has such a prime of its own', async () => {
    const choosing = scripted(({ groups }) => {
      const group = groups.find((one) => one === 0x0101 || one === 0x0100);
      const wanted = groups.some((one) => one >= 0x0100 && one <= 0x01ff);
      if (wanted && group === undefined) return null;
      return keyFlight(DHE_RSA, ffdhe(group === 0x0101 ? 3072 : 2048));
    });
    const known = await scanned(choosing, PROBES, tls12(DHE_RSA));
    expect(known.groups).toEqual([
      { version: 0x0303, offered: 5, accepted: [0x0100, 0x0101], rejected: 3, errors: 0 },
    ]);
    expect(known.facts.explicit_curves).toBeNull();
    const fixed = scripted(() => keyFlight(DHE_RSA, ffdhe(2048)));
    expect((await scanned(fixed, PROBES, tls12(DHE_RSA))).groups[0]).toMatchObject({
      accepted: [0x0100],
      rejected: 4,
    });
  });

  test('that stops answering leaves what is left open', async () => {
    let asked = 0;
    const server = scripted(({ groups }) => {
      asked++;
      const group = groups.find((one) => one === 29 || one === 23);
      return asked > 3 ? Uint8Array.of(1, 2, 3, 4, 5, 6, 7) : keyFlight(ECDHE_RSA, named(group ?? 23));
    });
    const { groups } = await scanned(server, PROBES, tls12(ECDHE_RSA));
    expect(groups[0]).toEqual({
      version: 0x0303,
      offered: CURVES,
      accepted: [29, 23],
      rejected: 0,
      errors: CURVES - 2,
    });
  });
});

function isExplicit({ groups }: Hello): boolean {
  return groups[0] === 0xff01;
}

function named(named_group: number): EphemeralKey {
  return { kind: 'named_group', named_group, point: Uint8Array.of(4, named_group) };
}

function ffdhe(bits: number): EphemeralKey {
  const { prime_hex } = dhPrimes().find(({ name }) => name === `${bits}-bit FFDHE group from RFC 7919`)!;
  return {
    kind: 'dh',
    prime: fromHex(prime_hex),
    generator: Uint8Array.of(2),
    public_value: fromHex(prime_hex),
  };
}

function sumOf(versions: readonly { handshakes: number }[]): number {
  return versions.reduce((sum, { handshakes }) => sum + handshakes, 0);
}

/** a, b, base, order, cofactor: each with its length. */
const EXPLICIT_P23 = Uint8Array.of(1, 1, 1, 1, 2, 4, 1, 1, 7, 1, 1);
