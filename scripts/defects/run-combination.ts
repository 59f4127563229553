/** One combination: its front before the back ends, a scan of it, and what the record is worth. */
import type { EndpointRecord } from '../../pipeline/formats/raw-record.ts';
import type { ScanOptions } from '../../pipeline/scan/index.ts';
import { local, scanOne } from '../../pipeline/scan/testing/scan-local.ts';
import { suiteKeyExchange } from '../testing/suite-key-exchange.ts';
import type { BackEnds, Truth } from './back-ends.ts';
import type { Combination } from './combinations.ts';
import type { Condition } from './front/conditions.ts';
import { startFront } from './front/front.ts';
import { expectedKinds, type Outcome, outcomeOf } from './outcome.ts';

export interface CombinationRun {
  combination: Combination;
  record: EndpointRecord;
  outcome: Outcome;
  /** A line a hello, as the front saw it. */
  log: string[];
  duration_ms: number;
}

/** A busy machine may answer late: a scan with a silence that is not the front's is made anew, with more patience. */
export async function runCombination(
  combination: Combination,
  back_ends: BackEnds,
  overrides: Partial<ScanOptions> = {},
): Promise<CombinationRun> {
  let run = await runOnce(combination, back_ends, READ_MS[0]!, overrides);
  for (const read_ms of READ_MS.slice(1)) {
    if (!run.isLate) break;
    run = await runOnce(combination, back_ends, read_ms, overrides);
  }
  const { isLate: _, ...rest } = run;
  return rest;
}

/** What some hello gets accepted at a server with `condition`: of several back ends, what any of them accepts. */
export function effectiveTruth(condition: Condition, truth: BackEnds['truth']): Truth {
  const { back_ends, unobtainable, without_ecdhe } = condition;
  const union = (version: number) => back_ends.flatMap((name) => [...(truth[name].get(version) ?? [])]);
  const isLost = (version: number, suite: number) =>
    unobtainable.includes(version) ||
    (without_ecdhe && suiteKeyExchange(suite)!.key_exchange.startsWith('ECDH'));
  const versions = [...truth.whole.keys()];
  return new Map(
    versions.map((version) => [version, new Set(union(version).filter((suite) => !isLost(version, suite)))]),
  );
}

async function runOnce(
  combination: Combination,
  { ports, truth }: BackEnds,
  read_ms: number,
  overrides: Partial<ScanOptions>,
): Promise<CombinationRun & { isLate: boolean }> {
  const { condition, answer } = combination;
  const { translates, host, cause } = condition;
  const back_ends = condition.back_ends.map((name) => ports[name]);
  const front = await startFront({ judge: condition.judge(), answer, back_ends, translates });
  const started = performance.now();
  try {
    const target = local(465, front.port, host ?? undefined);
    const timeouts = { connect_ms: 5000, read_ms, endpoint_ms: 120_000 };
    const record = await scanOne(target, { ...PACE, timeouts, ...overrides });
    const expected = { truth: effectiveTruth(condition, truth), kinds: expectedKinds(cause, answer) };
    return {
      combination,
      record,
      outcome: outcomeOf(record, expected),
      log: front.log,
      duration_ms: performance.now() - started,
      isLate: front.silences() === 0 && timedOut(record),
    };
  } finally {
    await front.close();
  }
}

function timedOut(record: EndpointRecord): boolean {
  const kinds = [record.error_kind, ...record.handshakes.map(({ error_kind }) => error_kind)];
  const refused = record.hello_tolerance?.refused ?? [];
  return kinds.some((kind) => kind?.endsWith('_timeout')) || refused.some(({ by }) => by === 'timeout');
}

/** Of the first try, and of those after it. */
const READ_MS = [600, 2500, 10_000];
/** For scans that are to give up on throttling soon. */
export const PACE = { throttle: { first_wait_ms: 10, longest_wait_ms: 40, budget_ms: 100 } };
