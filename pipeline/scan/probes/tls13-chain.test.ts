/**
 * The chain of TLS 1.3 is read from what the server sent, whether OpenSSL finishes the handshake or not; where it can't be
 * read, the record says why. Go's crypto/tls shows chains that OpenSSL refuses; fronts spoil the flights of real servers.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type AnyCertificates,
  buildAnyCertificateServer,
  missingGo,
  startAnyCertificateServer,
} from '../../../scripts/peers/any-certificate-server.ts';
import { type KeyMaterial, missingOpenssl, NEW_KEYS, selfSignedKey } from '../../../scripts/peers/openssl.ts';
import { describeUnless } from '../../../scripts/testing/describe-unless.ts';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { recordOf, serverHelloOf } from '../../../scripts/testing/wire.ts';
import { ByteReader } from '../../base/byte-reader.ts';
import { sha256Hex } from '../../base/hex.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { readClientHello } from '../../tls/client-hello.ts';
import { HANDSHAKE } from '../../tls/content-types.ts';
import { KEY_SHARE, SUPPORTED_VERSIONS } from '../../tls/extensions.ts';
import { HELLO_RETRY_REQUEST_RANDOM } from '../../tls/server-hello.ts';
import { local, scanOne } from '../testing/scan-local.ts';
import { ALERT_40 } from '../testing/scripted-tls.ts';
import { type LocalServer, tcpServer, withServer } from '../testing/servers.ts';
import { identity, rsaServer } from './probed.fixture.ts';

const TLS1_3 = 0x0304;
const OPTIONS = {
  suites: new Map([[TLS1_3, [0x1301, 0x1302, 0x1306]]]),
  probes: ['secured-session', 'completed-handshakes'],
};

/** Chains of TLS 1.3, as their certificates' hashes. */
const chainsOf = ({ handshakes, chains }: EndpointRecord) =>
  handshakes
    .filter(({ chain_id }) => chain_id !== null)
    .map(({ chain_id }) => chains.find((chain) => chain.chain_id === chain_id)!.certificates);

const detailsOf = ({ handshakes }: EndpointRecord) =>
  handshakes.map(({ error_detail }) => error_detail ?? '').join('\n');

