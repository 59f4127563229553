/** Hellos of ours, read back field by field: what each version has to say, and what it has to leave out. */
import { describe, expect, test } from 'vitest';
import { join } from '../../scripts/testing/wire.ts';
import { ByteReader } from '../base/byte-reader.ts';
import { toHex } from '../base/hex.ts';
import { type ClientHello, readClientHello } from './client-hello.ts';
import { HANDSHAKE } from './content-types.ts';
import * as extensions from './extensions.ts';
import { readHandshake } from './handshake.ts';
import { CLIENT_HELLO } from './handshake-types.ts';
import type { HelloOffer } from './hello-offer.ts';
import { readRecord, type TlsRecord } from './record.ts';
import { DEFAULT_SIGNATURE_SCHEMES } from './signature-schemes.ts';
import { readSsl2ClientHello } from './ssl2-client-hello.ts';
import { readSsl2Record } from './ssl2-record.ts';
import { SSL2, SSL3, TLS1_0, TLS1_1, TLS1_2, TLS1_3 } from './versions.ts';
import { writeHello } from './write-hello.ts';

const RANDOM = Uint8Array.from({ length: 32 }, (_, index) => index);
const OFFER: HelloOffer = {
  version: TLS1_2,
  cipher_suites: [0xc02f, 0x0035],
  random: RANDOM,
  server_name: 'mx.example.org',
  named_groups: [29, 23],
};

describe.each([
  [SSL3, 0x0300, 0x0300],
  [TLS1_0, 0x0301, 0x0301],
  [TLS1_1, 0x0301, 0x0302],
  [TLS1_2, 0x0301, 0x0303],
  [TLS1_3, 0x0301, 0x0303],
])('version %i', (version, recordVersion, helloVersion) => {
  const { records, hello } = readBack({ ...OFFER, version });

  test('is said in one record, with the suites as offered and nothing added', () => {
    expect(records.map((record) => [record.content_type, record.version])).toEqual([
      [HANDSHAKE, recordVersion],
    ]);
    expect(hello.version).toBe(helloVersion);
    expect(hello.cipher_suites).toEqual([0xc02f, 0x0035]);
    expect([...hello.compression_methods]).toEqual([0]);
    expect(hello.random).toEqual(RANDOM);
  });

  test('has a session id in TLS 1.3 only', () => {
    expect(toHex(hello.session_id)).toBe(version === TLS1_3 ? toHex(RANDOM) : '');
  });

  test('has the extensions of its time', () => {
    expect(hello.extensions?.map(({ type }) => type) ?? null).toEqual(EXTENSIONS[version]);
  });

  test('does not end with an empty extension', () => {
    expect(hello.extensions?.at(-1)?.data.length).not.toBe(0);
  });
});

describe('padding', () => {
  test.each([TLS1_0, TLS1_1, TLS1_2, TLS1_3])(
    'version %i: up to the length asked for, with zeros',
    (version) => {
      const bytes = writeHello({ ...OFFER, version, padded_length: 600 });
      expect(bytes.length).toBe(600);
      const { hello } = readBack({ ...OFFER, version, padded_length: 600 });
      const padding = hello.extensions!.at(-1)!;
      expect(padding.type).toBe(21);
      expect(padding.data.every((byte) => byte === 0)).toBe(true);
    },
  );

  test('none at SSLv3, none in a hello that is as long, and none of four bytes or less', () => {
    expect(writeHello({ ...OFFER, version: SSL3, padded_length: 600 })).toEqual(
      writeHello({ ...OFFER, version: SSL3 }),
    );
    const { length } = writeHello(OFFER);
    for (const more of [-1, 0, 4]) {
      expect(writeHello({ ...OFFER, padded_length: length + more })).toEqual(writeHello(OFFER));
    }
    expect(writeHello({ ...OFFER, padded_length: length + 5 }).length).toBe(length + 5);
  });
});

test('extensions that are to be left out are, but for those that TLS 1.3 needs', () => {
  const without_extensions = new Set([0, 10, 11, 13, 23, 43, 51, 0xff01]);
  expect(readBack({ ...OFFER, without_extensions }).hello.extensions).toBeNull();
  const { hello } = readBack({ ...OFFER, version: TLS1_3, without_extensions });
  expect(hello.extensions!.map(({ type }) => type)).toEqual([10, 13, 43, 51]);
});

