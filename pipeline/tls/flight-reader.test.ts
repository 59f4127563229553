/** What a server may do besides answering well: warnings, limits, oddities, messages out of place, plain text. */
import { describe, expect, test } from 'vitest';
import { flightOf, join, messageOf, recordOf, serverHelloOf } from '../../scripts/testing/wire.ts';
import { ByteWriter } from '../base/byte-writer.ts';
import { DecodeError } from '../base/errors.ts';
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE } from './content-types.ts';
import { KEY_SHARE, SUPPORTED_VERSIONS } from './extensions.ts';
import { FlightReader, MAX_FLIGHT_BYTES, MAX_IDLE_RECORDS } from './flight-reader.ts';
import { MAX_HANDSHAKE_BYTES } from './handshake-stream.ts';
import * as types from './handshake-types.ts';
import type { ServerAnswer, SuiteKeyExchange } from './server-flight.ts';
import { HELLO_RETRY_REQUEST_RANDOM } from './server-hello.ts';
import { writeSsl2Error } from './ssl2-error.ts';
import { writeSsl2Record } from './ssl2-record.ts';
import { SSL2, TLS1_0, TLS1_2, TLS1_3 } from './versions.ts';

const ECDHE: SuiteKeyExchange = { key_exchange: 'ECDHE', authentication: 'RSA', export: false };
const DONE = messageOf(types.SERVER_HELLO_DONE);
const CERTIFICATE = messageOf(types.CERTIFICATE, Uint8Array.of(0, 0, 5, 0, 0, 2, 0x30, 0x00));
const FATAL = recordOf(ALERT, Uint8Array.of(2, 40));
const UNRECOGNIZED_NAME = recordOf(ALERT, Uint8Array.of(1, 112));
const WELCOME = new TextEncoder().encode('220 mx.example.org ESMTP\r\n');
const TLS13_EXTENSIONS = [
  { type: SUPPORTED_VERSIONS, data: Uint8Array.of(3, 4) },
  { type: KEY_SHARE, data: Uint8Array.of(0, 29) },
];