describeUnless(missingOpenssl() ?? missingGo(), "Go's crypto/tls, with bytes that no parser takes", () => {
  const folder = temporaryFolder('any-certificate');
  let program: string;
  let key: KeyMaterial;
  let leaf: Buffer;
  beforeAll(() => {
    program = buildAnyCertificateServer(folder);
    key = selfSignedKey(folder, 'rsa', NEW_KEYS.rsa);
    leaf = derOf(readFileSync(key.leaf, 'utf8'));
  }, 180_000);

  let count = 0;
  async function withGo<T>(
    spec: Omit<AnyCertificates, 'key'>,
    body: (port: number) => Promise<T>,
  ): Promise<T> {
    const server = await startAnyCertificateServer(program, folder, `s${count++}`, { key: key.key, ...spec });
    try {
      return await body(server.port);
    } finally {
      await server.stop();
    }
  }
  const scanned = (spec: Omit<AnyCertificates, 'key'>, more = {}): Promise<EndpointRecord> =>
    withGo(spec, (port) => scanOne(local(465, port), { ...OPTIONS, ...more }));

  const BENT: [string, (der: Buffer) => Buffer][] = [
    ['another tag in front of the version', (der) => changed(der, 'a003020102', 'a103020102')],
    ['cut short at its end', (der) => der.subarray(0, -40)],
    ['cut short at its begin', (der) => der.subarray(2)],
    ['a key of an unknown type', (der) => changed(der, '06092a864886f70d010101', '06092a864886f70d01017f')],
    ['no DER at all', () => Buffer.from('hello, world')],
    ['one byte', () => Buffer.of(0)],
  ];

  test.each(BENT)('%s: its leaf is there, and no handshake was finished', async (_, bend) => {
    const bent = bend(leaf);
    const record = await scanned({ chain: [bent] });
    expect(chainsOf(record)).toEqual([[sha256Hex(bent)]]);
    expect(record.facts.tls13_chain_error).toBeNull();
    expect(record.secured_dialogue).toBeNull();
    expect(record.facts.psk_resumption).toBeNull();
    // OpenSSL's doing, not the server's.
    expect(record.versions[0]).toMatchObject({ accepted: 2, handshake_completed: null });
    expect(detailsOf(record)).toContain('handshake not finished: ');
    expect(record.handshakes.map(({ signature_scheme }) => signature_scheme)).toContain(0x0804);
    expect(record.stop_reason).toBeNull();
    // One handshake: nothing is asked again where the chain is known.
    expect(record.effort.handshakes).toBe(record.versions[0]!.handshakes + 1);
  });

  test('a negative serial number, which some parsers take', async () => {
    const serial = leaf.indexOf(Buffer.from('a003020102', 'hex')) + 7;
    const bent = Buffer.from(leaf);
    bent[serial]! |= 0x80;
    const record = await scanned({ chain: [bent] });
    expect(chainsOf(record)).toEqual([[sha256Hex(bent)]]);
    expect(record.facts.tls13_chain_error).toBeNull();
  });

  test('a wrong CertificateVerify', async () => {
    const record = await scanned({ chain: [leaf], signature: 'wrong' });
    expect(chainsOf(record)).toEqual([[sha256Hex(leaf)]]);
    expect(record.facts.tls13_chain_error).toBeNull();
    expect(record.secured_dialogue).toBeNull();
    expect(record.versions[0]).toMatchObject({ handshake_completed: null });
    expect(record.handshakes.map(({ signature_scheme }) => signature_scheme)).toContain(0x0804);
    expect(detailsOf(record)).toContain('handshake not finished: ');
  });

  test.each([
    // OpenSSL gives up when it has seen the length of the message: the rest is read all the same.
    ['over 100 KiB, more than OpenSSL takes', 160, 'chain cut: 32 of 160 kept'],
    ['over 256 KiB, more than a message may have here', 400, 'protected flight: handshake length'],
  ])('a chain %s', async (_, certificates, detail) => {
    const chain = Array.from({ length: certificates }, () => leaf);
    expect(certificates * leaf.length).toBeGreaterThan(100 * 1024);
    const record = await scanned({ chain });
    const [shown] = chainsOf(record);
    expect(shown!.length).toBeGreaterThan(10);
    expect(new Set(shown)).toEqual(new Set([sha256Hex(leaf)]));
    expect(record.facts.tls13_chain_error).toBeNull();
    expect(detailsOf(record)).toMatch(/excessive message size/);
    expect(detailsOf(record)).toContain(detail);
  });

  test('a chain that comes slowly is read to its end, and the server is told only then that it is too long', async () => {
    const chain = Array.from({ length: 160 }, (_, index) => (index === 31 ? leaf.subarray(0, -40) : leaf));
    const said: string[] = [];
    const record = await withGo({ chain }, (real) =>
      withServer(pacing(real, said), ({ port }) => scanOne(local(465, port), OPTIONS)),
    );
    const [shown] = chainsOf(record);
    expect(shown).toHaveLength(32);
    expect(shown![31]).toBe(sha256Hex(leaf.subarray(0, -40)));
    expect(detailsOf(record)).toMatch(/excessive message size/);
    expect(detailsOf(record)).not.toContain('protected flight');
    expect(said).toEqual(['all was sent', 'alert 47']);
  });

  test('a malformed leaf among several certificates, seen by chains-by-scheme as well', async () => {
    const bent = leaf.subarray(0, -40);
    const record = await scanned({ chain: [bent, leaf] });
    expect(chainsOf(record)).toEqual([[sha256Hex(bent), sha256Hex(leaf)]]);
  });

  test('a server that can not sign, and says so inside its flight: the chain, and no completed handshake', async () => {
    const versions = { min: '1.2', max: '1.3' } as const;
    const suites = new Map([...OPTIONS.suites, [0x0303, [0xc02f, 0xc030]]]);
    const record = await scanned({ chain: [leaf], signature: 'fails', versions }, { suites });
    expect(chainsOf(record)).toContainEqual([sha256Hex(leaf)]);
    expect(record.facts.tls13_chain_error).toBeNull();
    expect(record.secured_dialogue).toBeNull();
    const [tls13, tls12] = [TLS1_3, 0x0303].map((one) => record.versions.find((v) => v.version === one)!);
    expect(tls13).toMatchObject({ accepted: 2, handshake_completed: false });
    expect(detailsOf(record)).toMatch(/internal error \(alert 80\)/);
    // Accepted, with a flight that breaks off, where ServerHello is sent before the signature fails.
    expect(tls12!.handshake_completed).toBe(tls12!.accepted > 0 ? false : null);
  });

  test('a right one: finished, with its dialogue', async () => {
    const record = await scanned({ chain: [leaf] });
    expect(record.secured_dialogue).toMatchObject({ version: TLS1_3, banner: '220 mx.test ESMTP' });
    expect(record.versions[0]).toMatchObject({ handshake_completed: true });
    expect(record.facts).toMatchObject({ tls13_chain_error: null, psk_resumption: true });
  });
});