describe('extensions', () => {
  const data = (offer: Partial<HelloOffer>, type: number) => {
    const found = readBack({ ...OFFER, ...offer }).hello.extensions?.find(
      (extension) => extension.type === type,
    );
    return found && toHex(found.data);
  };

  test('server_name: one host name (RFC 6066, 3)', () => {
    expect(data({ server_name: 'a.bc' }, extensions.SERVER_NAME)).toBe('0007000004612e6263');
    expect(data({ server_name: undefined }, extensions.SERVER_NAME)).toBeUndefined();
  });

  test('supported_groups and ec_point_formats, both left out without groups', () => {
    expect(data({}, extensions.SUPPORTED_GROUPS)).toBe('0004001d0017');
    expect(data({}, extensions.EC_POINT_FORMATS)).toBe('03000102');
    expect(data({ named_groups: [] }, extensions.SUPPORTED_GROUPS)).toBeUndefined();
    expect(data({ named_groups: [] }, extensions.EC_POINT_FORMATS)).toBeUndefined();
  });

  test('signature_algorithms: those of the offer, else all, with SHA-1, MD5 and DSA', () => {
    expect(data({ signature_schemes: [0x0403] }, extensions.SIGNATURE_ALGORITHMS)).toBe('00020403');
    const all = data({}, extensions.SIGNATURE_ALGORITHMS)!;
    expect(
      all
        .match(/.{4}/g)!
        .slice(1)
        .map((hex) => Number.parseInt(hex, 16)),
    ).toEqual(DEFAULT_SIGNATURE_SCHEMES);
    expect(DEFAULT_SIGNATURE_SCHEMES).toEqual(
      expect.arrayContaining([0x0101, 0x0201, 0x0202, 0x0203, 0x0804, 0x0808]),
    );
    expect(new Set(DEFAULT_SIGNATURE_SCHEMES).size).toBe(DEFAULT_SIGNATURE_SCHEMES.length);
  });

  test('renegotiation_info and extended_master_secret are empty (RFC 5746, 3.4; RFC 7627, 5.1)', () => {
    expect(data({}, extensions.RENEGOTIATION_INFO)).toBe('00');
    expect(data({}, extensions.EXTENDED_MASTER_SECRET)).toBe('');
  });

  test('TLS 1.3: its version alone, and the key shares, none too', () => {
    const tls13 = { version: TLS1_3 };
    expect(data(tls13, extensions.SUPPORTED_VERSIONS)).toBe('020304');
    expect(data(tls13, extensions.KEY_SHARE)).toBe('0000');
    const key_shares = [{ named_group: 29, key_exchange: Uint8Array.of(1, 2, 3) }];
    expect(data({ ...tls13, key_shares }, extensions.KEY_SHARE)).toBe('0007001d0003010203');
  });
});

test('SSLv2: a CLIENT-HELLO in a record with a header of two bytes', () => {
  const challenge = RANDOM.subarray(0, 16);
  const bytes = writeHello({
    version: SSL2,
    cipher_suites: [0x010080, 0x0700c0],
    random: challenge,
    named_groups: [],
  });
  expect(toHex(bytes)).toBe(`801f0100020006000000100100800700c0${toHex(challenge)}`);
  const reader = new ByteReader(bytes);
  const hello = readSsl2ClientHello(readSsl2Record(reader));
  expect(hello).toEqual({
    version: SSL2,
    cipher_kinds: [0x010080, 0x0700c0],
    session_id: new Uint8Array(0),
    challenge,
  });
  expect(reader.remaining).toBe(0);
});

test('a hello longer than a record goes into several', () => {
  const cipher_suites = Array.from({ length: 20000 }, (_, index) => index);
  const { records, hello } = readBack({ ...OFFER, cipher_suites });
  expect(records.map(({ fragment }) => fragment.length).slice(0, -1)).toEqual([16384, 16384]);
  expect(hello.cipher_suites).toEqual(cipher_suites);
});

test('the same offer gives the same bytes', () => {
  expect(writeHello(OFFER)).toEqual(writeHello({ ...OFFER }));
});

test.each([
  ['a random too short', { random: new Uint8Array(31) }],
  ['a random too short for a challenge', { version: SSL2, random: new Uint8Array(15) }],
  ['a random too long for a challenge', { version: SSL2, random: new Uint8Array(33) }],
  ['a cipher kind of SSLv2 in TLS', { cipher_suites: [0x010080] }],
])('%s is a bug of the caller', (_, change) => {
  expect(() => writeHello({ ...OFFER, ...change })).toThrow(RangeError);
});

function readBack(offer: HelloOffer): { records: TlsRecord[]; hello: ClientHello } {
  const reader = new ByteReader(writeHello(offer));
  const records: TlsRecord[] = [];
  while (reader.remaining > 0) records.push(readRecord(reader));
  const messages = new ByteReader(join(...records.map(({ fragment }) => fragment)));
  const { type, body } = readHandshake(messages);
  expect(type).toBe(CLIENT_HELLO);
  messages.end('messages');
  return { records, hello: readClientHello(body) };
}

const EXTENSIONS: Readonly<Record<number, number[] | null>> = {
  [SSL3]: null,
  [TLS1_0]: [0, 0x17, 0xff01, 0x0a, 0x0b],
  [TLS1_1]: [0, 0x17, 0xff01, 0x0a, 0x0b],
  [TLS1_2]: [0, 0x17, 0xff01, 0x0a, 0x0b, 0x0d],
  [TLS1_3]: [0, 0x0a, 0x0d, 0x2b, 0x33],
};
