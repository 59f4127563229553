import { constants, createHash, createPublicKey, publicDecrypt, verify, X509Certificate } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect as tlsConnect } from 'node:tls';
import { createGunzip } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../../pipeline/base/byte-writer.ts';
import { fromHex, toHex } from '../../../pipeline/base/hex.ts';
import { describeWithShared } from '../../testing/shared-data.ts';
import { certificateDer, keyPem } from '../certificates.ts';
import type { LegacySpec } from '../endpoint-spec.ts';
import { ENDPOINTS } from '../endpoints/index.ts';
import { SSL2_KINDS } from '../endpoints/suite-lists.ts';
import { OPENSSL_512, POSTFIX_512, POSTFIX_1024 } from '../primes.ts';
import { flightShape } from './flight-shape.fixture.ts';
import { answerTo, type LegacyAnswer, legacyPeer, startLegacyTls } from './peer.ts';

const SPEC: LegacySpec = {
  kind: 'legacy',
  versions: [0x0300, 0x0301, 0x0303],
  suites: [0x0005, 0x002f, 0x0033, 0x0014, 0x0003, 0x0019, 0x009e],
  preference: 'server',
  chain: ['imap-example'],
  dh: POSTFIX_1024,
  export_dh: POSTFIX_512,
  temporary_rsa_bits: 512,
  ssl2_kinds: SSL2_KINDS,
  when_unsupported: 'alert',
  records: 'one_a_message',
};

const RANDOM = new Uint8Array(32).fill(7);

function hello(version: number, suites: readonly number[]): Uint8Array {
  return new ByteWriter()
    .u8(22)
    .u16(Math.min(version, 0x0301))
    .vector(2, (record) =>
      record.u8(1).vector(3, (body) =>
        body
          .u16(version)
          .bytes(RANDOM)
          .vector(1, () => {})
          .vector(2, (list) => {
            for (const code of suites) list.u16(code);
          })
          .vector(1, (methods) => methods.u8(0)),
      ),
    )
    .finish();
}

function ssl2Hello(kinds: readonly number[]): Uint8Array {
  const body = new ByteWriter()
    .u8(1)
    .u16(2)
    .u16(kinds.length * 3)
    .u16(0)
    .u16(16);
  for (const kind of kinds) body.u24(kind);
  const message = body.bytes(new Uint8Array(16)).finish();
  return new ByteWriter()
    .u16(0x8000 | message.length)
    .bytes(message)
    .finish();
}

function answer(spec: Partial<LegacySpec>, bytes: Uint8Array): LegacyAnswer {
  const given = answerTo(bytes, legacyPeer({ ...SPEC, ...spec }));
  if (!given) throw new Error('no answer');
  return given;
}

function alertOf(given: LegacyAnswer): string {
  return `${toHex(given.bytes)} ${given.next}`;
}

describe('choice', () => {
  const chosen = (spec: Partial<LegacySpec>, version: number, suites: readonly number[]) =>
    flightShape(answer(spec, hello(version, suites)).bytes, 3).cipher_suite;

  test("is the server's or the client's", () => {
    expect(chosen({}, 0x0301, [0x1301, 0x002f, 0x0005])).toBe(0x0005);
    expect(chosen({ preference: 'client' }, 0x0301, [0x1301, 0x002f, 0x0005])).toBe(0x002f);
  });

  test('takes the highest version that both have', () => {
    const versionOf = (version: number) => flightShape(answer({}, hello(version, [0x0005])).bytes, 3).version;
    expect([0x0300, 0x0301, 0x0302, 0x0303].map(versionOf)).toEqual([0x0300, 0x0301, 0x0301, 0x0303]);
  });

  test('keeps suites of TLS 1.2 out of older versions', () => {
    expect(chosen({}, 0x0303, [0x009e])).toBe(0x009e);
    expect(alertOf(answer({}, hello(0x0301, [0x009e])))).toBe('15030100020228 close');
  });
});

describe('refusals', () => {
  test('no suite in common: alert 40 in the version spoken', () => {
    expect(alertOf(answer({}, hello(0x0303, [0x1301])))).toBe('15030300020228 close');
    expect(alertOf(answer({}, hello(0x0300, [0x1301])))).toBe('15030000020228 close');
  });

  test('a version that is off: alert 70, or a close', () => {
    const spec = { versions: [0x0301] };
    expect(alertOf(answer(spec, hello(0x0300, [0x0005])))).toBe('15030000020246 close');
    expect(alertOf(answer({ ...spec, when_unsupported: 'close' }, hello(0x0300, [0x0005])))).toBe(' close');
  });

  test('SSLv2 that is off: alert 70, or a close', () => {
    const { ssl2_kinds: _, ...off } = SPEC;
    const alert = answerTo(ssl2Hello(SSL2_KINDS), legacyPeer(off))!;
    expect(alertOf(alert)).toBe('15030000020246 close');
    const close = answerTo(ssl2Hello(SSL2_KINDS), legacyPeer({ ...off, when_unsupported: 'close' }))!;
    expect(alertOf(close)).toBe(' close');
  });

  test('a broken version: part of a ServerHello, then a reset, whatever was offered', () => {
    const given = answer({ broken_version: 0x0301 }, hello(0x0301, [0x1301]));
    expect(given.next).toBe('reset');
    expect(toHex(given.bytes)).toMatch(/^160301004a02000046030/);
    expect(given.bytes).toHaveLength(24);
  });
});

