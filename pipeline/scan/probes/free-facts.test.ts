/** Facts that cost nothing, of real TLS stacks; and of servers from a script, for what no stack here does any more. */
import { constants } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { flightOf, messageOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import { noFacts } from '../../formats/no-facts.ts';
import type { RefusedFeature } from '../../formats/raw-record.ts';
import { SERVER_HELLO_DONE } from '../../tls/handshake-types.ts';
import { ALERT_40, onHello } from '../testing/scripted-tls.ts';
import { tlsServer } from '../testing/servers.ts';
import { noteLongHellos } from './free-facts.ts';
import { identity, keyFlight, rsaServer, scanned, scripted, tls12 } from './probed.fixture.ts';

const [CBC, GCM] = ['AES128-SHA:DHE-RSA-AES128-SHA', 'ECDHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256'];
/** OpenSSL's, which node:crypto has no name for. */
const SSL_OP_NO_ENCRYPT_THEN_MAC = 0x80000;
const [ECDHE_A, ECDHE_B, DHE_A, DHE_B] = [0xc02f, 0xc030, 0x0067, 0x006b];

describe('node:tls', () => {
  test('in TLS 1.2 with CBC suites', async () => {
    const { facts } = await scanned(rsaServer({ ciphers: CBC, maxVersion: 'TLSv1.2', dhparam: 'auto' }), []);
    expect(facts).toMatchObject({
      compression: false,
      secure_renegotiation: true,
      extended_master_secret: true,
      encrypt_then_mac: true,
      session_ticket: true,
      heartbeat: false,
      ocsp_stapling: false,
      long_hello_tolerant: true,
      // One DHE suite: nothing to compare its key with.
      dh_public_value_repeated: null,
      ecdh_public_value_repeated: null,
    });
  });

  test('without tickets and encrypt_then_mac', async () => {
    const secureOptions = constants.SSL_OP_NO_TICKET | SSL_OP_NO_ENCRYPT_THEN_MAC;
    const ciphers = `${CBC}:DHE-RSA-AES256-SHA`;
    const server = rsaServer({ ciphers, maxVersion: 'TLSv1.2', dhparam: 'auto', secureOptions });
    const { facts } = await scanned(server, []);
    expect(facts).toMatchObject({ encrypt_then_mac: false, session_ticket: false });
    expect(facts.dh_public_value_repeated).toBe(false);
  });

  test('AEAD suites tell nothing of encrypt_then_mac', async () => {
    const { facts } = await scanned(rsaServer({ ciphers: GCM, maxVersion: 'TLSv1.2' }), []);
    expect(facts).toMatchObject({ encrypt_then_mac: null, extended_master_secret: true });
  });

  test('TLS 1.3 alone tells of keys only, exhaustive nothing of long hellos', async () => {
    const server = rsaServer({ minVersion: 'TLSv1.3' });
    const { facts } = await scanned(server, [], { strategy: 'exhaustive', suites: TLS13_SUITES });
    const told = { ecdh_public_value_repeated: false, tls13_chain_error: 'not_asked' };
    expect(facts).toMatchObject(told);
    const others = Object.entries(facts).filter(([name]) => !Object.hasOwn(told, name));
    for (const [name, value] of others) expect(value ?? [], name).toEqual([]);
  });

  test('a stapled response', async () => {
    const server = tlsServer({ ...identity('dovecot-localhost'), maxVersion: 'TLSv1.2' }, (one) =>
      one.on('OCSPRequest', (_certificate, _issuer, done) => done(null, Buffer.from('3003020100', 'hex'))),
    );
    expect((await scanned(server, [])).facts.ocsp_stapling).toBe(true);
  });
});

const TLS13_SUITES = new Map([[0x0304, [0x1301, 0x1302]]]);

describe('a server from a script', () => {
  test('takes compression, and says heartbeat', async () => {
    const extensions = [{ type: 15, data: Uint8Array.of(1) }];
    const flight = flightOf(
      serverHelloOf({ cipher_suite: 0x002f, compression_method: 1, extensions }),
      messageOf(SERVER_HELLO_DONE),
    );
    const { facts } = await scanned(
      scripted(() => flight),
      [],
      tls12(0x002f),
    );
    expect(facts).toMatchObject({
      compression: true,
      heartbeat: true,
      secure_renegotiation: false,
      extended_master_secret: false,
      encrypt_then_mac: false,
    });
  });

  test('keeps its keys', async () => {
    const point = Uint8Array.of(4, ...new Uint8Array(64).fill(9));
    const [prime, generator] = [new Uint8Array(128).fill(255), Uint8Array.of(2)];
    const server = scripted(({ cipher_suites: [suite] }) =>
      suite === ECDHE_A || suite === ECDHE_B
        ? keyFlight(suite, { kind: 'named_group', named_group: 23, point })
        : keyFlight(suite!, { kind: 'dh', prime, generator, public_value: prime }),
    );
    const { facts } = await scanned(server, [], tls12(ECDHE_A, ECDHE_B, DHE_A, DHE_B));
    expect(facts).toMatchObject({ dh_public_value_repeated: true, ecdh_public_value_repeated: true });
  });

  test('the same bytes in another group are another key', async () => {
    const point = new Uint8Array(32).fill(9);
    const groups = new Map([
      [ECDHE_A, 29],
      [ECDHE_B, 30],
    ]);
    const server = scripted(({ cipher_suites: [suite] }) =>
      keyFlight(suite!, { kind: 'named_group', named_group: groups.get(suite!)!, point }),
    );
    const { facts } = await scanned(server, [], tls12(ECDHE_A, ECDHE_B));
    expect(facts.ecdh_public_value_repeated).toBeNull();
  });

  test('chokes on long hellos', async () => {
    const server = scripted(({ cipher_suites }) => {
      if (cipher_suites.length > 128) return new Uint8Array(0);
      return cipher_suites.includes(0x002f)
        ? flightOf(serverHelloOf({ cipher_suite: 0x002f }), messageOf(SERVER_HELLO_DONE))
        : null;
    });
    const many = Array.from({ length: 150 }, (_, index) => 0xc000 + index);
    const { facts, versions } = await scanned(server, [], tls12(0x002f, ...many));
    expect(facts.long_hello_tolerant).toBe(false);
    expect(versions[0]).toMatchObject({ accepted: 1, rejected: 150 });
  });

  test.each<[string, RefusedFeature['feature'] | null, boolean | null, boolean | null]>([
    ['takes few suites a hello', 'cipher_suites', null, false],
    ['takes short hellos', 'hello_bytes', null, false],
    ['is asked with few for what they are', null, null, null],
    ['has answered a long one all the same', 'cipher_suites', true, true],
  ])('that %s', (_, feature, before, after) => {
    const facts = { ...noFacts(), long_hello_tolerant: before };
    const refused = feature === null ? [] : [{ feature, value: 12, by: 'close', code: null } as const];
    noteLongHellos(facts, { suites_a_hello: 12, refused });
    expect(facts.long_hello_tolerant).toBe(after);
  });

  test('that refuses everything says nothing, not even whether it reads long hellos', async () => {
    const { facts } = await scanned(
      onHello((socket) => socket.end(ALERT_40)),
      [],
    );
    for (const [name, value] of Object.entries(facts)) expect(value ?? [], name).toEqual([]);
  });
});

test('secure renegotiation is asked for in SSLv3, too, by its signalling suite', async () => {
  const seen: number[][] = [];
  const answer = (extensions: { type: number; data: Uint8Array }[] | null) =>
    scripted(({ cipher_suites }) => {
      seen.push([...cipher_suites]);
      return Buffer.concat([
        flightOf(serverHelloOf({ legacy_version: 0x0300, cipher_suite: 0x0005, extensions })),
        flightOf(messageOf(SERVER_HELLO_DONE)),
      ]);
    });
  const ssl3 = { suites: new Map([[0x0300, [0x0005]]]) };
  const yes = await scanned(answer([{ type: 0xff01, data: Uint8Array.of(0) }]), [], ssl3);
  const no = await scanned(answer(null), [], ssl3);
  expect(seen).toEqual([
    [0x0005, 0x00ff],
    [0x0005, 0x00ff],
  ]);
  expect([yes.facts.secure_renegotiation, no.facts.secure_renegotiation]).toEqual([true, false]);
  expect(no.facts.extended_master_secret).toBeNull();
});