describe('before a ServerHello', () => {
  test('text is a DecodeError that shows it, in one chunk or many, now and later', () => {
    const reader = readerOf(TLS1_2);
    expect(reader.push(WELCOME.subarray(0, 4))).toBeUndefined();
    const message = 'record header at byte 0: expected content type 20 to 23, found 323230206d "220 m"';
    expect(() => reader.push(WELCOME.subarray(4))).toThrow(message);
    expect(() => reader.push(FATAL)).toThrow(message);
    expect(() => reader.end()).toThrow(message);
  });

  test('text that escapes to a terminal is made visible', () => {
    expect(() => read(Uint8Array.of(0x1b, 0x5b, 0x33, 0x31, 0x6d))).toThrow('"\\x1b[31m"');
  });

  test('the end is a DecodeError with the reason and what was there', () => {
    expect(() => readerOf(TLS1_2).end()).toThrow(
      'answer at byte 0: expected ServerHello or alert, found connection closed',
    );
    const reader = readerOf(TLS1_2);
    reader.push(Uint8Array.of(22, 3, 3));
    expect(() => reader.end('reset')).toThrow('found reset after 160303 "\\x16\\x03\\x03"');
  });

  test('an alert is the answer, whatever its level and whatever follows', () => {
    expect(read(join(FATAL, WELCOME))).toEqual({ kind: 'alert', level: 2, description: 40 });
    expect(read(recordOf(ALERT, Uint8Array.of(1, 70)))).toEqual({ kind: 'alert', level: 1, description: 70 });
    expect(read(recordOf(ALERT, Uint8Array.of(7, 255)))).toEqual({
      kind: 'alert',
      level: 7,
      description: 255,
    });
  });

  test('an alert in records of one byte is read, half an alert is none', () => {
    const [level, description] = [recordOf(ALERT, Uint8Array.of(2)), recordOf(ALERT, Uint8Array.of(40))];
    const reader = readerOf(TLS1_2);
    expect(reader.push(level)).toBeUndefined();
    expect(reader.push(description)).toEqual({ kind: 'alert', level: 2, description: 40 });
    const half = readerOf(TLS1_2);
    half.push(level);
    expect(() => half.end()).toThrow(DecodeError);
  });

  test('unrecognized_name as a warning does not end it', () => {
    expect(read(join(UNRECOGNIZED_NAME, flightOf(serverHelloOf(), DONE)))).toMatchObject({ complete: true });
    expect(read(join(UNRECOGNIZED_NAME, FATAL))).toMatchObject({ description: 40 });
    expect(read(recordOf(ALERT, Uint8Array.of(1, 112, 2, 40)))).toMatchObject({ description: 40 });
  });

  test('unrecognized_name alone is no answer, whatever ends the connection', () => {
    const reader = readerOf(TLS1_2);
    expect(reader.push(UNRECOGNIZED_NAME)).toBeUndefined();
    expect(reader.saidNothing).toBe(true);
    expect(() => reader.end()).toThrow(DecodeError);
    const begun = readerOf(TLS1_2);
    begun.push(join(UNRECOGNIZED_NAME, flightOf(serverHelloOf()).subarray(0, 9)));
    expect(begun.saidNothing).toBe(false);
  });

  test.each([
    ['a Certificate', flightOf(CERTIFICATE), 'handshake type at byte 5'],
    ['Finished', flightOf(messageOf(types.FINISHED)), 'handshake type at byte 5'],
    ['a ClientHello', flightOf(messageOf(types.CLIENT_HELLO)), 'handshake type at byte 5'],
    ['change_cipher_spec', recordOf(CHANGE_CIPHER_SPEC, Uint8Array.of(1)), 'content type at byte 0'],
    ['application data', recordOf(APPLICATION_DATA, WELCOME), 'content type at byte 0'],
    ['major version 2', Uint8Array.of(22, 2, 0, 0, 1, 0), 'record header at byte 1'],
    [
      'a record too long',
      Uint8Array.of(22, 3, 3, 0x48, 0x01),
      'record length at byte 3: expected at most 18432',
    ],
  ])('%s is a DecodeError', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(message);
    expect(() => read(bytes)).toThrow(DecodeError);
  });

  test('HelloRequest and messages of unknown types are passed over', () => {
    const bytes = flightOf(messageOf(types.HELLO_REQUEST), messageOf(99, WELCOME), serverHelloOf(), DONE);
    expect(read(bytes)).toMatchObject({ complete: true, cipher_suite: 0xc02f });
  });

  test('an error says where it is in the stream, also over the edges of records', () => {
    const hello = serverHelloOf({ session_id: new Uint8Array(33) });
    const [first, second] = [hello.subarray(0, 20), hello.subarray(20)];
    const bytes = join(UNRECOGNIZED_NAME, flightOf(first, second));
    // The session id stands at byte 38 of the message: 18 bytes into the second record, after 7 + 25 + 5 bytes.
    expect(() => read(bytes)).toThrow('session_id at byte 55');
  });
});

