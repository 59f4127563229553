/** What scan.json says of a scan as a whole; in which of it a scan that is resumed must agree with what it was. */
import { UsageError } from '../../base/errors.ts';
import { toHex } from '../../base/hex.ts';
import { packageVersion } from '../../base/package-root.ts';
import { readPrior } from '../../formats/prior.ts';
import { RAW_FORMAT_VERSION, type ScanFile } from '../../formats/raw-record.ts';
import { TLS1_0, TLS1_3 } from '../../tls/index.ts';
import { ECDH_GROUPS, EXPLICIT_CURVES, FFDHE_GROUPS, GROUPS_1_3, suitesToOffer } from '../offer-lists.ts';
import type { ScanOptions, ScanWorld } from '../options.ts';
import { newSeed, parseSeed } from '../targets/permutation.ts';
import type { TargetSpace } from '../targets/target-space.ts';
import type { ResumeState } from './resume-state.ts';

export type ScanHeader = Omit<ScanFile, 'finished_at' | 'counts' | 'inference' | 'parts'>;

export function scanHeader(options: ScanOptions, world: ScanWorld, space: TargetSpace): ScanHeader {
  const started_at = new Date(world.clock.now()).toISOString();
  const suites = [...suitesToOffer(options.suites)].sort(([left], [right]) => left - right);
  return {
    format_version: RAW_FORMAT_VERSION,
    scan_id: `${started_at.replace(/[-:]|\.\d+/g, '')}-${toHex(world.randomBytes(3))}`,
    tool: 'mail-tls-census',
    tool_version: packageVersion,
    started_at,
    reread_by: null,
    strategy: options.strategy,
    prior: priorOf(options),
    synthetic: false,
    seed: options.seed === undefined ? newSeed(world.randomBytes) : parseSeed(options.seed),
    shard: { index: options.shard.index, of: options.shard.of },
    targets_sha256: space.sha256(),
    contact: options.contact,
    helo: options.helo,
    ports: [...options.ports],
    cipher_suites: Object.fromEntries(
      suites.map(([version, list]) => [version, [...list].sort((a, b) => a - b)]),
    ),
    named_groups: groupsOffered(
      suites.map(([version]) => version),
      options.probes,
    ),
    probes: [...options.probes],
    excluded: { by_operator: space.excludedCount, reserved: space.reservedCount },
  };
}

/** Options that decide what is asked or kept, and don't stand in scan.json. */
export function askedBeside(options: ScanOptions): ResumeState['asked'] {
  return {
    'allow-reserved': String(options.allow_reserved),
    'keep-flights': String(options.keep_flights),
    'max-handshakes': String(options.max_handshakes),
  };
}

/**
 * The header of a scan that is resumed: as it was, but for what the operator may change. Throws UsageError that names
 * what differs and must not.
 */
export function resumedHeader(
  before: ScanFile,
  state: ResumeState | null,
  now: ScanHeader,
  options: ScanOptions,
): ScanHeader {
  const beside = askedBeside(options);
  const differing = [
    ...SAME.filter(([field]) => JSON.stringify(before[field]) !== JSON.stringify(now[field])).map(
      ([, say]) => say,
    ),
    ...(options.seed !== undefined && before.seed !== now.seed ? ['--seed'] : []),
    ...Object.keys(beside)
      .filter((name) => state && state.asked[name] !== beside[name])
      .map((name) => `--${name}`),
  ];
  if (differing.length > 0) {
    throw new UsageError(
      `${options.out} holds a scan with other ${differing.join(', ')}; give what it was begun with, or another --out`,
    );
  }
  const { finished_at: _finished, counts: _counts, inference: _inference, parts: _parts, ...header } = before;
  return { ...header, contact: now.contact, helo: now.helo, excluded: now.excluded };
}

function priorOf({ prediction }: ScanOptions): ScanHeader['prior'] {
  if (!prediction) return null;
  const { prior, confidence, check_share, max_error } = prediction;
  return { sha256: readPrior(prior).sha256, confidence, check_share, max_error };
}

function groupsOffered(versions: readonly number[], probes: readonly string[]): number[] {
  const clear = versions.some((version) => version >= TLS1_0 && version < TLS1_3);
  const groups = [
    ...(clear ? ECDH_GROUPS : []),
    ...(clear && probes.includes('tls12-groups') ? [...EXPLICIT_CURVES, ...FFDHE_GROUPS] : []),
    ...(versions.includes(TLS1_3) ? GROUPS_1_3 : []),
  ];
  return [...new Set(groups)].sort((left, right) => left - right);
}

/** What must be the same, and what the operator calls it. Exclusions may grow: an opt-out counts at once. */
const SAME: readonly (readonly [field: keyof ScanHeader, say: string])[] = [
  ['targets_sha256', 'targets'],
  ['ports', '--ports'],
  ['shard', '--shard'],
  ['strategy', '--strategy'],
  ['prior', '--prior, --confidence, --check-share or --max-inference-error'],
  ['cipher_suites', '--suites'],
  ['named_groups', 'named groups (another version of this program)'],
  ['probes', '--probes'],
];
