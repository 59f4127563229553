/** Lines lose nothing: any record comes back as it was, those of the sample too, and lines that lie are refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../base/package-root.ts';
import { FACTS } from './lake-tables.ts';
import { type PackedRecord, packRecord, RecordError, recordOfLine, unpackRecord } from './packed-record.ts';
import type { EndpointRecord, HandshakeRecord } from './raw-record.ts';

const nullable = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const text = fc.string({ maxLength: 6 });
const number = fc.nat(5);
const flag = nullable(fc.boolean());
const texts = nullable(fc.array(text, { maxLength: 2 }));

const dialogue = fc.record({
  banner: nullable(text),
  ehlo_first_line: nullable(text),
  capabilities: texts,
  starttls_offered: flag,
  starttls_masked: flag,
  starttls_reply: nullable(text),
  starttls_accepted: flag,
  auth_mechanisms: texts,
  plaintext_auth_offered: flag,
  login_disabled: flag,
});
const secured = fc.record({
  version: number,
  cipher_suite: number,
  banner: nullable(text),
  capabilities: texts,
  auth_mechanisms: texts,
  plaintext_auth_offered: flag,
  login_disabled: flag,
  extensions: nullable(fc.array(number, { maxLength: 2 })),
  error_kind: nullable(fc.constantFrom('reset', 'closed')),
  error_detail: nullable(text),
});
const counts = fc.record({
  version: number,
  offered: number,
  accepted: fc.array(number, { maxLength: 3 }),
  rejected: number,
  errors: number,
});
const facts = fc.record({
  ...Object.fromEntries(FACTS.map(([name]) => [name, flag])),
  tls13_chain_error: nullable(fc.constant('no_secret')),
  suite_preferences: fc.array(fc.record({ version: number, by: nullable(fc.constant('server')) }), {
    maxLength: 2,
  }),
  chains_by_name: fc.array(fc.record({ server_name: nullable(text), chain_id: nullable(text) }), {
    maxLength: 2,
  }),
  chains_by_scheme: fc.array(fc.record({ signature_scheme: number, chain_id: nullable(text) }), {
    maxLength: 2,
  }),
  fingerprint: nullable(fc.record({ sha256: text, answers: text })),
});
const rejection = fc.record({
  version: number,
  by: text,
  code: nullable(number),
  cipher_suites: number,
  confirmed: fc.boolean(),
  forms: nullable(number),
});
// Where nothing of it is known it is null, and not an object of nulls.
const tolerance = fc
  .record({
    cipher_suites: nullable(number),
    hello_bytes: nullable(number),
    refused: fc.array(
      fc.record({ feature: text, value: nullable(number), by: text, code: nullable(number) }),
      { maxLength: 2 },
    ),
  })
  .filter((one) => one.cipher_suites !== null || one.hello_bytes !== null || one.refused.length > 0);
const handshake = (chains: readonly { chain_id: string }[]) =>
  fc.record({
    version: fc.constantFrom(771, 772),
    cipher_suite: nullable(number),
    outcome: fc.constantFrom('accepted', 'error'),
    error_kind: nullable(fc.constant('closed')),
    error_detail: nullable(fc.constant('why')),
    flight_complete: flag,
    hello_retry_request: fc.boolean(),
    chain_id: fc.constantFrom(null, ...chains.map(({ chain_id }) => chain_id)),
    dh_group_id: nullable(fc.constant('p')),
    named_group: nullable(fc.constant(23)),
    key_bits: fc.constant(null),
    signature_scheme: fc.constant(null),
    public_key_sha256: nullable(text),
    explicit_curve_sha256: fc.constant(null),
    gmt_unix_time: nullable(number),
    session_id: nullable(text),
    compression_method: fc.constant(0),
    flight_sha256: nullable(text),
    extensions: fc.constantFrom([], [1, 2]),
    duration_ms: number,
  });
const chains = fc.uniqueArray(fc.record({ chain_id: text, certificates: fc.array(text, { maxLength: 3 }) }), {
  maxLength: 3,
  selector: ({ chain_id }) => chain_id,
});
const record = chains.chain((chains) =>
  fc.record({
    format_version: fc.constant(4),
    scan_id: text,
    endpoint_id: number,
    target: text,
    host: nullable(text),
    ip: nullable(text),
    port: number,
    connect_port: number,
    protocol: fc.constant('smtp'),
    tls_mode: fc.constant('implicit'),
    started_at: text,
    duration_ms: number,
    outcome: fc.constant('tls'),
    error_kind: nullable(fc.constant('closed')),
    error_detail: nullable(text),
    stop_reason: nullable(fc.constant('closed')),
    stop_detail: nullable(text),
    dialogue,
    secured_dialogue: nullable(secured),
    versions: fc.array(fc.record({ version: number, offered: number, handshake_completed: flag }), {
      maxLength: 2,
    }),
    handshakes: fc.array(handshake(chains), { maxLength: 8 }),
    rejections: fc.array(rejection, { maxLength: 2 }),
    hello_tolerance: nullable(tolerance),
    contradictions: fc.array(
      fc.record({ version: number, by: text, code: nullable(number), times: number }),
      { maxLength: 2 },
    ),
    inferred_suites: fc.array(
      fc.record({ version: number, cipher_suites: fc.array(number, { maxLength: 2 }), probability: number }),
      { maxLength: 2 },
    ),
    inference_checks: fc.array(
      fc.record({
        ...{ suite_group: text, inferred: nullable(number), checked: number, wrong: number },
        wrong_in_all: nullable(number),
      }),
      { maxLength: 2 },
    ),
    groups: fc.array(counts, { maxLength: 2 }),
    signature_schemes: fc.array(counts, { maxLength: 2 }),
    facts,
    effort: fc.record({ connections: number, handshakes: number }),
    chains: fc.constant(chains),
  }),
) as unknown as fc.Arbitrary<EndpointRecord>;

const throughJson = (packed: PackedRecord): PackedRecord => JSON.parse(JSON.stringify(packed));

/** Lists that say something when there is nothing in them. */
const MAY_BE_EMPTY = ['capabilities', 'auth_mechanisms', 'extensions'];