describe('flights', () => {
  test('export DH: the 512-bit prime, signed with MD5 and SHA-1 by the key of the certificate', () => {
    const shape = flightShape(answer({}, hello(0x0301, [0x0014])).bytes, 3);
    expect(shape.server_key_exchange).toEqual([64, 1, 64, 128]);
    expect(toHex(shape.parameters)).toContain(POSTFIX_512.hex);
    expect(shape.certificates.map(toHex)).toEqual([toHex(certificateDer('imap-example'))]);
    expect(shape.messages).toEqual([[2], [11], [12], [14]]);
    expectMd5Sha1Signature(shape);
  });

  test('export RSA: the temporary key, signed', () => {
    const shape = flightShape(answer({}, hello(0x0300, [0x0003])).bytes, 2);
    expect(shape.server_key_exchange).toEqual([64, 3, 128]);
    const { n } = createPublicKey(keyPem('rsa-512-temporary')).export({ format: 'jwk' });
    expect(toHex(shape.parameters)).toContain(Buffer.from(n!, 'base64url').toString('hex'));
    expectMd5Sha1Signature(shape);
  });

  test('anonymous: neither certificate nor signature', () => {
    const shape = flightShape(answer({}, hello(0x0301, [0x0019])).bytes, 3);
    expect(shape.messages).toEqual([[2], [12], [14]]);
    expect(shape.server_key_exchange).toEqual([64, 1, 64]);
  });

  test('TLS 1.2: signed with SHA-256', () => {
    const shape = flightShape(answer({}, hello(0x0303, [0x0033])).bytes, 3);
    const data = Buffer.concat([RANDOM, shape.server_random, shape.parameters]);
    const key = new X509Certificate(certificateDer('imap-example')).publicKey;
    expect(verify('sha256', data, key, shape.signature)).toBe(true);
  });

  test('static RSA: no ServerKeyExchange; a flight in one record where so configured', () => {
    const shape = flightShape(answer({ records: 'one_a_flight' }, hello(0x0301, [0x0005])).bytes, 3);
    expect(shape.messages).toEqual([[2, 11, 14]]);
  });

  test("SSLv2: the kinds in common in the client's order, the certificate, 16 bytes of connection id", () => {
    const { bytes, next } = answer({}, ssl2Hello([0x0700c0, 0x123456, 0x010080]));
    const der = certificateDer('imap-example');
    const head = new ByteWriter().u16(0x8000 | (bytes.length - 2)).u8(4);
    head.u8(0).u8(1).u16(2).u16(der.length).u16(6).u16(16).bytes(der).u24(0x0700c0).u24(0x010080);
    expect(toHex(bytes.subarray(0, -16))).toBe(toHex(head.finish()));
    expect(bytes).toHaveLength(13 + der.length + 6 + 16);
    expect(next).toBe('wait');
  });

  function expectMd5Sha1Signature(shape: ReturnType<typeof flightShape>): void {
    const data = Buffer.concat([RANDOM, shape.server_random, shape.parameters]);
    const digest = (name: string) => createHash(name).update(data).digest('hex');
    const key = new X509Certificate(certificateDer('imap-example')).publicKey;
    const opened = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, shape.signature);
    expect(opened.toString('hex')).toBe(digest('md5') + digest('sha1'));
  }
});

