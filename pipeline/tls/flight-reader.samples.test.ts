/** What real servers said (samples/), whole, cut short at every byte, in any chunks, in other records, and spoilt. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FlightSample, flightSamples } from '../../scripts/testing/flight-samples.ts';
import { rewrite } from '../../scripts/testing/rewrite.ts';
import { join, recordOf } from '../../scripts/testing/wire.ts';
import { ByteReader } from '../base/byte-reader.ts';
import { DecodeError } from '../base/errors.ts';
import { toHex } from '../base/hex.ts';
import { ALERT, HANDSHAKE } from './content-types.ts';
import { FlightReader } from './flight-reader.ts';
import { readRecord } from './record.ts';
import type { ServerAnswer } from './server-flight.ts';
import { SSL2, TLS1_2 } from './versions.ts';

fc.configureGlobal({ seed: 20151028 });

/** Of each sample, what its server's owner knows of it. Keys: kind and size in bits, or the group. */
const FACTS: Record<string, object> = {
  'ssl2-server-hello': { kind: 'ssl2_server_hello', version: 0x0002, suites: 7, certificates: [598] },
  'ssl3-alert': { kind: 'alert', level: 2, description: 40 },
  'ssl3-rsa-export': {
    ...{ version: 0x0300, cipher_suite: 0x0003, complete: true, certificates: 1, key: 'rsa 512' },
    ...{ signature_scheme: null, selected_group: null, hello_retry_request: false },
  },
  'tls1.0-dhe-rsa-export': {
    ...{ version: 0x0301, cipher_suite: 0x0014, complete: true, certificates: 1, key: 'dh 512' },
    ...{ signature_scheme: null, selected_group: null, hello_retry_request: false },
  },
  'tls1.1-broken-off': {
    ...{ version: 0x0302, cipher_suite: 0x0038, complete: false, certificates: 1, key: null },
    ...{ signature_scheme: null, selected_group: null, hello_retry_request: false },
  },
  'tls1.1-dh-anon': {
    ...{ version: 0x0302, cipher_suite: 0x0034, complete: true, certificates: 0, key: 'dh 1024' },
    ...{ signature_scheme: null, selected_group: null, hello_retry_request: false },
  },
  'tls1.2-ecdhe-rsa': {
    ...{ version: 0x0303, cipher_suite: 0xc02f, complete: true, certificates: 2, key: 'named_group 23' },
    ...{ signature_scheme: 0x0201, selected_group: null, hello_retry_request: false },
  },
  'tls1.3-hello-retry-request': {
    ...{ version: 0x0304, cipher_suite: 0x1302, complete: null, certificates: 0, key: null },
    ...{ signature_scheme: null, selected_group: 23, hello_retry_request: true },
  },
  'tls1.3-server-hello': {
    ...{ version: 0x0304, cipher_suite: 0x1302, complete: null, certificates: 0, key: null },
    ...{ signature_scheme: null, selected_group: 29, hello_retry_request: false },
  },
};

const samples = flightSamples();

test('there are the samples that these tests know', () => {
  expect(samples.map(({ name }) => name)).toEqual(Object.keys(FACTS).sort());
});

describe.each(samples)('$title', (sample) => {
  const { server, client, name } = sample;
  const whole = readWhole(sample, server);

  test('is read', () => {
    expect(facts(whole)).toEqual(FACTS[name]);
  });

  test('hello and answer are written again byte for byte', () => {
    for (const bytes of [client, server]) {
      const parts = rewrite(bytes, () => sample.suite ?? undefined);
      expect(parts.length).toBeGreaterThan(0);
      for (const { original, rewritten } of parts) expect(toHex(rewritten)).toBe(toHex(original));
    }
  });

  test('cut short at every byte: an error before the end of ServerHello, then a broken flight', () => {
    const helloEnd =
      whole.kind === 'server_hello' && whole.complete !== null ? endOfFirstRecord(server) : server.length;
    for (let length = 0; length < server.length; length++) {
      const reader = readerFor(sample);
      expect(reader.push(server.subarray(0, length))).toBeUndefined();
      if (length < helloEnd) expect(() => reader.end()).toThrow(DecodeError);
      else expect(reader.end()).toMatchObject({ complete: false, broken_by: 'connection closed' });
    }
  });

  test('says the same in chunks of any size', () => {
    const byteByByte = readerFor(sample);
    const answers = [...server].map((byte) => byteByByte.push(Uint8Array.of(byte)));
    expect(answers.slice(0, -1).every((answer) => answer === undefined)).toBe(true);
    expect(answers.at(-1)).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(server.length), { maxLength: 12 }), (cuts) => {
        expect(shown(readChunks(sample, server, cuts))).toBe(shown(whole));
      }),
      { numRuns: 40 },
    );
  });

  test('says the same in records of any size, some of them empty', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(server.length), { maxLength: 20 }), (cuts) => {
        expect(shown(readWhole(sample, refragment(server, cuts)))).toBe(shown(whole));
      }),
      { numRuns: 40 },
    );
  });

  test('what is recorded is the flight without what follows it, and says the same again', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(server.length), { maxLength: 5 }), fc.uint8Array(), (cuts, more) => {
        const reader = readerFor(sample, true);
        for (const chunk of chunksOf(join(server, more), cuts)) reader.push(chunk);
        expect(toHex(reader.recorded)).toBe(toHex(server));
        expect(shown(readWhole(sample, reader.recorded))).toBe(shown(whole));
      }),
      { numRuns: 40 },
    );
  });

  test('spoilt, it is an answer or a DecodeError, the same in chunks of any size', () => {
    const spoilt = fc.array(fc.tuple(fc.nat(server.length - 1), fc.nat(0xff)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(spoilt, fc.array(fc.nat(server.length), { maxLength: 5 }), (changes, cuts) => {
        const bytes = server.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        expect(outcome(sample, bytes, cuts)).toBe(outcome(sample, bytes, []));
      }),
      { numRuns: 120 },
    );
  });
});

