/** The truth behind the fronts: OpenSSL's client suite by suite, hellos of our own by hand, and a scan without a defect. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { local, scanOne } from '../../pipeline/scan/testing/scan-local.ts';
import { missingOpenssl } from '../peers/openssl.ts';
import { describeUnless } from '../testing/describe-unless.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { type BackEnds, differencesToClient, startBackEnds } from './back-ends.ts';
import { CONDITIONS, type Condition, FURTHER_CONDITIONS } from './front/conditions.ts';
import { startFront } from './front/front.ts';
import { type HelloShape, handMadeHello, serverChoice } from './front/hand-made-hello.ts';
import { inParallel } from './in-parallel.ts';
import { outcomeOf } from './outcome.ts';
import { effectiveTruth } from './run-combination.ts';

describeUnless(missingOpenssl(), 'servers behind the fronts', () => {
  const folder = temporaryFolder('back-ends');
  let back_ends: BackEnds;

  beforeAll(async () => {
    back_ends = await startBackEnds(folder);
  });
  afterAll(() => back_ends?.stop());

  const NAMES = ['whole', 'modern', 'old'] as const;

  test.each(NAMES)("%s: OpenSSL's own client gets the same, suite by suite", async (name) => {
    expect(await differencesToClient(back_ends.ports[name][0]!, back_ends.truth[name])).toEqual([]);
    const suites = [...back_ends.truth[name].values()].reduce((sum, { size }) => sum + size, 0);
    expect(suites).toBeGreaterThan(8);
  });

  test.each(NAMES)('%s: a scan without a defect is complete', async (name) => {
    const record = await scanOne(local(465, back_ends.ports[name].at(-1)!, 'mx.test'));
    const outcome = outcomeOf(record, { truth: back_ends.truth[name], kinds: new Set() });
    expect(outcome).toEqual({ false_claims: [], complete: true, unknown: [], wrong_reasons: [] });
  });

  // Else the matrix would ask of the scanner what nobody can get, or take for a truth what is none.
  test.each([...CONDITIONS, ...FURTHER_CONDITIONS].map((one) => [one.name, one] as const))(
    '%s: a hello by hand gets each suite of its truth, and none of those that it loses',
    async (_, condition) => {
      expect(await gotByHand(condition, back_ends)).toEqual([]);
    },
  );
});

/** A line for each suite of the condition's truth that no shape of hello gets, and each that is got beside it. */
async function gotByHand(condition: Condition, { ports, truth }: BackEnds): Promise<string[]> {
  const wanted = effectiveTruth(condition, truth);
  const all = effectiveTruth({ ...condition, unobtainable: [], without_ecdhe: false }, truth);
  const questions = [...all].flatMap(([version, suites]) => [...suites].map((suite) => ({ version, suite })));
  const servers = condition.back_ends.map((name) => ports[name]);
  const lines = await inParallel(questions, PARALLEL, async ({ version, suite }) => {
    // A front each: some count their connections.
    const front = await startFront({ judge: condition.judge(), answer: 'alert 80', back_ends: servers });
    const isGot = await isGotAt(front.port, version, suite).finally(() => front.close());
    const isWanted = wanted.get(version)!.has(suite);
    return isGot === isWanted ? [] : [`0x${version.toString(16)} 0x${suite.toString(16)}`];
  });
  return lines.flat();
}

async function isGotAt(port: number, version: number, suite: number): Promise<boolean> {
  for (const shape of SHAPES) {
    const choice = await serverChoice(port, handMadeHello(version, suite, shape));
    if (choice?.version === version && choice.cipher_suite === suite) return true;
  }
  return false;
}

/** The shortest hellos that there are; a few times, where the answer hangs on the connection. */
const SHAPES: readonly HelloShape[] = Array.from({ length: 3 }, () => [
  { name: 'mx.test' },
  {},
  { groups: false },
  { schemes: false },
  { groups: false, schemes: false },
]).flat();

const PARALLEL = 4;
