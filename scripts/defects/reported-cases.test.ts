/**
 * Servers that other scanners' users reported, rebuilt: compression that is refused (testssl.sh, pull request 1049), a
 * window of lengths (RFC 7685; testssl.sh, issue 718), names (hakasenyang/openssl-patch, issue 12), alerts now and then, old
 * appliances that are silent at new versions, and peers that never say anything.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import { local, scanOne } from '../../pipeline/scan/testing/scan-local.ts';
import { missingOpenssl } from '../peers/openssl.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type BackEnds, startBackEnds, type Truth } from './back-ends.ts';
import type { Answer } from './front/answers.ts';
import { serverName } from './front/client-hello.ts';
import { type Judge, startFront } from './front/front.ts';
import { inParallel } from './in-parallel.ts';
import { outcomeOf } from './outcome.ts';
import { PACE } from './run-combination.ts';

describeUnless(missingOpenssl(), 'reported servers', () => {
  const folder = temporaryFolder('reported');
  let back_ends: BackEnds;

  beforeAll(async () => {
    back_ends = await startBackEnds(folder);
  });
  afterAll(() => back_ends?.stop());

  /** A scan of a server that answers so whom `isRefused` says; `host` undefined is an address alone. */
  async function scanOf(
    isRefused: Refusal,
    answer: Answer,
    host: string | undefined,
  ): Promise<EndpointRecord> {
    const judge: Judge = (hello, connection) => ({ kind: isRefused(hello, connection) ? 'refuse' : 'pass' });
    const front = await startFront({ judge, answer, back_ends: [back_ends.ports.whole] });
    try {
      return await scanOne(local(465, front.port, host), { ...PACE, timeouts: TIMEOUTS });
    } finally {
      await front.close();
    }
  }

  const whole = () => back_ends.truth.whole;

  describe.each(['alert 40', 'alert 47'] as const)('compression is refused by %s', (answer) => {
    test('is complete, and the record says what is refused', async () => {
      const record = await scanOf((hello) => hello.compression_methods.length > 1, answer, 'mx.test');
      expectComplete(record, whole());
      const code = Number(answer.slice(-2));
      expect(record.hello_tolerance?.refused).toEqual([
        { feature: 'compression', value: null, by: 'alert', code },
      ]);
    });
  });

  describe('a record of 256 to 511 bytes is never answered', () => {
    test.each(['mx.test', undefined])('complete, scanned as %s', async (host) => {
      const record = await scanOf(({ record_bytes }) => record_bytes >> 8 === 1, 'silence', host);
      expectComplete(record, whole());
    });
  });

  describe('whoever gives no name that the server knows is refused by unrecognized_name', () => {
    const unknownName: Refusal = (hello) => !hello.is_ssl2 && serverName(hello) !== 'mx.test';

    test('the right name: complete', async () => {
      const record = await scanOf(unknownName, 'alert 112', 'mx.test');
      expect(record.outcome).toBe('tls');
      expect(outcomeOf(record, { truth: whole(), kinds: NAME_KINDS }).false_claims).toEqual([]);
      expect(openVersions(record).filter((version) => version > SSL3)).toEqual([]);
    });

    test.each([undefined, 'other.test'])('%s: unknown, and never a no', async (host) => {
      const record = await scanOf(unknownName, 'alert 112', host);
      const outcome = outcomeOf(record, { truth: whole(), kinds: NAME_KINDS });
      expect(outcome).toMatchObject({ false_claims: [], complete: false, wrong_reasons: [] });
      expect(openVersions(record)).toEqual(expect.arrayContaining([...whole().keys()]));
      expect(record.handshakes.filter(({ outcome }) => outcome === 'accepted')).toEqual([]);
    });
  });

  describe('one alert in the whole scan', () => {
    test.each(['alert 80', 'alert 112'] as const)('%s, wherever it comes: complete', async (answer) => {
      const places = Array.from({ length: 45 }, (_, index) => index + 1);
      const records = await inParallel(places, PARALLEL, (place) =>
        scanOf((_, connection) => connection === place, answer, 'mx.test'),
      );
      const wrong = places.filter((_, index) => lack(records[index]!, whole()) !== null);
      expect(wrong.map((place) => [place, lack(records[place - 1]!, whole())])).toEqual([]);
    });

    test.each([0x0304, 0x0303, 0x0302, 0x0301, 0x0300])(
      'the first hello of version %i: complete',
      async (version) => {
        let seen = 0;
        const first: Refusal = (hello) => hello.version === version && ++seen === 1;
        expectComplete(await scanOf(first, 'alert 80', 'mx.test'), whole());
      },
    );
  });

  test('silent at TLS 1.2 and 1.3: what it speaks below is found, what it is silent at is unknown', async () => {
    const record = await scanOf(({ version }) => version >= 0x0303, 'silence', 'mx.test');
    const old = new Map([...whole()].filter(([version]) => version < 0x0303));
    const outcome = outcomeOf(record, { truth: old, kinds: new Set(['read_timeout']) });
    expect(outcome).toMatchObject({ false_claims: [], wrong_reasons: [] });
    expect(outcome.unknown.map(({ version }) => version).sort()).toEqual([0x0303, 0x0304]);
    expect(record.outcome).toBe('tls');
  });

  test('connections are taken and never answered: an error, in bounded time, after old versions were asked too', async () => {
    const versions = new Set<number>();
    const never: Refusal = ({ version }) => versions.add(version) !== undefined;
    const started = performance.now();
    const record = await scanOf(never, 'silence', 'mx.test');
    expect(record).toMatchObject({
      outcome: 'error',
      error_kind: 'read_timeout',
      stop_reason: 'unresponsive',
    });
    expect([...versions]).toEqual(expect.arrayContaining([2, 0x0300, 0x0301, 0x0303, 0x0304]));
    expect(record.versions.every(({ accepted, rejected }) => accepted + rejected === 0)).toBe(true);
    expect(record.effort.handshakes).toBeLessThanOrEqual(MOST_SILENT_HELLOS);
    expect(performance.now() - started).toBeLessThan(2 * MOST_SILENT_HELLOS * TIMEOUTS.read_ms);
  });
});

type Refusal = (...hello: Parameters<Judge>) => boolean;

function expectComplete(record: EndpointRecord, truth: Truth): void {
  expect(lack(record, truth)).toBeNull();
}

/** What is false or unknown in the record; null where it is complete. */
function lack(record: EndpointRecord, truth: Truth) {
  const { complete, false_claims, unknown } = outcomeOf(record, { truth, kinds: new Set() });
  return complete ? null : { false_claims, unknown };
}

/** Versions of which something is unknown. */
function openVersions(record: EndpointRecord): number[] {
  return record.versions
    .filter(({ errors, not_tested }) => errors + not_tested > 0)
    .map(({ version }) => version);
}

/** A hello of SSLv3 has no name to give: it is refused whatever the server speaks. */
const SSL3 = 0x0300;
const NAME_KINDS = new Set(['refused_by_name'] as const);
const TIMEOUTS = { connect_ms: 5000, read_ms: 700, endpoint_ms: 120_000 };
const PARALLEL = 8;
/** A scan of a host that is not there in any sense costs no more than this. */
const MOST_SILENT_HELLOS = 24;