describe('after a ServerHello', () => {
  test.each([
    ['an alert', recordOf(ALERT, Uint8Array.of(2, 80)), 'alert 80 (internal_error)'],
    ['close_notify', recordOf(ALERT, Uint8Array.of(1, 0)), 'alert 0 (close_notify)'],
    ['an unknown alert', recordOf(ALERT, Uint8Array.of(2, 200)), 'alert 200 (alert 200)'],
    ['a second ServerHello', flightOf(serverHelloOf()), 'handshake type at byte'],
    ['a second Certificate', flightOf(CERTIFICATE), 'handshake type at byte'],
    ['Finished', flightOf(messageOf(types.FINISHED)), 'handshake type at byte'],
    ['change_cipher_spec', recordOf(CHANGE_CIPHER_SPEC, Uint8Array.of(1)), 'found change_cipher_spec'],
    ['application data', recordOf(APPLICATION_DATA, WELCOME), 'found application_data'],
    ['text', WELCOME, 'found 323230206d "220 m"'],
    [
      'a key that is cut short',
      flightOf(messageOf(types.SERVER_KEY_EXCHANGE, Uint8Array.of(3, 0))),
      'named_curve at byte',
    ],
    ['a request that is cut short', flightOf(messageOf(types.CERTIFICATE_REQUEST)), 'certificate_types'],
    ['a status that is cut short', flightOf(messageOf(types.CERTIFICATE_STATUS)), 'status_type'],
    ['a ticket that is cut short', flightOf(messageOf(types.NEW_SESSION_TICKET)), 'ticket_lifetime_hint'],
    [
      'bytes in ServerHelloDone',
      flightOf(messageOf(types.SERVER_HELLO_DONE, WELCOME)),
      'end of ServerHelloDone',
    ],
  ])('%s breaks the flight, and what came before it is kept', (_, bytes, why) => {
    const answer = read(join(flightOf(serverHelloOf(), CERTIFICATE), bytes));
    expect(answer).toMatchObject({ kind: 'server_hello', complete: false, cipher_suite: 0xc02f });
    expect(answer).toMatchObject({
      broken_by: expect.stringContaining(why),
      certificates: [Uint8Array.of(0x30, 0)],
    });
  });

  test('the end of the connection breaks the flight, for the reason that is given', () => {
    const reader = readerOf(TLS1_2);
    expect(reader.push(flightOf(serverHelloOf(), CERTIFICATE))).toBeUndefined();
    expect(reader.end('timeout')).toMatchObject({ complete: false, broken_by: 'timeout' });
    expect(reader.end('something else')).toMatchObject({ broken_by: 'timeout' });
  });

  test.each([112, 41, 100])('warning %i and messages of unknown types are passed over', (description) => {
    const warning = recordOf(ALERT, Uint8Array.of(1, description));
    const bytes = join(flightOf(serverHelloOf()), warning, flightOf(messageOf(23, WELCOME), DONE));
    expect(read(bytes)).toMatchObject({ complete: true, broken_by: null });
  });

  test('requests, stapled responses and tickets are read', () => {
    const bytes = flightOf(
      serverHelloOf(),
      CERTIFICATE,
      messageOf(types.CERTIFICATE_STATUS, Uint8Array.of(1, 0, 0, 1, 0x30)),
      messageOf(types.CERTIFICATE_REQUEST, Uint8Array.of(1, 1, 0, 2, 4, 1, 0, 0)),
      messageOf(types.NEW_SESSION_TICKET, Uint8Array.of(0, 0, 1, 0, 0, 1, 9)),
      DONE,
    );
    expect(read(bytes)).toMatchObject({ complete: true, broken_by: null });
  });

  test('a certificate request below TLS 1.2 has no signature algorithms', () => {
    const request = messageOf(types.CERTIFICATE_REQUEST, Uint8Array.of(1, 1, 0, 0));
    const bytes = flightOf(serverHelloOf({ legacy_version: TLS1_0 }), request, DONE);
    expect(read(bytes)).toMatchObject({ version: TLS1_0, complete: true });
  });

  test('all in one record, with unknown extensions', () => {
    const extensions = [{ type: 0xfafa, data: Uint8Array.of(1, 2, 3) }];
    const answer = read(recordOf(HANDSHAKE, join(serverHelloOf({ extensions }), CERTIFICATE, DONE)));
    expect(answer).toMatchObject({ complete: true, extensions });
  });
});

describe('limits', () => {
  const empty = recordOf(HANDSHAKE, new Uint8Array(0));
  const many = (count: number, bytes: Uint8Array) => join(...Array.from({ length: count }, () => bytes));

  test.each([
    ['empty records', empty],
    ['warnings', UNRECOGNIZED_NAME],
  ])('so many %s and no more', (_, bytes) => {
    const flight = flightOf(serverHelloOf(), DONE);
    expect(read(join(many(MAX_IDLE_RECORDS, bytes), flight))).toMatchObject({ complete: true });
    expect(() => read(join(many(MAX_IDLE_RECORDS + 1, bytes), flight))).toThrow('33 records without');
    const after = join(flightOf(serverHelloOf()), many(MAX_IDLE_RECORDS + 1, bytes), flightOf(DONE));
    expect(read(after)).toMatchObject({ broken_by: expect.stringContaining('33 records without') });
  });

  test('a message of the greatest length is taken, a longer one is not waited for', () => {
    const header = (length: number) => new ByteWriter().u8(99).u24(length).finish();
    const reader = readerOf(TLS1_2);
    expect(reader.push(recordOf(HANDSHAKE, header(MAX_HANDSHAKE_BYTES)))).toBeUndefined();
    expect(() => read(recordOf(HANDSHAKE, header(MAX_HANDSHAKE_BYTES + 1)))).toThrow(
      'handshake length at byte 6: expected at most 262144, found 262145',
    );
  });

  test('a flight without an end is broken off at its limit', () => {
    const filler = recordOf(HANDSHAKE, messageOf(99, new Uint8Array(16000)));
    const reader = readerOf(TLS1_2);
    let answer = reader.push(flightOf(serverHelloOf()));
    let bytes = 0;
    for (; !answer && bytes < 2 * MAX_FLIGHT_BYTES; bytes += filler.length) answer = reader.push(filler);
    expect(answer).toMatchObject({ complete: false, broken_by: expect.stringContaining('flight length') });
    expect(bytes).toBeGreaterThan(MAX_FLIGHT_BYTES - 2 * filler.length);
    expect(bytes).toBeLessThan(MAX_FLIGHT_BYTES + 2 * filler.length);
  });
});

