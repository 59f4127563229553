/** Each message by itself: written and read again, cut short at every byte, and made of random bytes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../base/byte-reader.ts';
import { ByteWriter } from '../base/byte-writer.ts';
import { DecodeError } from '../base/errors.ts';
import { readAlert, writeAlert } from './alert.ts';
import { readCertificate, writeCertificate } from './certificate.ts';
import { readCertificateRequest, writeCertificateRequest } from './certificate-request.ts';
import { OCSP, readCertificateStatus, writeCertificateStatus } from './certificate-status.ts';
import { readCertificateVerify, writeCertificateVerify } from './certificate-verify.ts';
import { readClientHello, writeClientHello } from './client-hello.ts';
import { type EcKey, readEcKey, writeEcKey } from './ec-key.ts';
import { KEY_SHARE, SUPPORTED_VERSIONS } from './extensions.ts';
import { readNewSessionTicket, writeNewSessionTicket } from './new-session-ticket.ts';
import { readRecord, writeRecord } from './record.ts';
import type { SuiteKeyExchange } from './server-flight.ts';
import { readServerHello, writeServerHello } from './server-hello.ts';
import { readServerKeyExchange, writeServerKeyExchange } from './server-key-exchange.ts';
import { readSsl2ClientHello, writeSsl2ClientHello } from './ssl2-client-hello.ts';
import { readSsl2Error, writeSsl2Error } from './ssl2-error.ts';
import { readSsl2Record, writeSsl2Record } from './ssl2-record.ts';
import { readSsl2ServerHello, writeSsl2ServerHello } from './ssl2-server-hello.ts';
import { readTls13Certificate, writeTls13Certificate } from './tls13-certificate.ts';
import { SSL3, TLS1_0, TLS1_2 } from './versions.ts';

fc.configureGlobal({ seed: 20151028 });

interface Codec<T> {
  values: fc.Arbitrary<T>;
  read: (reader: ByteReader) => T;
  write: (writer: ByteWriter, value: T) => void;
}

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const bytes = (most: number, least = 0) => fc.uint8Array({ minLength: least, maxLength: most });
const random = bytes(32, 32);
/** Not those that ServerHello looks into: random bodies don't fit them. */
const extensionType = u16.filter((type) => type !== SUPPORTED_VERSIONS && type !== KEY_SHARE);
const extensions = fc.option(
  fc.array(fc.record({ type: extensionType, data: bytes(40) }, { noNullPrototype: true }), { maxLength: 6 }),
);

/** A codec whose values the table below needs no type for. */
function codec<T>(
  values: fc.Arbitrary<T>,
  read: (reader: ByteReader) => T,
  write: (writer: ByteWriter, value: T) => void,
): Codec<unknown> {
  return { values, read, write: (writer, value) => write(writer, value as T) };
}

function keyExchange(
  key_exchange: string,
  version: number,
  signed: boolean,
  ephemeral_key: fc.Arbitrary<object>,
) {
  const suite: SuiteKeyExchange = { key_exchange, authentication: 'RSA', export: false };
  const values = fc.record(
    {
      psk_identity_hint: key_exchange.endsWith('PSK') ? bytes(20) : fc.constant(null),
      ephemeral_key,
      signature_scheme: signed && version >= TLS1_2 ? u16 : fc.constant(null),
      signature: signed ? bytes(64) : fc.constant(null),
      unread: fc.constant(new Uint8Array(0)),
    },
    { noNullPrototype: true },
  );
  return codec(
    values as fc.Arbitrary<ReturnType<typeof readServerKeyExchange>>,
    (reader) => readServerKeyExchange(reader, version, suite),
    writeServerKeyExchange,
  );
}

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true });
const dhKey = record({
  kind: fc.constant('dh'),
  prime: bytes(64),
  generator: bytes(4),
  public_value: bytes(64),
});
const rsaKey = record({ kind: fc.constant('rsa'), modulus: bytes(64), exponent: bytes(4) });
const namedKey = record({ kind: fc.constant('named_group' as const), named_group: u16, point: bytes(70) });
const curve = fc
  .array(bytes(20), { minLength: 5, maxLength: 5 })
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [part.length, ...part])));
const primeKey = record({
  kind: fc.constant('explicit_prime' as const),
  prime: bytes(32),
  curve,
  point: bytes(70),
});
const char2Key = record({
  kind: fc.constant('explicit_char2' as const),
  field_bits: u16,
  curve: fc.tuple(fc.boolean(), curve).map(([penta, rest]) => {
    return Uint8Array.of(...(penta ? [2, 1, 3, 1, 2, 1, 1] : [1, 1, 9]), ...rest);
  }),
  point: bytes(70),
});

