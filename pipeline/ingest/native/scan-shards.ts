/**
 * Folders of raw records, each a shard of one scan (docs/targets.md) → one source of ingest, so that published tables are about the
 * whole. Shards have the same targets, seed and questions, and endpoint numbers that don't collide; anything else is refused. Where
 * shards are missing, or one was stopped, the scan counts as one that was stopped before its end.
 */
import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import {
  type InferenceTotals,
  inferenceError,
  noInference,
  sumOfInference,
} from '../../formats/inference-error.ts';
import type { LakeInput } from '../../formats/lake-manifest.ts';
import type { ScanFile } from '../../formats/raw-record.ts';
import type { ScanSource, StagedScan } from '../staged-scan.ts';
import { nativeSource, type ScanFolder } from './scan-folder.ts';

/** The shards as one scan of the given name. UsageError for folders that are no shards of one scan. */
export function shardsSource(folders: readonly ScanFolder[], scan_id: string): ScanSource {
  const shards = [...folders].sort((a, b) => (a.scan.shard?.index ?? 0) - (b.scan.shard?.index ?? 0));
  checkShards(shards);
  const sources = shards.map(nativeSource);
  const scan = united(shards, scan_id);
  return {
    scan_id,
    source: 'native',
    is_united: true,
    inputs: async () => {
      const inputs = await Promise.all(sources.map((source) => source.inputs()));
      return inputs.flatMap((some, place) => some.map((input) => inputOf(input, shards[place]!, scan)));
    },
    stage: async (folder) => {
      const staged = await Promise.all(sources.map((source) => source.stage(folder)));
      linkParts(shards, folder);
      return {
        folder,
        scan: { ...scan, cipher_suites: scan.cipher_suites ?? null },
        record_scan_ids: shards.map((shard) => shard.scan.scan_id),
        is_whole: staged.every(({ is_whole }) => is_whole),
        changed: staged.flatMap(({ changed }, place) => changed.map((name) => nameOf(shards[place]!, name))),
        quarantine: null,
      } satisfies StagedScan;
    },
  };
}

function inputOf(input: LakeInput, shard: ScanFolder, scan: ScanFile): LakeInput {
  const stopped = scan.finished_at === null ? ({ complete: false } as const) : {};
  return { ...input, ...stopped, scan_id: scan.scan_id, name: nameOf(shard, input.name) };
}

/** Part files of shards have the same names. */
function nameOf({ scan }: ScanFolder, name: string): string {
  return `shard-${scan.shard.index}-of-${scan.shard.of}-${name}`;
}

function linkParts(shards: readonly ScanFolder[], folder: string): void {
  for (const shard of shards) {
    for (const part of shard.scan.parts) {
      for (const kind of KINDS)
        symlinkSync(resolve(shard.folder, part[kind]), join(folder, nameOf(shard, part[kind])));
    }
  }
}

/** What scan.json would say of the whole: from the first begin to the last end. */
function united(shards: readonly ScanFolder[], scan_id: string): ScanFile {
  const scans = shards.map(({ scan }) => scan);
  const [first] = scans as [ScanFile, ...ScanFile[]];
  const ends = scans.map(({ finished_at }) => finished_at);
  const isWhole = scans.length === first.shard.of && ends.every((end) => end !== null);
  return {
    ...first,
    inference: inferenceOf(scans),
    scan_id,
    started_at: scans.map(({ started_at }) => started_at).sort()[0]!,
    finished_at: isWhole ? ends.sort().at(-1)! : null,
    parts: shards.flatMap((shard) =>
      shard.scan.parts.map(({ sha256: _, ...part }) => ({
        ...part,
        ...Object.fromEntries(KINDS.map((kind) => [kind, nameOf(shard, part[kind])])),
        flights: null,
      })),
    ),
  };
}

/** The sums of the shards, and what they tell of the whole; null where one does not say. */
function inferenceOf(scans: readonly ScanFile[]): ScanFile['inference'] {
  const all = scans.map(({ inference }) => inference ?? null);
  if (!all.every((one) => one !== null)) return null;
  const totals = all.reduce<InferenceTotals>(sumOfInference, noInference());
  const stopped = all.some((one) => one.stopped);
  return { ...all[0]!, ...totals, ...inferenceError(totals), stopped };
}

function checkShards(shards: readonly ScanFolder[]): void {
  const whole = shards.find(({ scan }) => (scan.shard?.of ?? 1) === 1);
  if (whole) {
    throw new UsageError(
      `${whole.folder} is a whole scan, no shard of one: leave --scan-id out; nothing written`,
    );
  }
  const [first, ...others] = shards as [ScanFolder, ...ScanFolder[]];
  for (const [place, { folder, scan }] of others.entries()) {
    const differing = SAME.find((field) => JSON.stringify(scan[field]) !== JSON.stringify(first.scan[field]));
    if (differing !== undefined || scan.shard.of !== first.scan.shard.of) {
      throw new UsageError(
        `${folder} and ${first.folder} are no shards of one scan: they have another ${differing ?? 'number of shards'}; ` +
          'leave --scan-id out to ingest them as scans of their own; nothing written',
      );
    }
    const before = shards[place]!;
    if (before.scan.shard.index !== scan.shard.index) continue;
    throw new UsageError(
      `${before.folder} and ${folder} are both shard ${scan.shard.index} of ${scan.shard.of}; give one of them; nothing written`,
    );
  }
}

const KINDS = ['endpoints', 'certificates', 'dh_groups'] as const;

/** What decides which endpoint is whose, and what each was asked. */
const SAME: readonly (keyof ScanFile)[] = [
  ...(['format_version', 'tool', 'tool_version', 'synthetic', 'strategy', 'prior', 'seed'] as const),
  ...(['targets_sha256', 'ports', 'cipher_suites', 'named_groups', 'probes'] as const),
];
