/** Signature schemes of Node's TLS stack are those that it is told to sign with; wrong servers from a script. */
import { describe, expect, test } from 'vitest';
import { flightOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import type { EphemeralKey } from '../../tls/index.ts';
import { SIGNATURE_SCHEMES } from '../offer-lists.ts';
import { type Hello, identity, keyFlight, rsaServer, scanned, scripted, tls12 } from './probed.fixture.ts';

const PROBES = ['signature-schemes'];
const ALL = SIGNATURE_SCHEMES.length;
const KEY: EphemeralKey = { kind: 'named_group', named_group: 29, point: new Uint8Array(32) };

const hex = (codes: readonly number[]) => codes.map((code) => code.toString(16).padStart(4, '0')).sort();

function counts(version: number, ...accepted: string[]) {
  return { version, accepted, rejected: ALL - accepted.length, errors: 0 };
}

async function schemes(starting: Parameters<typeof scanned>[0], overrides = {}) {
  const { signature_schemes } = await scanned(starting, PROBES, overrides);
  return signature_schemes.map(({ offered, accepted, ...rest }) => {
    expect(offered).toBe(ALL);
    return { ...rest, accepted: hex(accepted) };
  });
}

describe('node:tls', () => {
  test('with an RSA key: some with SHA-2, and SHA-1', async () => {
    const sigalgs = 'RSA+SHA1:rsa_pss_rsae_sha512:RSA+SHA256:ECDSA+SHA256';
    expect(await schemes(rsaServer({ sigalgs }))).toEqual([
      counts(0x0303, '0201', '0401', '0806'),
      counts(0x0304, '0806'),
    ]);
  });

  test('with an ECDSA key: in TLS 1.3 the one of its curve', async () => {
    expect(await schemes(rsaServer(identity('ec-p384')))).toEqual([
      counts(0x0303, '0203', '0303', '0403', '0503', '0603'),
      counts(0x0304, '0503'),
    ]);
  });

  test('with an Ed25519 key', async () => {
    expect(await schemes(rsaServer(identity('ed25519')))).toEqual([
      counts(0x0303, '0807'),
      counts(0x0304, '0807'),
    ]);
  });

  test('with an RSA and an ECDSA key, each at its own suites', async () => {
    const [rsa, ec] = [identity('dovecot-localhost'), identity('ec-p384')];
    const keys = { cert: [rsa.cert, ec.cert], key: [rsa.key, ec.key] } as never;
    const server = rsaServer({ ...(keys as object), sigalgs: 'RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384' });
    const record = await scanned(server, PROBES);
    expect(record.signature_schemes.map(({ accepted }) => hex(accepted))).toEqual([
      ['0401', '0503', '0805'],
      ['0503', '0805'],
    ]);
    // 1.2: 3 accepted and a refusal for each key; 1.3: 1, two families with 3 each, the rest.
    const search = record.versions.reduce((sum, { handshakes }) => sum + handshakes, 0);
    expect(record.effort.handshakes - search).toBe(3 + 2 + 1 + 4 + 4 + 1);
  });

  test('nothing signed, nothing asked', async () => {
    expect(await schemes(rsaServer({ ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' }))).toEqual([]);
    expect(await schemes(rsaServer({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }))).toEqual([]);
  });

  test('a group that there is no share for leaves TLS 1.3 open', async () => {
    const server = rsaServer({ minVersion: 'TLSv1.3', ecdhCurve: 'ffdhe2048' });
    const { signature_schemes } = await scanned(server, ['tls13-groups', ...PROBES]);
    expect(signature_schemes).toEqual([
      { version: 0x0304, offered: ALL, accepted: [], rejected: 0, errors: ALL },
    ]);
  });

  test.each(['P-256', 'P-384', 'P-521', 'X448'])('the only group may be %s', async (ecdhCurve) => {
    const server = rsaServer({ minVersion: 'TLSv1.3', ecdhCurve, sigalgs: 'RSA-PSS+SHA256' });
    const { signature_schemes } = await scanned(server, ['tls13-groups', ...PROBES]);
    expect(signature_schemes[0]).toMatchObject({ accepted: [0x0804], errors: 0 });
  });

  test('the group may be known from a retry request', async () => {
    const server = rsaServer({ minVersion: 'TLSv1.3', ecdhCurve: 'P-256', sigalgs: 'RSA-PSS+SHA256' });
    const { signature_schemes } = await scanned(server, PROBES);
    expect(signature_schemes[0]).toMatchObject({ accepted: [0x0804], errors: 0 });
  });
});

describe('a server from a script', () => {
  test('that signs with SHA-1 whatever is offered', async () => {
    const server = scripted(() => keyFlight(0xc02f, KEY, 0x0201));
    const [found] = await schemes(server, tls12(0xc02f));
    expect(found).toEqual(counts(0x0303, '0201'));
  });

  test('that signs with a scheme that nobody knows', async () => {
    const server = scripted(() => keyFlight(0xc02f, KEY, 0x7777));
    const [found] = await schemes(server, tls12(0xc02f));
    expect(found).toEqual(counts(0x0303));
  });

  test('that refuses whoever asks about schemes says nothing of them', async () => {
    const server = scripted(({ extensions }) =>
      extensions!.some(({ type }) => type === 50) ? null : keyFlight(0xc02f, KEY, 0x0401),
    );
    const [found] = await schemes(server, tls12(0xc02f));
    expect(found).toMatchObject({ accepted: [], rejected: 0, errors: ALL });
  });

  test('of TLS 1.3 that looks at schemes after its ServerHello', async () => {
    const answer = (schemes: (group: Hello) => boolean) =>
      scripted((hello) => (schemes(hello) ? TLS13_HELLO : null));
    const suites = new Map([[0x0304, [0x1301]]]);
    const [late] = await schemes(
      answer(() => true),
      { suites },
    );
    expect(late).toEqual({ version: 0x0304, accepted: [], rejected: 0, errors: ALL });
    // Refuses every hello that asks about fewer than all.
    const [never] = await schemes(
      answer(({ length }) => length > 250),
      { suites },
    );
    expect(never).toEqual({ version: 0x0304, accepted: [], rejected: 0, errors: ALL });
  });

  test('that breaks off', async () => {
    let asked = 0;
    const server = scripted(() => (++asked > 2 ? Uint8Array.of(1, 2, 3) : keyFlight(0xc02f, KEY, 0x0401)));
    const [found] = await schemes(server, tls12(0xc02f));
    expect(found).toMatchObject({ rejected: 0, errors: ALL - (found?.accepted.length ?? 0) });
  });
});

const TLS13_HELLO = flightOf(
  serverHelloOf({
    cipher_suite: 0x1301,
    extensions: [
      { type: 43, data: Uint8Array.of(3, 4) },
      { type: 51, data: Uint8Array.of(0, 29, 0, 32, ...new Uint8Array(32).fill(9)) },
    ],
  }),
);