const CODECS: Record<string, Codec<unknown>> = {
  alert: codec(record({ level: u8, description: u8 }), readAlert, writeAlert),
  record: codec(
    record({
      content_type: fc.integer({ min: 20, max: 23 }),
      version: u8.map((minor) => 0x300 + minor),
      fragment: bytes(99),
    }),
    readRecord,
    writeRecord,
  ),
  'client hello': codec(
    record({
      version: u16,
      random,
      session_id: bytes(32),
      cipher_suites: fc.array(u16),
      compression_methods: bytes(3),
      extensions,
    }),
    readClientHello,
    writeClientHello,
  ),
  'server hello': codec(
    record({
      legacy_version: u16,
      random,
      session_id: bytes(32),
      cipher_suite: u16,
      compression_method: u8,
      extensions,
    }),
    readServerHello,
    writeServerHello,
  ),
  certificate: codec(fc.array(bytes(200)), readCertificate, writeCertificate),
  'certificate of TLS 1.3': codec(fc.array(bytes(200)), readTls13Certificate, writeTls13Certificate),
  'certificate verify': codec(
    record({ algorithm: u16, signature: bytes(200) }),
    readCertificateVerify,
    writeCertificateVerify,
  ),
  'certificate request of TLS 1.0': codec(
    record({
      certificate_types: bytes(5),
      signature_schemes: fc.constant(null),
      certificate_authorities: fc.array(bytes(50)),
    }),
    (reader) => readCertificateRequest(reader, TLS1_0),
    writeCertificateRequest,
  ),
  'certificate request of TLS 1.2': codec(
    record({
      certificate_types: bytes(5),
      signature_schemes: fc.array(u16),
      certificate_authorities: fc.array(bytes(50)),
    }),
    (reader) => readCertificateRequest(reader, TLS1_2),
    writeCertificateRequest,
  ),
  'certificate status': codec(
    record({ status_type: fc.constant(OCSP), response: bytes(300) }),
    readCertificateStatus,
    writeCertificateStatus,
  ),
  'new session ticket': codec(
    record({ lifetime_hint_s: fc.nat(0xffffffff), ticket: bytes(200) }),
    readNewSessionTicket,
    writeNewSessionTicket,
  ),
  'explicit prime curve': codec<EcKey>(primeKey, readEcKey, writeEcKey),
  'explicit binary curve': codec<EcKey>(char2Key, readEcKey, writeEcKey),
  'temporary RSA of SSLv3': keyExchange('RSA', SSL3, true, rsaKey),
  'DHE of TLS 1.0': keyExchange('DHE', TLS1_0, true, dhKey),
  'DHE of TLS 1.2': keyExchange('DHE', TLS1_2, true, dhKey),
  'anonymous DH': keyExchange('DH_anon', TLS1_2, false, dhKey),
  'ECDHE of TLS 1.2': keyExchange('ECDHE', TLS1_2, true, namedKey),
  'anonymous ECDH': keyExchange('ECDH_anon', TLS1_0, false, namedKey),
  PSK: keyExchange('PSK', TLS1_2, false, fc.constant(null) as unknown as fc.Arbitrary<object>),
  DHE_PSK: keyExchange('DHE_PSK', TLS1_2, false, dhKey),
  ECDHE_PSK: keyExchange('ECDHE_PSK', TLS1_2, false, namedKey),
  'SSLv2 record': codec(bytes(300), (reader) => readSsl2Record(reader).rest(), writeSsl2Record),
  'SSLv2 client hello': codec(
    record({
      version: u16,
      cipher_kinds: fc.array(fc.nat(0xffffff)),
      session_id: bytes(16),
      challenge: bytes(32),
    }),
    readSsl2ClientHello,
    writeSsl2ClientHello,
  ),
  'SSLv2 server hello': codec(
    record({
      session_id_hit: u8,
      certificate_type: u8,
      version: u16,
      certificate: bytes(300),
      cipher_kinds: fc.array(fc.nat(0xffffff)),
      connection_id: bytes(16),
    }),
    readSsl2ServerHello,
    writeSsl2ServerHello,
  ),
  'SSLv2 error': codec(u16, readSsl2Error, writeSsl2Error),
};