describe('TLS 1.3', () => {
  test('HelloRetryRequest gives the group that is asked for', () => {
    const hello = { random: HELLO_RETRY_REQUEST_RANDOM, cipher_suite: 0x1301, extensions: TLS13_EXTENSIONS };
    const answer = read(flightOf(serverHelloOf(hello)), TLS1_3);
    expect(answer).toMatchObject({
      version: TLS1_3,
      hello_retry_request: true,
      selected_group: 29,
      complete: null,
    });
  });

  test('a change_cipher_spec before it is dropped', () => {
    const hello = serverHelloOf({ extensions: [TLS13_EXTENSIONS[0]!] });
    const bytes = join(recordOf(CHANGE_CIPHER_SPEC, Uint8Array.of(1)), flightOf(hello));
    expect(read(bytes, TLS1_3)).toMatchObject({ version: TLS1_3, selected_group: null, complete: null });
  });

  test('a server of TLS 1.2 answers with a whole flight of its own', () => {
    const answer = read(flightOf(serverHelloOf(), DONE), TLS1_3);
    expect(answer).toMatchObject({ version: TLS1_2, complete: true, hello_retry_request: false });
  });
});

describe('SSLv2', () => {
  const error = (code: number) => {
    const body = new ByteWriter();
    writeSsl2Error(body, code);
    const writer = new ByteWriter();
    writeSsl2Record(writer, body.finish());
    return writer.finish();
  };

  test('ERROR, with a header of two bytes and of three', () => {
    expect(read(error(1), SSL2)).toEqual({ kind: 'ssl2_error', code: 1 });
    expect(read(Uint8Array.of(0x00, 5, 2, 0, 0, 6, 0, 0), SSL2)).toEqual({ kind: 'ssl2_error', code: 6 });
  });

  test('an alert or a flight in TLS records', () => {
    expect(read(FATAL, SSL2)).toEqual({ kind: 'alert', level: 2, description: 40 });
    expect(read(flightOf(serverHelloOf(), DONE), SSL2)).toMatchObject({ version: TLS1_2, complete: true });
  });

  test('text is a DecodeError at once, and is not waited on as a long record', () => {
    expect(() => read(WELCOME, SSL2)).toThrow(
      'SSLv2 message type at byte 3: expected 0 or 4, found 32323020 "220 "',
    );
  });

  test.each([
    ['another message type', Uint8Array.of(0x80, 3, 7, 0, 1), 'SSLv2 message type at byte 2'],
    ['an ERROR with more in it', Uint8Array.of(0x80, 4, 0, 0, 1, 9), 'end of SSLv2 ERROR at byte 5'],
    ['padding longer than the record', Uint8Array.of(0x00, 3, 4, 0, 0, 1), 'SSLv2 padding at byte 2'],
  ])('%s is a DecodeError', (_, bytes, message) => {
    expect(() => read(bytes, SSL2)).toThrow(message);
  });

  test('an SSLv2 answer to a later hello is a DecodeError', () => {
    expect(() => read(error(1), TLS1_2)).toThrow('expected content type 20 to 23, found 8003000001');
  });
});

test('an error of the caller is not dressed up as one of the peer', () => {
  const offer = { version: TLS1_2, cipher_suites: [], random: new Uint8Array(32), named_groups: [] };
  const reader = new FlightReader(offer, () => {
    throw new TypeError('a bug');
  });
  const key = messageOf(types.SERVER_KEY_EXCHANGE);
  expect(() => reader.push(flightOf(serverHelloOf(), key))).toThrow(TypeError);
});

function readerOf(version: number): FlightReader {
  const offer = { version, cipher_suites: [], random: new Uint8Array(32), named_groups: [] };
  return new FlightReader(offer, () => ECDHE);
}

/** The answer in `bytes`, which have to be enough for one. */
function read(bytes: Uint8Array, version = TLS1_2): ServerAnswer {
  const answer = readerOf(version).push(bytes);
  if (!answer) throw new Error('not enough bytes for an answer');
  return answer;
}
