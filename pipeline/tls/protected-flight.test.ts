/** Flights of Node's TLS stack with the secret from its key log: opened, cut short, bent, and under a wrong secret. */
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { connect, createServer } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { certificatePem, keyPem } from '../../scripts/village/certificates.ts';
import { DecodeError } from '../base/errors.ts';
import { TappedStream } from '../scan/secured/tapped-stream.ts';
import { readProtectedFlight } from './protected-flight.ts';

interface Recorded {
  bytes: Uint8Array;
  secret: Uint8Array;
}

const GCM = 0x1301;

describe('a flight under TLS_AES_128_GCM_SHA256', () => {
  let recorded: Recorded;
  beforeAll(async () => {
    recorded = await record('TLS_AES_128_GCM_SHA256');
  });

  test('is read to its end', () => {
    const flight = readProtectedFlight(recorded.bytes, GCM, recorded.secret)!;
    expect(flight.certificates.length).toBe(certificatePem('mx-chain').split('BEGIN').length - 1);
    expect(flight).toMatchObject({ signature_scheme: 0x0804, certificate_requested: true });
    expect(flight.extensions.map(({ type }) => type)).toContain(ALPN);
  });

  test('cut short anywhere is a DecodeError; what comes after Finished makes no difference', () => {
    const whole = readProtectedFlight(recorded.bytes, GCM, recorded.secret);
    const end = firstThatReads(recorded);
    for (let length = 0; length < end; length++) {
      const cut = recorded.bytes.subarray(0, length);
      expect(() => readProtectedFlight(cut, GCM, recorded.secret)).toThrow(DecodeError);
    }
    expect(readProtectedFlight(recorded.bytes.subarray(0, end), GCM, recorded.secret)).toEqual(whole);
  });

  test('bent anywhere is a DecodeError, or bent where nobody looks', () => {
    const whole = readProtectedFlight(recorded.bytes, GCM, recorded.secret);
    fc.assert(
      fc.property(fc.nat(recorded.bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const bent = Uint8Array.from(recorded.bytes);
        bent[at]! ^= by;
        expect(attempt(bent, recorded.secret) ?? whole).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  test('under another secret, or of random bytes, is a DecodeError', () => {
    expect(() => readProtectedFlight(recorded.bytes, GCM, randomBytes(32))).toThrow(DecodeError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(attempt(bytes, recorded.secret)).toBeUndefined();
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
  expect(readProtectedFlight(bytes, suite, secret)).toMatchObject({ signature_scheme: 0x0804 });
  expect(() => readProtectedFlight(bytes, suite, randomBytes(secret.length))).toThrow(DecodeError);
});

function attempt(bytes: Uint8Array, secret: Uint8Array) {
  try {
    return readProtectedFlight(bytes, GCM, secret);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** Length of the shortest beginning that reads. */
function firstThatReads({ bytes, secret }: Recorded): number {
  let length = bytes.length;
  while (length > 0 && attempt(bytes.subarray(0, length - 1), secret)) length--;
  return length;
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