describe('where there is no chain, the record says why', () => {
  const scanned = (starting: Promise<LocalServer>, more = {}): Promise<EndpointRecord> =>
    withServer(starting, ({ port }) => scanOne(local(465, port), { ...OPTIONS, ...more }));
  const chainError = (record: EndpointRecord) => {
    expect(chainsOf(record)).toEqual([]);
    expect(record.versions[0]!.accepted).toBeGreaterThan(0);
    return record.facts.tls13_chain_error;
  };

  test('not asked', async () => {
    const server = rsaServer({ minVersion: 'TLSv1.3' });
    expect(chainError(await scanned(server, { probes: [] }))).toBe('not_asked');
  });

  test('no TLS 1.3: nothing to say', async () => {
    const record = await scanned(rsaServer({ maxVersion: 'TLSv1.2' }));
    expect(record.versions[0]).toMatchObject({ accepted: 0, handshake_completed: null });
    expect(record.facts.tls13_chain_error).toBeNull();
  });

  test('no suite that OpenSSL has', async () => {
    const record = await scanned(choosing(0x1306, X25519_SHARE));
    expect(record.versions[0]).toMatchObject({ accepted: 1, handshake_completed: null });
    expect(chainError(record)).toBe('no_common_suite');
  });

  test('no group that OpenSSL has: it gives up at HelloRetryRequest', async () => {
    const record = await scanned(choosing(0x1301, Buffer.from('11ec', 'hex'), HELLO_RETRY_REQUEST_RANDOM));
    expect(chainError(record)).toBe('handshake_failed');
  });

  test('a ServerHello that OpenSSL does not take', async () => {
    // A share of another length than x25519 has.
    const record = await scanned(choosing(0x1301, Buffer.from('001d000401020304', 'hex')));
    expect(chainError(record)).toBe('no_secret');
    expect(record.versions[0]).toMatchObject({ handshake_completed: null });
  });

  test('records that do not open', async () => {
    const spoilt = spoiling((record) =>
      Buffer.concat([record.subarray(0, -1), Buffer.of(record.at(-1)! ^ 1)]),
    );
    expect(chainError(await scanned(spoilt))).toBe('not_decrypted');
  });

  test('a flight that ends after its ServerHello', async () => {
    const record = await scanned(spoiling(() => null));
    expect(chainError(record)).toBe('no_certificate');
    expect(record.versions[0]).toMatchObject({ handshake_completed: false });
  });

  test('a flight that stalls: no more than one wait', async () => {
    const record = await scanned(
      spoiling(() => Buffer.alloc(0)),
      SHORT,
    );
    expect(chainError(record)).toBe('no_certificate');
    expect(record.versions[0]).toMatchObject({ handshake_completed: null });
    expect(record.effort.handshakes).toBe(record.versions[0]!.handshakes + 1);
  });
});

test('a first attempt that fails is followed by one with another key share', async () => {
  const tls = { ...identity('dovecot-localhost'), minVersion: 'TLSv1.3', ciphers: CIPHERS } as const;
  const record = await withServer(rsaServer(tls), (real) =>
    withServer(
      front(real.port, (hello) => !(hasOpensslHello(hello) && hello.includes(X25519_OF_CLIENT))),
      ({ port }) => scanOne(local(993, port), { ...OPTIONS, ...SHORT }),
    ),
  );
  expect(record.facts.tls13_chain_error).toBeNull();
  expect(chainsOf(record)).toHaveLength(1);
  expect(record.versions[0]).toMatchObject({ accepted: 2 });
  expect(record.secured_dialogue).toMatchObject({ cipher_suite: 0x1302 });
});

/** Of a record and of a message. */
const HEADERS = 9;
const FIRST_BYTES = 30_000;
const CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:AES128-SHA';
/** These servers greet nobody. */
const SHORT = { timeouts: { connect_ms: 5000, read_ms: 2000, endpoint_ms: 60_000 } };
const X25519_SHARE = Buffer.concat([Buffer.from('001d0020', 'hex'), Buffer.alloc(32, 9)]);
/** A client's only share: the group, then its length. */
const X25519_OF_CLIENT = Buffer.from('0024001d0020', 'hex');
/** psk_key_exchange_modes: OpenSSL's client sends it, the hellos of the search for suites do not. */
const PSK_MODES = Buffer.from('002d00020101', 'hex');
const hasOpensslHello = (hello: Buffer) => hello.includes(PSK_MODES);