describe('answerTo', () => {
  const peers = ENDPOINTS.flatMap(({ server }) => (server.kind === 'legacy' ? [legacyPeer(server)] : []));

  test('waits for a whole hello', () => {
    for (const whole of [hello(0x0301, [0x0005, 0x0004]), ssl2Hello(SSL2_KINDS)]) {
      for (let length = 0; length < whole.length; length++) {
        expect(answerTo(whole.subarray(0, length), peers[0]!)).toBeUndefined();
      }
    }
  });

  test('takes any bytes', () => {
    const broken = fc
      .tuple(fc.constantFrom(hello(0x0301, [0x0005]), ssl2Hello(SSL2_KINDS)), fc.nat(), fc.nat(255))
      .map(([bytes, at, value]) => bytes.with(at % bytes.length, value));
    fc.assert(
      fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 200 })), fc.nat(), (bytes, which) => {
        const given = answerTo(bytes, peers[which % peers.length]!);
        expect(given === undefined || ['wait', 'close', 'reset'].includes(given.next)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

test('a stock client verifies the signature and goes on with its ClientKeyExchange', async () => {
  const peer = legacyPeer({ ...SPEC, dh: POSTFIX_1024, suites: [0x0033] });
  const records = await new Promise<Buffer>((resolve) => {
    const server = createServer((socket: Socket) => {
      const received: Buffer[] = [];
      socket.on('error', () => socket.destroy());
      startLegacyTls(socket, peer);
      socket.on('data', (chunk) => {
        received.push(chunk);
        if (received.length < 2) return;
        socket.destroy();
        server.close(() => resolve(chunk));
      });
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      // Servers of the time know nothing of RFC 5746.
      const secureOptions = constants.SSL_OP_LEGACY_SERVER_CONNECT;
      const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1' } as const;
      const options = { ...versions, ciphers: 'ALL:@SECLEVEL=0', secureOptions };
      const client = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
      client.on('error', () => client.destroy());
    });
  });
  // A handshake record (not an alert) that begins with ClientKeyExchange.

  expect([records[0], records[5]]).toEqual([22, 16]);
});

describeWithShared('captures', 'beside real servers of the time', (folder) => {
  const cases = [
    { file: 'openssl-1.0.2-imaps', version: 0x0301, suite: 0x0014, vectors: 3, records: 'one_a_message' },
    { file: 'openssl-1.0.2-imaps', version: 0x0300, suite: 0x0014, vectors: 3, records: 'one_a_message' },
    { file: 'openssl-1.0.2-imaps', version: 0x0303, suite: 0x0014, vectors: 3, records: 'one_a_message' },
    { file: 'openssl-1.0.2-imaps', version: 0x0300, suite: 0x0003, vectors: 2, records: 'one_a_message' },
    { file: 'openssl-1.0.2-imaps', version: 0x0301, suite: 0x0008, vectors: 2, records: 'one_a_message' },
    { file: 'openssl-1.0.2-imaps', version: 0x0302, suite: 0x0019, vectors: 3, records: 'one_a_message' },
    { file: 'openssl-1.0.2-imaps', version: 0x0301, suite: 0x0005, vectors: 3, records: 'one_a_message' },
  ] as const;

  test.each(cases)(
    '$file, version $version, suite $suite',
    async ({ file, version, suite, vectors, records }) => {
      const real = await findFlight(join(folder, `${file}.ndjson.gz`), version, suite, vectors);
      const spec = { versions: [version], suites: [suite], dh: OPENSSL_512, export_dh: OPENSSL_512, records };
      const ours = flightShape(answer(spec, hello(version, [suite])).bytes, vectors);
      expect(form(ours)).toEqual(form(real));
    },
  );

  function form(shape: ReturnType<typeof flightShape>) {
    const { parameters: _p, signature: _s, server_random: _r, certificates, ...rest } = shape;
    return { ...rest, certificates: certificates.length };
  }

  test('OpenSSL 1.0.2, SSLv2', async () => {
    for await (const { client, server } of conversations(join(folder, 'openssl-1.0.2-imaps.ndjson.gz'))) {
      if (client[0] !== 0x80 || client[2] !== 1 || server[2] !== 4) continue;
      const ours = answer({}, client).bytes;
      const [certificate, kinds, id] = [(server[7]! << 8) | server[8]!, (server[9]! << 8) | server[10]!, 16];
      expect([...ours.subarray(2, 7)]).toEqual([...server.subarray(2, 7)]);
      expect(server[12]).toBe(id);
      const kindsOf = (bytes: Uint8Array) =>
        toHex(bytes.subarray(bytes.length - id - kinds, bytes.length - id));
      expect(server).toHaveLength(13 + certificate + kinds + id);
      expect(kindsOf(ours)).toBe(kindsOf(server));
      return;
    }
    expect.fail('no SSLv2 conversation in the capture');
  });
});

async function findFlight(file: string, version: number, suite: number, vectors: 2 | 3) {
  for await (const { server } of conversations(file)) {
    if (server[0] !== 22 || server[5] !== 2) continue;
    const view = Buffer.from(server);
    const code = view.readUInt16BE(44 + server[43]!);
    if (view.readUInt16BE(9) !== version || code !== suite) continue;
    const shape = flightShape(server, vectors);
    if (shape.extension_bytes === 0) return shape;
  }
  throw new Error(`no flight of version ${version}, suite ${suite} in ${file}`);
}

type Captured = { exchange: { from: 'client' | 'server'; hex: string }[] };

async function* conversations(file: string): AsyncGenerator<{ client: Uint8Array; server: Uint8Array }> {
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()) });
  for await (const line of lines) {
    const { exchange } = JSON.parse(line) as Captured;
    const said = (who: string) =>
      fromHex(exchange.map(({ from, hex }) => (from === who ? hex : '')).join(''));
    yield { client: said('client'), server: said('server') };
  }
}
