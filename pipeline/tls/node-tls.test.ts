/** Hellos of ours to the TLS stack of Node (OpenSSL) on 127.0.0.1, and what it says to them. */
import { generateKeyPairSync } from 'node:crypto';
import { type AddressInfo, connect, type Server } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { expect, test } from 'vitest';
import { suiteKeyExchange } from '../../scripts/testing/suite-key-exchange.ts';
import { certificatePem, keyPem } from '../../scripts/village/certificates.ts';
import {
  FFDHE2048,
  FlightReader,
  type HelloOffer,
  SECP256R1,
  SECP384R1,
  SECP521R1,
  type ServerAnswer,
  TLS12_GROUPS,
  writeHello,
  X448,
  X25519,
} from './index.ts';
import { TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from './versions.ts';

const RANDOM = new Uint8Array(32).fill(9);
const CERTIFICATE = { cert: certificatePem('mx-chain'), key: keyPem('rsa-2048') };
const ANY = { ciphers: 'ALL:@SECLEVEL=0', minVersion: 'TLSv1', maxVersion: 'TLSv1.3' } as const;

test.each([
  ['TLS 1.0, DHE', TLS1_0, 0x0039, { kind: 'dh' }],
  ['TLS 1.1, ECDHE', TLS1_1, 0xc014, { kind: 'named_group', named_group: 0x1d }],
  ['TLS 1.2, ECDHE', TLS1_2, 0xc02f, { kind: 'named_group', named_group: 0x1d }],
  ['TLS 1.2, RSA', TLS1_2, 0x009c, null],
])('%s: the whole flight', async (_, version, suite, key) => {
  const server = { ...ANY, ...CERTIFICATE, dhparam: 'auto' };
  const answer = await ask(server, { version, cipher_suites: [suite], named_groups: TLS12_GROUPS });
  expect(answer).toMatchObject({ kind: 'server_hello', version, cipher_suite: suite, complete: true });
  expect(answer).toMatchObject({ broken_by: null, ephemeral_key: key });
  expect(answer.kind === 'server_hello' && answer.certificates.length).toBeGreaterThan(0);
});

test('an anonymous suite: no certificate', async () => {
  const answer = await ask(ANY, { version: TLS1_2, cipher_suites: [0xc019], named_groups: TLS12_GROUPS });
  expect(answer).toMatchObject({
    cipher_suite: 0xc019,
    complete: true,
    certificates: [],
    signature_scheme: null,
  });
});

test.each([X25519, SECP256R1, X448, SECP521R1, SECP384R1, FFDHE2048])(
  'TLS 1.3 without a key share: asked for group %i',
  async (group) => {
    const question = { version: TLS1_3, cipher_suites: [0x1301], named_groups: [group], key_shares: [] };
    const answer = await ask({ ...ANY, ...CERTIFICATE }, question);
    expect(answer).toMatchObject({ version: TLS1_3, hello_retry_request: true, selected_group: group });
  },
);

test('TLS 1.3 with a key share: ServerHello', async () => {
  const { publicKey } = generateKeyPairSync('x25519');
  const key_exchange = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32));
  const key_shares = [{ named_group: X25519, key_exchange }];
  const question = { version: TLS1_3, cipher_suites: [0x1302], named_groups: [X25519], key_shares };
  const answer = await ask({ ...ANY, ...CERTIFICATE }, question);
  expect(answer).toMatchObject({ version: TLS1_3, hello_retry_request: false, selected_group: X25519 });
});

test('a version that is not there: an alert', async () => {
  const server = { ...ANY, ...CERTIFICATE, minVersion: 'TLSv1.2' } as const;
  const answer = await ask(server, { version: TLS1_0, cipher_suites: [0x0035], named_groups: [] });
  expect(answer).toEqual({ kind: 'alert', level: 2, description: 70 });
});

/** One connection, one hello, one answer. */
async function ask(options: TlsOptions, question: Omit<HelloOffer, 'random'>): Promise<ServerAnswer> {
  const server = createServer(options);
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const offer = { ...question, random: RANDOM, server_name: 'mx.village.example' };
    return await exchange(server, offer);
  } finally {
    server.close();
  }
}

function exchange(server: Server, offer: HelloOffer): Promise<ServerAnswer> {
  return new Promise((resolve, reject) => {
    const reader = new FlightReader(offer, suiteKeyExchange);
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const settle = (step: () => ServerAnswer | undefined) => {
      try {
        const answer = step();
        if (answer) resolve(answer);
        if (answer) socket.destroy();
      } catch (error) {
        reject(error);
        socket.destroy();
      }
    };
    socket.write(writeHello(offer));
    socket.on('data', (chunk) => settle(() => reader.push(chunk)));
    socket.on('end', () => settle(() => reader.end()));
    socket.on('error', (error) => settle(() => reader.end(error.message)));
  });
}