test.each([SSL2, TLS1_2])(
  'random bytes after a hello of version %i are an answer or a DecodeError',
  (version) => {
    const sample = { ...samples[0]!, client: Uint8Array.of(version === SSL2 ? 0x80 : 0x16) };
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.nat(300), { maxLength: 5 }),
        (bytes, cuts) => {
          expect(outcome(sample, bytes, cuts)).toBe(outcome(sample, bytes, []));
        },
      ),
      { numRuns: 400 },
    );
  },
);

test('random bytes in handshake records are an answer or a DecodeError', () => {
  const sample = samples.find(({ name }) => name === 'tls1.2-ecdhe-rsa')!;
  const hello = sample.server.subarray(0, endOfFirstRecord(sample.server));
  const message = fc.tuple(
    fc.constantFrom(0, 2, 4, 11, 12, 13, 14, 22, 77),
    fc.uint8Array({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.boolean(), (messages, afterHello) => {
      const records = messages.map(([type, body]) =>
        recordOf(HANDSHAKE, Uint8Array.of(type, 0, 0, body.length, ...body)),
      );
      const bytes = join(...(afterHello ? [hello] : []), ...records);
      const result = outcome(sample, bytes, []);
      expect(result.startsWith('{"kind":"server_hello"')).toBe(afterHello);
    }),
    { numRuns: 300 },
  );
});

function readerFor(sample: FlightSample, keep = false): FlightReader {
  const version = sample.client[0]! & 0x80 ? SSL2 : TLS1_2;
  const offer = { version, cipher_suites: [], random: new Uint8Array(32), named_groups: [] };
  return new FlightReader(offer, () => sample.suite ?? undefined, keep);
}

function readWhole(sample: FlightSample, bytes: Uint8Array): ServerAnswer {
  const answer = readerFor(sample).push(bytes);
  if (!answer) throw new Error(`${sample.name}: not a whole answer`);
  return answer;
}

/** The bytes in pieces, then the end of the connection. */
function readChunks(sample: FlightSample, bytes: Uint8Array, cuts: readonly number[]): ServerAnswer {
  const reader = readerFor(sample);
  for (const chunk of chunksOf(bytes, cuts)) {
    reader.push(chunk);
    // The reader may keep no view on the caller's memory.
    chunk.fill(0xee);
  }
  return reader.end();
}

/** Copies. */
function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts, bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((place, index) => bytes.slice(places[index], place));
}

/** The answer, or what the DecodeError says. Any other error goes on its way. */
function outcome(sample: FlightSample, bytes: Uint8Array, cuts: readonly number[]): string {
  try {
    return shown(readChunks(sample, bytes, cuts));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return error.message;
  }
}

/** An answer as one line, bytes as hexadecimal: quicker to compare than bytes are. */
function shown(answer: ServerAnswer): string {
  return JSON.stringify(answer, (_, value) => (value instanceof Uint8Array ? toHex(value) : value));
}

function endOfFirstRecord(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes);
  readRecord(reader);
  return reader.offset;
}

/** Handshake messages cut into records at other places; anything else as it was. */
function refragment(bytes: Uint8Array, cuts: readonly number[]): Uint8Array {
  if (bytes[0]! & 0x80 || bytes[0] === ALERT) return bytes;
  const reader = new ByteReader(bytes);
  const fragments: Uint8Array[] = [];
  const others: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const { content_type, fragment } = readRecord(reader);
    (content_type === HANDSHAKE ? fragments : others).push(
      content_type === HANDSHAKE ? fragment : recordOf(content_type, fragment),
    );
  }
  const messages = join(...fragments);
  const places = [0, ...cuts.filter((cut) => cut <= messages.length), messages.length].sort((a, b) => a - b);
  const records = places
    .slice(1)
    .map((place, index) => recordOf(HANDSHAKE, messages.subarray(places[index], place)));
  return join(...records, ...others);
}

function facts(answer: ServerAnswer): object {
  if (answer.kind === 'ssl2_server_hello') {
    const { kind, version, cipher_kinds, certificate } = answer;
    return { kind, version, suites: cipher_kinds.length, certificates: [certificate.length] };
  }
  if (answer.kind !== 'server_hello') return answer;
  const { version, cipher_suite, complete, certificates, signature_scheme, selected_group } = answer;
  const { hello_retry_request, ephemeral_key } = answer;
  const key = ephemeral_key && `${ephemeral_key.kind} ${keySize(ephemeral_key)}`;
  const rest = { signature_scheme, selected_group, hello_retry_request };
  return { version, cipher_suite, complete, certificates: certificates.length, key, ...rest };
}

function keySize(key: Extract<ServerAnswer, { kind: 'server_hello' }>['ephemeral_key'] & object): number {
  if (key.kind === 'dh') return key.prime.length * 8;
  if (key.kind === 'rsa') return key.modulus.length * 8;
  return key.kind === 'named_group' ? key.named_group : 0;
}