/** Answers each hello that offers `suite` with a ServerHello, or HelloRetryRequest, of TLS 1.3, and then says nothing. */
function choosing(
  suite: number,
  share: Buffer,
  random: Uint8Array = Buffer.alloc(32, 7),
): Promise<LocalServer> {
  return tcpServer((socket) =>
    socket.once('data', (bytes) => {
      const hello = bytes[0] === HANDSHAKE ? readClientHello(new ByteReader(bytes.subarray(HEADERS))) : null;
      if (!hello?.cipher_suites.includes(suite)) socket.end(ALERT_40);
      else socket.end(recordOf(HANDSHAKE, helloChoosing(suite, share, random, hello.session_id)));
    }),
  );
}

function helloChoosing(
  cipher_suite: number,
  share: Buffer,
  random: Uint8Array,
  session_id: Uint8Array,
): Uint8Array {
  const extensions = [
    { type: SUPPORTED_VERSIONS, data: Buffer.from('0304', 'hex') },
    { type: KEY_SHARE, data: share },
  ];
  return serverHelloOf({ cipher_suite, extensions, random, session_id });
}

/** A front before a real server, which is asked only where `takes` its hello; else the connection is closed. */
function front(port: number, takes: (hello: Buffer) => boolean): Promise<LocalServer> {
  return tcpServer((socket) =>
    socket.once('data', (hello) => {
      if (!takes(hello)) socket.end();
      else bridge(socket, port, hello).on('data', (chunk) => socket.write(chunk));
    }),
  );
}

/**
 * A real server, whose first protected record to OpenSSL's hellos is what `spoil` makes of it: null ends the connection
 * instead, an empty one holds back all from there on.
 */
async function spoiling(spoil: (record: Buffer) => Buffer | null): Promise<LocalServer> {
  const real = await rsaServer({ minVersion: 'TLSv1.3', ciphers: CIPHERS });
  const server = await tcpServer((socket) =>
    socket.once('data', (hello) => {
      let bytes = Buffer.alloc(0);
      bridge(socket, real.port, hello).on('data', (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        if (!hasOpensslHello(hello)) socket.write(chunk);
        else spoilFirst(socket, bytes, spoil);
      });
    }),
  );
  const close = async () => {
    await server.close();
    await real.close();
  };
  return { ...server, close };
}

/**
 * Before the server at `port`: what comes after its first 30,000 bytes is held back for a moment, and for ever where the
 * client says anything before that. `said`: what happened to the hellos of OpenSSL.
 */
function pacing(port: number, said: string[]): Promise<LocalServer> {
  return tcpServer((socket) =>
    socket.once('data', (hello) => {
      const happened = hasOpensslHello(hello) ? said : [];
      const held: Buffer[] = [];
      let passed = 0;
      let timer: NodeJS.Timeout | undefined;
      const release = () => {
        for (const chunk of held.splice(0)) socket.write(chunk);
        happened.push('all was sent');
      };
      socket.on('data', (chunk) => {
        clearTimeout(timer);
        happened.push(chunk[0] === 21 ? `alert ${chunk[6]}` : `record of type ${chunk[0]}`);
      });
      bridge(socket, port, hello).on('data', (chunk) => {
        const now = chunk.subarray(0, Math.max(0, FIRST_BYTES - passed));
        passed += now.length;
        socket.write(now);
        if (now.length === chunk.length) return;
        held.push(chunk.subarray(now.length));
        clearTimeout(timer);
        timer = setTimeout(release, 300);
      });
    }),
  );
}

function spoilFirst(socket: Socket, bytes: Buffer, spoil: (record: Buffer) => Buffer | null): void {
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    if (bytes[at] === 23 && end <= bytes.length) {
      const spoilt = spoil(bytes.subarray(at, end));
      const before = bytes.subarray(0, at);
      if (!socket.writable || socket.bytesWritten > 0) return;
      if (spoilt === null) socket.end(before);
      else socket.write(Buffer.concat([before, spoilt]));
      return;
    }
    at = end;
  }
}

/** A connection to `port` that is told `hello` and all that `socket` says after it. */
function bridge(socket: Socket, port: number, hello: Buffer): Socket {
  const inner = connect(port, '127.0.0.1').on('error', () => socket.destroy());
  inner.write(hello);
  socket.on('data', (chunk) => inner.write(chunk));
  socket.once('close', () => inner.destroy());
  inner.once('end', () => socket.end());
  return inner;
}

function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

function changed(der: Buffer, from: string, to: string): Buffer {
  const at = der.indexOf(Buffer.from(from, 'hex'));
  if (at < 0) throw new Error(`no ${from} in it`);
  const bent = Buffer.from(der);
  Buffer.from(to, 'hex').copy(bent, at);
  return bent;
}
