/**
 * The scan stage: targets to raw records (docs/raw-record.md). Targets come in a random order; their endpoints run side
 * by side up to `concurrency`, with one connection at a time to each address; records are written as they come,
 * scan.json after each part and at the end, so that a scan that was stopped or killed can be gone on with.
 */
import { UsageError } from '../base/errors.ts';
import type { ScanFile } from '../formats/raw-record.ts';
import type { ScanOptions, ScanWorld } from './options.ts';
import { RawWriter } from './raw-writer.ts';
import { checkIdentified } from './running/identified.ts';
import { Ledger } from './running/ledger.ts';
import { checkOpenFiles } from './running/open-file-limit.ts';
import { RunningScan, type ScanPlan } from './running/running-scan.ts';
import { openScanFolder, type ScanFolder } from './running/scan-folder.ts';
import { resumedHeader, scanHeader } from './running/scan-header.ts';
import { Exclusion } from './targets/exclusion.ts';
import { TargetSpace } from './targets/target-space.ts';

export type { ScanOptions, ScanProgress, ScanWorld, SuiteChoice, Timeouts } from './options.ts';
export { realWorld, SCAN_DEFAULTS } from './options.ts';
export { calibrate } from './predictive/calibrate.ts';
export { MAX_INFERENCE_ERROR, PREDICTION_DEFAULTS } from './predictive/predictions.ts';
export { priorWarnings } from './predictive/prior-warnings.ts';
export { PROBES } from './probes/index.ts';
export { type RereadCounts, reread } from './reread/reread.ts';
export { readScanFile } from './running/scan-folder.ts';
export { Exclusion, type ExclusionSource, readExclusion } from './targets/exclusion.ts';
export { isHostName } from './targets/host-name.ts';
export { parseSeed } from './targets/permutation.ts';
export { readTargets } from './targets/read-targets.ts';
export { parseShard, type Shard } from './targets/shard.ts';
export { type SkippedLines, type Target, TargetList } from './targets/target-list.ts';

/**
 * Scans all targets and writes DIR/scan.json and its part files; returns what stands in scan.json. Throws UsageError
 * where `out` holds a scan already, unless it is to be resumed: then that scan is finished, or given back where it was
 * finished before. Stopped by `signal` it ends cleanly, with `finished_at` null; so does its scan.json where this throws
 * later on.
 */
export async function scan(options: ScanOptions, world: ScanWorld): Promise<ScanFile> {
  checkIdentified(options);
  checkPrediction(options);
  checkOpenFiles(options.concurrency);
  const { targets, ports, allow_reserved, exclusion = new Exclusion() } = options;
  const space = new TargetSpace(targets, { ports, allow_reserved, exclusion });
  const header = scanHeader(options, world, space);
  const folder = openScanFolder(options.out, options.resume);
  try {
    return await scanInto(folder, { options: { ...options, exclusion }, world, space, header });
  } finally {
    folder.release();
  }
}

/** A scan that says it is predictive is, and no other one infers anything. */
function checkPrediction({ strategy, prediction }: ScanOptions): void {
  if ((strategy === 'predictive') === (prediction !== null)) return;
  throw new UsageError(
    strategy === 'predictive'
      ? 'strategy predictive needs a prior; make one with: census learn-prior'
      : `a prior goes with strategy predictive, not with ${strategy}; leave it out`,
  );
}

async function scanInto(
  { before }: ScanFolder,
  { header: fresh, ...plan }: Omit<ScanPlan, 'ledger'>,
): Promise<ScanFile> {
  const { options, world } = plan;
  const header = before ? resumedHeader(before.file, before.state, fresh, options) : fresh;
  if (before && !before.state) return before.file;
  const ledger = new Ledger(before?.state ?? undefined);
  const running = new RunningScan({ ...plan, header, ledger }, before);
  const { out: path, endpoints_per_part, part_ms, keep_flights } = options;
  const writer = new RawWriter(
    { folder: path, endpoints_per_part, part_ms, keep_flights },
    {
      header: () => header,
      state: () => running.state(),
      inferenceStopped: () => running.inferenceStopped,
    },
    before?.file,
  );
  writer.begin();
  try {
    const whole = await running.run((result) => writer.write(result));
    return await writer.finish(whole ? new Date(world.clock.now()).toISOString() : null);
  } catch (error) {
    // What is whole is kept; why the scan ends is what counts.
    await writer.finish(null).catch(() => {});
    throw error;
  }
}