describe.each(Object.entries(CODECS))('%s', (name, { values, read, write }) => {
  const encode = (value: unknown) => {
    const writer = new ByteWriter();
    write(writer, value);
    return writer.finish();
  };

  test('reads what was written', () => {
    fc.assert(
      fc.property(values, (value) => {
        const reader = new ByteReader(encode(value));
        expect(read(reader)).toEqual(value);
        expect(reader.remaining).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  test('is a DecodeError when cut short, wherever', () => {
    // A hello may end before its extensions: that one cut leaves a whole message.
    const whole = name.endsWith('hello') && !name.startsWith('SSLv2') ? 1 : 0;
    for (const value of fc.sample(values, { numRuns: 8, seed: 1 })) {
      const encoded = encode(value);
      let wholeCuts = 0;
      for (let length = 0; length < encoded.length; length++) {
        try {
          read(new ByteReader(encoded.subarray(0, length)));
          wholeCuts += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
      expect(wholeCuts).toBeLessThanOrEqual(whole);
    }
  });

  test('is read or a DecodeError when it is random, and never anything else', () => {
    fc.assert(
      fc.property(bytes(120), (noise) => {
        try {
          read(new ByteReader(noise));
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 150 },
    );
  });
});

test('a status of another type than ocsp stays bytes', () => {
  const message = Uint8Array.of(2, 0, 0, 1, 9);
  const status = readCertificateStatus(new ByteReader(message));
  expect(status).toEqual({ status_type: 2, response: Uint8Array.of(0, 0, 1, 9) });
  const writer = new ByteWriter();
  writeCertificateStatus(writer, status);
  expect(writer.finish()).toEqual(message);
});

test.each([
  ['SRP', { key_exchange: 'SRP', authentication: 'SRP', export: false }],
  ['a suite that no one knows', undefined],
])('ServerKeyExchange of %s stays bytes', (_, suite) => {
  const message = Uint8Array.of(1, 2, 3);
  const read = readServerKeyExchange(new ByteReader(message), TLS1_2, suite);
  expect(read.unread).toEqual(message);
  expect(read.ephemeral_key).toBeNull();
  const writer = new ByteWriter();
  writeServerKeyExchange(writer, read);
  expect(writer.finish()).toEqual(message);
});

test.each([
  ['curve type', [4, 0, 23, 1, 4]],
  ['basis', [2, 0, 163, 3]],
])('an unknown %s is a DecodeError', (what, message) => {
  expect(() => readEcKey(new ByteReader(Uint8Array.from(message)))).toThrow(what.replace(' ', '_'));
});

test('an SSLv2 record with padding gives its data without it', () => {
  const reader = new ByteReader(Uint8Array.of(0x00, 5, 2, 7, 8, 9, 0, 0));
  expect([...readSsl2Record(reader).rest()]).toEqual([7, 8, 9]);
  expect(reader.remaining).toBe(0);
});

test('a session id of more than 32 bytes is a DecodeError', () => {
  const message = new Uint8Array(34 + 1 + 33 + 3);
  message[34] = 33;
  expect(() => readServerHello(new ByteReader(message))).toThrow(
    'session_id at byte 34: expected at most 32',
  );
});

test('what ServerHello says in supported_versions and key_share has to fit', () => {
  const hello = { legacy_version: TLS1_2, random: new Uint8Array(32), session_id: new Uint8Array(0) };
  const write = (type: number, data: number[]) => {
    const writer = new ByteWriter();
    const list = [{ type, data: Uint8Array.from(data) }];
    writeServerHello(writer, { ...hello, cipher_suite: 0x1301, compression_method: 0, extensions: list });
    return new ByteReader(writer.finish());
  };
  expect(() => readServerHello(write(SUPPORTED_VERSIONS, [3]))).toThrow(
    'selected_version at byte 44: expected 2',
  );
  expect(() => readServerHello(write(SUPPORTED_VERSIONS, [3, 4, 5]))).toThrow(
    'end of supported_versions at byte 46',
  );
  expect(() => readServerHello(write(KEY_SHARE, [0, 29]))).toThrow('key_exchange length at byte 46');
  expect(readServerHello(write(KEY_SHARE, [0, 29, 0, 1, 7])).extensions).toHaveLength(1);
});
