/**
 * Flights of Node's TLS stack with the secret from its key log: opened, cut short, bent, and under a wrong secret; and
 * messages that no stack sends, sealed here.
 */
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { connect, createServer } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { sealedRecords } from '../../scripts/testing/sealed-records.ts';
import { join, messageOf, recordOf } from '../../scripts/testing/wire.ts';
import { certificatePem, keyPem } from '../../scripts/village/certificates.ts';
import { TappedStream } from '../scan/secured/tapped-stream.ts';
import { ALERT } from './content-types.ts';
import * as types from './handshake-types.ts';
import { type ProtectedFlight, ProtectedFlightReader, readProtectedFlight } from './protected-flight.ts';

interface Recorded {
  bytes: Uint8Array;
  secret: Uint8Array;
}

const GCM = 0x1301;

const NOTHING = {
  ...{ extensions: null, certificates: null, signature_scheme: null },
  ...{ certificate_requested: false },
};

describe('a flight under TLS_AES_128_GCM_SHA256', () => {
  let recorded: Recorded;
  let whole: ProtectedFlight;
  beforeAll(async () => {
    recorded = await record('TLS_AES_128_GCM_SHA256');
    whole = readProtectedFlight(recorded.bytes, GCM, recorded.secret)!;
  });

  test('is read to its end', () => {
    expect(whole.certificates!.length).toBe(certificatePem('mx-chain').split('BEGIN').length - 1);
    expect(whole).toMatchObject({ signature_scheme: 0x0804, certificate_requested: true, opened: true });
    expect(whole.extensions!.map(({ type }) => type)).toContain(ALPN);
    expect(whole.broken_by).toBeNull();
  });

  test('cut short anywhere says so, and gives what is whole; what comes after Finished makes no difference', () => {
    const end = firstThatReads(recorded);
    const known = new Set<number>();
    for (let length = 0; length < end; length++) {
      const flight = readProtectedFlight(recorded.bytes.subarray(0, length), GCM, recorded.secret)!;
      expect(flight.broken_by).toBe('ended before Finished');
      expectPartOf(whole, flight);
      known.add(flight.certificates?.length ?? 0);
    }
    expect(Math.max(...known)).toBe(whole.certificates!.length);
    expect(readProtectedFlight(recorded.bytes.subarray(0, end), GCM, recorded.secret)).toEqual(whole);
  });

  test('in chunks of any size is the same flight', () => {
    for (const size of [1, 7, 1000, 20_000]) {
      const reader = ProtectedFlightReader.of(GCM, recorded.secret)!;
      for (let at = 0; at < recorded.bytes.length; at += size) {
        reader.push(recorded.bytes.subarray(at, at + size));
      }
      expect(reader.isOver).toBe(true);
      expect(reader.end()).toEqual(whole);
    }
  });

  test('bent anywhere is a part of it, or bent where nobody looks', () => {
    fc.assert(
      fc.property(fc.nat(recorded.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bent = Uint8Array.from(recorded.bytes);
        bent[at]! ^= by;
        expectPartOf(whole, readProtectedFlight(bent, GCM, recorded.secret)!);
      }),
      { numRuns: 300 },
    );
  });

  test('under another secret, or of random bytes, is nothing', () => {
    const wrong = readProtectedFlight(recorded.bytes, GCM, randomBytes(32))!;
    expect(wrong).toEqual({
      ...NOTHING,
      opened: false,
      broken_by: expect.stringContaining('under this secret'),
    });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(readProtectedFlight(bytes, GCM, recorded.secret)).toMatchObject(NOTHING);
      }),
    );
  });

  test('of a suite that is not known is not read', () => {
    expect(readProtectedFlight(recorded.bytes, 0xc0b4, recorded.secret)).toBeNull();
  });
});

test.each([
  ['TLS_AES_256_GCM_SHA384', 0x1302],
  ['TLS_CHACHA20_POLY1305_SHA256', 0x1303],
  ['TLS_AES_128_CCM_SHA256', 0x1304],
  ['TLS_AES_128_CCM_8_SHA256', 0x1305],
])('%s', async (name, suite) => {
  const { bytes, secret } = await record(name);
  const flight = readProtectedFlight(bytes, suite, secret);
  expect(flight).toMatchObject({ signature_scheme: 0x0804, broken_by: null });
  expect(readProtectedFlight(bytes, suite, randomBytes(secret.length))).toMatchObject(NOTHING);
});