/** Names of fields, however deep, that are null, or a list or an object without anything in it. */
function emptyFields(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const isEmpty = inner === null || (typeof inner === 'object' && Object.keys(inner).length === 0);
    return isEmpty ? [name] : emptyFields(inner);
  });
}

describe('any record', () => {
  test('comes back from its line as it was, and its line is the same again', () => {
    fc.assert(
      fc.property(record, (one) => {
        const line = throughJson(packRecord(one));
        const back = unpackRecord(line);
        expect(back).toEqual(one);
        expect(JSON.stringify(packRecord(back))).toBe(JSON.stringify(line));
      }),
      { numRuns: 500 },
    );
  });

  test('has no null and no empty list in its line, but where that says something', () => {
    fc.assert(
      fc.property(record, (one) => {
        const { handshakes: _, facts: __, ...line } = throughJson(packRecord(one));
        const odd = emptyFields(line).filter((name) => !MAY_BE_EMPTY.includes(name));
        expect(odd).toEqual([]);
      }),
    );
  });
});

describe('handshakes', () => {
  const [base] = fc.sample(record, 1) as [EndpointRecord];
  const one = { ...fc.sample(handshake([]), 1)[0], outcome: 'accepted' } as unknown as HandshakeRecord;
  const same = (cipher_suite: number, version = 771): HandshakeRecord => ({ ...one, cipher_suite, version });
  const packed = (...handshakes: HandshakeRecord[]) => packRecord({ ...base, handshakes }).handshakes;

  test('of one content are one group, in their order', () => {
    expect(packed(same(1), same(2), same(3))).toMatchObject([{ cipher_suites: [1, 2, 3] }]);
    expect(packed(same(1), same(2))![0]).not.toHaveProperty('places');
  });

  test('say where they stand where groups take turns', () => {
    expect(packed(same(1), same(2, 770), same(3))).toMatchObject([
      { version: 771, cipher_suites: [1, 3], places: [0, 2] },
      { version: 770, cipher_suites: [2], places: [1] },
    ]);
  });
});

