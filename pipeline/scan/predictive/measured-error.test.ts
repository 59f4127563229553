/** Whole scans whose checks find errors: what scan.json says, when inference ends, over workers and over a resumption. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../../scripts/testing/temporary-folder.ts';
import { makePrior, writePrior } from '../../formats/prior.ts';
import type { EndpointRecord } from '../../formats/raw-record.ts';
import { SSL3, TLS1_0, TLS1_2 } from '../../tls/index.ts';
import { realWorld, type ScanOptions, scan } from '../index.ts';
import { LOCAL_OPTIONS, local, readScan, targetList } from '../testing/scan-local.ts';
import { ALERT_40, flightChoosing, onHello } from '../testing/scripted-tls.ts';
import type { LocalServer } from '../testing/servers.ts';

const SUITES = [4, 5, 9, 10, 47, 53, 60, 61];
const OFFERED = new Map([TLS1_2, TLS1_0, SSL3].map((version) => [version, SUITES]));
const USUAL: Record<number, number[]> = { [TLS1_2]: SUITES, [TLS1_0]: SUITES.slice(0, 6), [SSL3]: [] };
/** In TLS 1.0 it lacks suites whose traits others show: only a check finds that. */
const ALMOST: Record<number, number[]> = { ...USUAL, [TLS1_0]: [9] };

const folder = temporaryFolder('measured-error');
const prior = join(folder, 'prior.json.gz');
let usual: LocalServer[];
let almost: LocalServer[];

const serving = (accepted: Record<number, number[]>) =>
  onHello((socket, { version, suites }) => {
    const suite = suites.find((one) => accepted[version]?.includes(one));
    socket.end(suite === undefined ? ALERT_40 : flightChoosing(version, suite));
  });

beforeAll(async () => {
  const start = (accepted: Record<number, number[]>) =>
    Promise.all(Array.from({ length: 16 }, () => serving(accepted)));
  [usual, almost] = await Promise.all([start(USUAL), start(ALMOST)]);
  const questions = [...OFFERED].map(([version, cipher_suites]) => ({ version, cipher_suites }));
  const source = { kind: 'lake' as const, names: ['made'], first_at: null, last_at: null };
  const accepted = questions.flatMap(({ version }) => SUITES.map((suite) => USUAL[version]!.includes(suite)));
  writePrior(prior, makePrior({ source, ports: [993], questions }, [{ accepted, counts: [30_000] }]));
});

afterAll(async () => {
  await Promise.all([...usual, ...almost].map((server) => server.close()));
});

const options = (servers: readonly LocalServer[], out: string, more: Partial<ScanOptions> = {}) => ({
  ...LOCAL_OPTIONS,
  ...{ out, suites: OFFERED, concurrency: 1, strategy: 'predictive' as const },
  targets: targetList(servers.map(({ port }) => local(993, port))),
  prediction: { prior, confidence: 0.95, check_share: 0.5, max_error: 0.02 },
  ...more,
});

/** How many endpoints had their inference checked, and at how many a check was wrong. */
const checkedIn = (records: readonly EndpointRecord[]) => {
  const checked = records.filter(({ inference_checks }) => inference_checks.length > 0);
  const wrong = checked.filter(({ inference_checks }) => inference_checks.some((check) => check.wrong > 0));
  return { checked: checked.length, wrong: wrong.length };
};

async function inFolder(body: (out: string) => Promise<void>): Promise<void> {
  const out = mkdtempSync(join(tmpdir(), 'census-measured-'));
  try {
    await body(join(out, 'raw'));
  } finally {
    rmSync(out, { recursive: true });
  }
}

test('where all is right inference goes on, and what stands is counted', async () => {
  await inFolder(async (out) => {
    await scan(options(usual, out), realWorld());
    const { file, records } = readScan(out);
    expect(file.inference).toMatchObject({ estimated_error: 0, low: 0, stopped: false });
    expect(file.inference!.endpoints).toEqual({ checked: 16, wrong: 0 });
    const standing = records.flatMap((record) => record.inferred_suites.flatMap((one) => one.cipher_suites));
    expect(standing.length).toBeGreaterThan(16);
    expect(file.inference!.standing).toBe(standing.length);
    expect(file.inference!.high).toBeGreaterThan(0);
  });
});

test.each([1, 2])(
  'checks that are wrong end inference for all that comes later, with %i workers',
  async (workers) => {
    await inFolder(async (out) => {
      await scan(options(almost, out, { workers, concurrency: workers }), realWorld());
      const { file, records } = readScan(out);
      const { checked, wrong } = checkedIn(records);
      expect(file.inference).toMatchObject({ stopped: true, endpoints: { checked, wrong } });
      expect(wrong).toBeGreaterThanOrEqual(2);
      // Those in flight when it was ended go on.
      expect(checked).toBeLessThan(16);
      // What was asked in full is right: by checks that were wrong, or as adaptive asks.
      const full = records.filter(({ inferred_suites }) => inferred_suites.length === 0);
      expect(full.length).toBeGreaterThan(8);
      for (const record of full) {
        const said = record.versions.map(({ version, accepted }) => [version, accepted]);
        expect(said).toEqual([...OFFERED.keys()].map((version) => [version, ALMOST[version]!.length]));
      }
    });
  },
  60_000,
);

test('a limit of 1 lets it go on whatever checks say', async () => {
  await inFolder(async (out) => {
    const prediction = { prior, confidence: 0.95, check_share: 0.5, max_error: 1 };
    await scan(options(almost, out, { prediction }), realWorld());
    const { file, records } = readScan(out);
    expect(file.inference).toMatchObject({ stopped: false, endpoints: checkedIn(records) });
    expect(checkedIn(records).checked).toBe(16);
  });
});

test('a scan that is gone on with knows what its checks have said, and infers no more', async () => {
  await inFolder(async (out) => {
    const stop = new AbortController();
    const world = realWorld(({ endpoints }) => endpoints >= 10 && stop.abort());
    const parts = { endpoints_per_part: 3 };
    await scan(options(almost, out, { ...parts, signal: stop.signal }), world);
    const before = readScan(out);
    expect(before.file.finished_at).toBeNull();
    expect(before.file.inference).toMatchObject({ stopped: true, endpoints: checkedIn(before.records) });
    await scan(options(almost, out, { ...parts, resume: true }), realWorld());
    const after = readScan(out);
    expect(after.records).toHaveLength(16);
    expect(after.file.inference).toEqual(before.file.inference);
    expect(checkedIn(after.records)).toEqual(checkedIn(before.records));
  });
});