describe('messages that make no sense, sealed', () => {
  const [leaf, issuer] = [Buffer.alloc(900, 1), Buffer.alloc(700, 2)];
  const extensions = messageOf(types.ENCRYPTED_EXTENSIONS, Buffer.of(0, 0));
  const verify = messageOf(types.CERTIFICATE_VERIFY, Buffer.from('0804000401020304', 'hex'));
  const finished = messageOf(types.FINISHED, new Uint8Array(32));
  const entry = (der: Buffer) => Buffer.concat([u24(der.length), der, Buffer.of(0, 0)]);
  const list = (entries: Buffer, length = entries.length) =>
    messageOf(types.CERTIFICATE, Buffer.concat([Buffer.of(0), u24(length), entries]));
  const chain = list(Buffer.concat([entry(leaf), entry(issuer)]));
  const read = (...messages: Uint8Array[]) => {
    const records = sealedRecords(SECRET, join(...messages));
    return readProtectedFlight(records, GCM, SECRET)!;
  };

  test('a CertificateVerify that can not be read does not cost the Certificate', () => {
    const flight = read(extensions, chain, messageOf(types.CERTIFICATE_VERIFY, Buffer.of(8)), finished);
    expect(flight).toMatchObject({ certificates: [leaf, issuer], signature_scheme: null, extensions: [] });
    expect(flight.broken_by).toMatch(/^algorithm at byte \d+/);
  });

  test('nor do EncryptedExtensions, nor a message that does not belong there', () => {
    const broken = messageOf(types.ENCRYPTED_EXTENSIONS, Buffer.of(0, 9, 1));
    const flight = read(broken, messageOf(99), chain, verify, finished);
    expect(flight).toMatchObject({ certificates: [leaf, issuer], signature_scheme: 0x0804 });
    expect(flight.extensions).toBeNull();
    expect(flight.broken_by).toMatch(/^extensions at byte \d+/);
  });

  test.each([
    ['a list that is longer than its message', list(Buffer.concat([entry(leaf), entry(issuer)]), 9000), 2],
    ['a list that is shorter', list(Buffer.concat([entry(leaf), entry(issuer)]), entry(leaf).length), 1],
    [
      'a second entry that is cut short',
      list(Buffer.concat([entry(leaf), entry(issuer).subarray(0, 90)])),
      1,
    ],
    [
      'extensions of the second that are',
      list(Buffer.concat([entry(leaf), entry(issuer).subarray(0, -1)])),
      2,
    ],
  ])('%s', (_, certificate, count) => {
    const flight = read(extensions, certificate, verify, finished);
    expect(flight.certificates).toEqual([leaf, issuer].slice(0, count));
    expect(flight.signature_scheme).toBe(0x0804);
    expect(flight.broken_by).not.toBeNull();
  });

  test('a Certificate that the connection cuts gives the entries that came', () => {
    const cut = chain.subarray(0, -10);
    expect(read(extensions, cut)).toMatchObject({ certificates: [leaf], broken_by: 'ended before Finished' });
    expect(read(extensions, chain.subarray(0, 300)).certificates).toBeNull();
  });

  test('a Certificate over the bound of a message gives the entries in its first record', () => {
    const many = list(Buffer.concat(Array.from({ length: 400 }, () => entry(leaf))));
    const flight = read(extensions, many, verify, finished);
    expect(flight.certificates!.length).toBeGreaterThan(10);
    expect(flight.certificates!.every((der) => leaf.equals(der))).toBe(true);
    expect(flight.broken_by).toContain('handshake length');
  });

  test('an alert ends it, sealed or not; a warning does not', () => {
    const records = sealedRecords(SECRET, join(extensions, chain));
    const alert = recordOf(ALERT, Buffer.of(2, 80));
    const plain = readProtectedFlight(join(records, alert), GCM, SECRET)!;
    expect(plain).toMatchObject({ certificates: [leaf, issuer], broken_by: 'alert 80 (internal_error)' });
    const sealed = readProtectedFlight(sealedRecords(SECRET, Buffer.of(2, 80), ALERT), GCM, SECRET)!;
    expect(sealed).toMatchObject({
      certificates: null,
      broken_by: 'alert 80 (internal_error)',
      opened: true,
    });
    const warned = readProtectedFlight(join(recordOf(ALERT, Buffer.of(1, 112)), records), GCM, SECRET)!;
    expect(warned).toMatchObject({ certificates: [leaf, issuer], broken_by: 'ended before Finished' });
  });
});

/** What `flight` has is what `whole` has; of a chain the first ones. */
function expectPartOf(whole: ProtectedFlight, flight: ProtectedFlight): void {
  for (const field of ['extensions', 'signature_scheme'] as const) {
    if (flight[field] !== null) expect(flight[field]).toEqual(whole[field]);
  }
  const count = flight.certificates?.length ?? 0;
  expect(flight.certificates ?? []).toEqual(whole.certificates!.slice(0, count));
}

/** Length of the shortest beginning that reads. */
function firstThatReads({ bytes, secret }: Recorded): number {
  let length = bytes.length;
  const isWhole = (end: number) =>
    readProtectedFlight(bytes.subarray(0, end), GCM, secret)!.broken_by === null;
  while (length > 0 && isWhole(length - 1)) length--;
  return length;
}

const SECRET = new Uint8Array(32).fill(5);

function u24(length: number): Buffer {
  return Buffer.of(length >> 16, (length >> 8) & 0xff, length & 0xff);
}

/** One handshake under `suite`, by a HelloRetryRequest, with a request for a certificate and an answer to ALPN. */
async function record(suite: string): Promise<Recorded> {
  const ciphers = `${suite}:AES128-SHA`;
  const server = createServer({
    ciphers,
    cert: certificatePem('mx-chain'),
    key: keyPem('rsa-2048'),
    ecdhCurve: 'P-521',
    requestCert: true,
    rejectUnauthorized: false,
    ALPNProtocols: ['smtp'],
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1');
  const tap = new TappedStream(socket, { silence_ms: 5000, bytes: 1 << 20, kept_bytes: 1 << 20 });
  try {
    const options = {
      ciphers,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['smtp'],
      rejectUnauthorized: false,
    } as const;
    const client = connect({ ...options, socket: tap });
    let secret: Uint8Array | undefined;
    client.on('keylog', (line) => {
      const [label, , hex] = line.toString().trim().split(' ');
      if (label === 'SERVER_HANDSHAKE_TRAFFIC_SECRET') secret = Buffer.from(hex!, 'hex');
    });
    await new Promise((resolve, reject) => client.once('secureConnect', resolve).once('error', reject));
    return { bytes: tap.heard(), secret: secret! };
  } finally {
    tap.destroy();
    server.close();
  }
}

const ALPN = 16;
