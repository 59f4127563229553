/**
 * The scan stage: targets to raw records (docs/raw-record.md). Endpoints run side by side up to `concurrency`, with
 * one connection at a time to each; records are written as they come, scan.json after each part and at the end.
 */
import { toHex } from '../base/hex.ts';
import { packageVersion } from '../base/package-root.ts';
import { RAW_FORMAT_VERSION, type ScanFile } from '../formats/raw-record.ts';
import { TLS1_0, TLS1_3 } from '../tls/index.ts';
import { Aborted } from './connection.ts';
import { type EndpointResult, probeEndpoint } from './endpoint.ts';
import { type Endpoint, endpointsOf } from './endpoints.ts';
import { ECDH_GROUPS, GROUPS_1_3, suitesToOffer } from './offer-lists.ts';
import type { ScanOptions, ScanWorld } from './options.ts';
import { Pacer } from './rate.ts';
import { type AsScan, countRecord, noCounts, RawWriter } from './raw-writer.ts';
import type { ScanContext } from './session.ts';

export { expectedEndpoints } from './endpoints.ts';
export type { ScanOptions, ScanProgress, ScanWorld, SuiteChoice, Timeouts } from './options.ts';
export { realWorld, SCAN_DEFAULTS } from './options.ts';
export { isHostName, readTargets, type Target } from './targets.ts';

/**
 * Scans all targets and writes DIR/scan.json and its part files; returns what stands in scan.json. Throws UsageError
 * where `out` holds a scan already. Stopped by `signal` it ends cleanly, with `finished_at` null; so does its
 * scan.json where this throws later on.
 */
export async function scan(options: ScanOptions, world: ScanWorld): Promise<ScanFile> {
  const context: ScanContext = {
    options,
    world,
    pacer: new Pacer(options.rate, world.clock),
    live: new Set(),
    suites: suitesToOffer(options.suites),
  };
  const header = scanHeader(context);
  const unfinished: AsScan = (parts, counts) => ({ ...header, finished_at: null, counts, parts });
  const writer = new RawWriter(options.out, options.endpoints_per_part, unfinished);
  const counts = noCounts();
  const running = runAll(context, header.scan_id, async (result) => {
    countRecord(counts, result.record);
    await writer.write(result);
    world.progress(counts);
  });
  if (!(await endOf(running, () => writer.finish(unfinished)))) return writer.finish(unfinished);
  const finished_at = new Date(world.clock.now()).toISOString();
  return writer.finish((...written) => ({ ...unfinished(...written), finished_at }));
}

/** What `running` resolves to; where it fails, its error, after `save` has kept what can be kept. */
async function endOf<T>(running: Promise<T>, save: () => Promise<unknown>): Promise<T> {
  try {
    return await running;
  } catch (error) {
    await save().catch(() => {});
    throw error;
  }
}

/** Whether all endpoints were done; false where the scan was stopped. */
async function runAll(
  context: ScanContext,
  scanId: string,
  done: (result: EndpointResult) => Promise<void>,
): Promise<boolean> {
  const { options, world, live } = context;
  const endpoints = endpointsOf(options, world);
  const dropAll = () => {
    for (const connection of live) connection.abort();
  };
  options.signal?.addEventListener('abort', dropAll, { once: true });
  try {
    const state = { failed: false };
    const workers = Array.from({ length: options.concurrency }, () =>
      work(endpoints, context, scanId, done, state),
    );
    const outcomes = await Promise.allSettled(
      workers.map((worker) => worker.catch((error) => fail(error, state, dropAll))),
    );
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
    return !options.signal?.aborted;
  } finally {
    options.signal?.removeEventListener('abort', dropAll);
  }
}

/** Takes endpoints one after the other until there are none, or until the scan is over. */
async function work(
  endpoints: AsyncGenerator<Endpoint>,
  context: ScanContext,
  scanId: string,
  done: (result: EndpointResult) => Promise<void>,
  state: { failed: boolean },
): Promise<void> {
  for (;;) {
    if (state.failed || context.options.signal?.aborted) return;
    const next = await endpoints.next();
    if (next.done || context.options.signal?.aborted) return;
    await done(await probeEndpoint(next.value, context, scanId));
  }
}

/** One worker's failure ends the others; being stopped is no failure. */
function fail(error: unknown, state: { failed: boolean }, dropAll: () => void): void {
  if (error instanceof Aborted) return;
  state.failed = true;
  dropAll();
  throw error;
}

function scanHeader({
  options,
  world,
  suites,
}: ScanContext): Omit<ScanFile, 'finished_at' | 'counts' | 'parts'> {
  const started_at = new Date(world.clock.now()).toISOString();
  const bySuites = [...suites].sort(([left], [right]) => left - right);
  const versions = bySuites.map(([version]) => version);
  const groups = [
    ...(versions.some((version) => version >= TLS1_0 && version < TLS1_3) ? ECDH_GROUPS : []),
    ...(versions.includes(TLS1_3) ? GROUPS_1_3 : []),
  ];
  return {
    format_version: RAW_FORMAT_VERSION,
    scan_id: `${started_at.replace(/[-:]|\.\d+/g, '')}-${toHex(world.randomBytes(3))}`,
    tool: 'mail-tls-census',
    tool_version: packageVersion,
    started_at,
    strategy: options.strategy,
    synthetic: false,
    ports: [...options.ports],
    cipher_suites: Object.fromEntries(
      bySuites.map(([version, list]) => [version, [...list].sort((a, b) => a - b)]),
    ),
    named_groups: [...new Set(groups)].sort((a, b) => a - b),
  };
}
