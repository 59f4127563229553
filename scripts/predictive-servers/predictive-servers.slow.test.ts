/**
 * Some sixty servers, of seven real stacks and scripted ones, with settings of today and of before, and a prior of 2015: what
 * is inferred of them is true, whatever suites are offered, and what is not is within what the scan says of itself.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writePrior } from '../../pipeline/formats/prior.ts';
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import { calibrate, PREDICTION_DEFAULTS } from '../../pipeline/scan/index.ts';
import { type LocalScan, local, scanLocal } from '../../pipeline/scan/testing/scan-local.ts';
import { priorWithout, readStudy } from '../simulate-strategies/study-prior.ts';
import { describeWithShared } from '../testing/shared-data.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type Inferred, inferredAnswers } from './inferred-answers.ts';
import { type Fleet, startFleet } from './servers.ts';

const SCAN_MS = 300_000;

describeWithShared('study-patterns', 'a prior of 2015 at real servers', (studyFolder) => {
  const folder = temporaryFolder('predictive-servers');
  const prior = join(folder, 'prior.json.gz');
  let fleet: Fleet;

  beforeAll(async () => {
    // No port is left out: all that was known in 2015.
    writePrior(prior, calibrate(priorWithout(readStudy(studyFolder), 0)));
    fleet = await startFleet(folder);
    for (const why of fleet.missing) console.warn(`skipped: ${why}`);
  }, SCAN_MS);
  afterAll(() => fleet?.stop());

  const scanned = (suites: 'iana' | 'study', predictive: boolean): Promise<LocalScan> =>
    scanLocal(
      fleet.servers.map(({ port, connect_port }) => local(port, connect_port)),
      {
        suites,
        timeouts: { connect_ms: 20_000, read_ms: 20_000, endpoint_ms: SCAN_MS },
        ...(predictive && {
          strategy: 'predictive',
          prediction: { prior, ...PREDICTION_DEFAULTS, max_error: 1 },
        }),
      },
    );

  test('there are as many as are asked for, unless this machine lacks stacks', () => {
    expect(fleet.servers.length).toBeGreaterThanOrEqual(fleet.missing.length === 0 ? 40 : 20);
  });

  test.each(['iana', 'study'] as const)(
    '%s: what is inferred is what adaptive finds',
    async (suites) => {
      const truth = byPort(await scanned(suites, false));
      const said = await scanned(suites, true);
      const all = said.records.map((record) => inferredAnswers(record, truth.get(record.connect_port)!));
      const byPlace = new Map(said.records.map((record, at) => [record.connect_port, all[at]!]));
      const real = fleet.servers.filter(({ stack }) => stack !== 'scripted');
      expectWrongBelow(
        real.map((server) => byPlace.get(server.connect_port)!),
        0.005,
      );
      // Old servers of a village are as the prior has them; those that lack a class of suites are told apart or measured.
      expect(sumOf(all, ({ count }) => count)).toBeGreaterThan(100);
      const share = sumOf(all, ({ wrong }) => wrong.length) / sumOf(all, ({ count }) => count);
      expect(share).toBeGreaterThanOrEqual(said.file.inference!.low!);
      expect(share).toBeLessThanOrEqual(said.file.inference!.high!);
      for (const { wrong, differing } of all) expect(differing.length).toBe(wrong.length);
    },
    SCAN_MS,
  );
});

function byPort({ records }: LocalScan): Map<number, EndpointRecord> {
  return new Map(records.map((record) => [record.connect_port, record]));
}

function expectWrongBelow(all: readonly Inferred[], share: number): void {
  const wrong = all.flatMap((one) => one.wrong);
  expect(wrong.length, wrong.join(' ')).toBeLessThanOrEqual(share * sumOf(all, ({ count }) => count));
}

function sumOf<T>(list: readonly T[], measure: (one: T) => number): number {
  return list.reduce((sum, one) => sum + measure(one), 0);
}