describe('the sample', () => {
  const path = join(packageRoot, 'datasets/samples/village/endpoints-00000.ndjson.gz');
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n');
  const records = lines.map((line) => unpackRecord(JSON.parse(line)));

  test('comes back line by line', () => {
    expect(records.length).toBeGreaterThan(50);
    for (const [index, one] of records.entries()) expect(JSON.stringify(packRecord(one))).toBe(lines[index]);
  });

  test('was as large again before', () => {
    expect(lines.join().length).toBeLessThan(JSON.stringify(records).length / 2);
  });

  test('is read in format 2, too, where each handshake stood for itself, and refusals were not confirmed', () => {
    for (const one of records) {
      const { chains_by_scheme: _, ...facts } = one.facts;
      const before = { ...one, format_version: 2, rejections: one.rejections.map(asBefore), facts };
      const after = { ...one, format_version: 2, facts: { ...facts, chains_by_scheme: [] } };
      const rejections = one.rejections.map((refused) => ({ ...refused, confirmed: false, forms: null }));
      expect(recordOfLine(JSON.parse(JSON.stringify(before)))).toEqual({ ...after, rejections });
    }
  });

  test('is read in format 3, too, which confirmed no refusal and counted checks together', () => {
    for (const one of records) {
      const line = throughJson(packRecord(one));
      const rejections = one.rejections.map(asBefore);
      const { hello_tolerance: _, contradictions: __, ...older } = line;
      const before = { ...older, format_version: 3, rejections, inference_checks: { made: 7, wrong: 1 } };
      const read = recordOfLine(before);
      const unsure = one.rejections.map((refused) => ({ ...refused, confirmed: false, forms: null }));
      expect(read.rejections).toEqual(unsure);
      expect(read.inference_checks).toEqual([
        { suite_group: 'all', inferred: null, checked: 7, wrong: 1, wrong_in_all: null },
      ]);
      expect([read.hello_tolerance, read.contradictions]).toEqual([null, []]);
      // Written again it is a line of format 3, and reads as it did.
      expect(recordOfLine(throughJson(packRecord(read)))).toEqual(read);
    }
  });
});

/** As records before format 4 have it. */
function asBefore({ version, by, code, cipher_suites }: EndpointRecord['rejections'][number]): object {
  return { version, by, code, cipher_suites };
}

test.each<[string, object, RegExp]>([
  [
    'a chain that is not there',
    { handshakes: [{ version: 1, cipher_suites: [1], chain: 9 }] },
    /a chain which/,
  ],
  ['suites that are no list', { handshakes: [{ version: 1, cipher_suites: 5 }] }, /are no list/],
  ['a group that is none', { handshakes: ['x'] }, /is no object/],
  ['lists of two lengths', { handshakes: [{ cipher_suites: [1, 2], duration_ms: [1] }] }, /not as long/],
  ['a place twice', { handshakes: [{ cipher_suites: [1, 2], places: [0, 0] }] }, /places/],
  ['a place behind the end', { handshakes: [{ cipher_suites: [1], places: [7] }] }, /places/],
  ['a text for a place', { handshakes: [{ cipher_suites: [1], places: ['0'] }] }, /places/],
  [
    'half of the places',
    { handshakes: [{ cipher_suites: [1], places: [0] }, { cipher_suites: [1] }] },
    /no list/,
  ],
  ['a dialogue that is none', { dialogue: 5 }, /is no object/],
  ['chains that are none', { chains: {} }, /are no list/],
])('%s: refused', (_, line, message) => {
  expect(() => unpackRecord(line as PackedRecord)).toThrow(RecordError);
  expect(() => unpackRecord(line as PackedRecord)).toThrow(message);
});

test('a handshake of a chain that the record does not describe cannot be packed', () => {
  const [base] = fc.sample(record, 1) as [EndpointRecord];
  const [one] = fc.sample(
    handshake([{ chain_id: 'gone' }]).filter(({ chain_id }) => chain_id !== null),
    1,
  );
  const broken = { ...base, chains: [], handshakes: [one as unknown as HandshakeRecord] };
  expect(() => packRecord(broken)).toThrow(RecordError);
});
