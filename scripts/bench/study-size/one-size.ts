/** One size of a made population: simulated, ingested, and read bare, each step in processes of its own. */
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../pipeline/base/package-root.ts';
import { readManifest } from '../../../pipeline/formats/lake-manifest.ts';
import type { ScanFile } from '../../../pipeline/formats/raw-record.ts';
import { measure, type Took } from './measured-process.ts';

type Cost = Omit<Took, 'stdout'>;

export interface Measured {
  endpoints: number;
  /** Null where the raw records were there already. */
  simulate: Cost | null;
  ingest: Cost;
  bare: Cost & { endpoints: number };
  raw_bytes: number;
  lake_bytes: number;
  /** Rows of the lake's handshakes: accepted, or without an answer. */
  handshake_rows: number;
  handshakes: number;
  certificates: number;
}

export interface SizePlan {
  endpoints: number;
  /** Path of the built program. */
  program: string;
  patterns: string | undefined;
  folder: string;
  /** Raw records, lakes and files of the bare reading stay. */
  keep: boolean;
  say: (line: string) => void;
}

/** Bytes that an endpoint takes on the way: raw records, the lake, what the engine spills. */
const BYTES_AN_ENDPOINT = 1000;

/** Compressed bytes that the bare reading takes at most: some seven million endpoints. */
const MOST_BARE_BYTES = 2e9;

/** Measures a size. Rejects where a step fails, or the disk has no room; what was simulated stays for the next try. */
export async function measureSize(plan: SizePlan): Promise<Measured> {
  const { endpoints, folder, say } = plan;
  const [raw, lake, parquet] = ['raw', 'lake', 'bare.parquet'].map((name) =>
    join(folder, `${endpoints}-${name}`),
  );
  mkdirSync(folder, { recursive: true });
  checkRoom(plan);
  for (const left of [lake!, parquet!]) rmSync(left, { recursive: true, force: true });
  const simulate = await simulateOnce(plan, raw!);
  say(`ingest of ${endpoints.toLocaleString('en')} endpoints …`);
  const ingest = costOf(await measure([plan.program, 'ingest', raw!, '--lake', lake!]));
  say(`ingest took ${describe(ingest)}`);
  const bare = await measureBare(plan, raw!, parquet!);
  const made = { endpoints, simulate, ingest, bare, ...countsOf(raw!, lake!) };
  if (!plan.keep) for (const path of [raw!, lake!, parquet!]) rmSync(path, { recursive: true, force: true });
  return made;
}

async function simulateOnce(plan: SizePlan, raw: string): Promise<Cost | null> {
  if (existsSync(join(raw, 'scan.json'))) {
    plan.say(`${raw} is there already`);
    return null;
  }
  const patterns = plan.patterns === undefined ? [] : ['--patterns', plan.patterns];
  plan.say(`simulation of ${plan.endpoints.toLocaleString('en')} endpoints …`);
  const words = [plan.program, 'simulate', '--endpoints', String(plan.endpoints), '--out', raw, ...patterns];
  const took = costOf(await measure(words));
  plan.say(`simulation took ${describe(took)}`);
  return took;
}

/** Over as many parts as there is room for, and as show the speed: the same bytes again would do, most likely a third of them. */
async function measureBare(
  { folder, say }: SizePlan,
  raw: string,
  parquet: string,
): Promise<Measured['bare']> {
  const { parts } = scanOf(raw);
  const bytes = parts.map((part) => statSync(join(raw, part.endpoints)).size);
  const ends = bytes.map((_, place) => bytes.slice(0, place + 1).reduce((sum, one) => sum + one, 0));
  const room = Math.min(freeBytes(folder) / 2, MOST_BARE_BYTES);
  const taken = parts.filter((_, place) => place === 0 || ends[place]! <= room);
  const endpoints = taken.reduce((sum, { records }) => sum + records, 0);
  say(`bare reading of ${taken.length} of ${parts.length} parts …`);
  const script = join(packageRoot, 'scripts/bench/study-size/bare-limit.ts');
  const files = taken.map((part) => join(raw, part.endpoints));
  const took = costOf(await measure(['--import', 'tsx', script, parquet, ...files]));
  say(`bare reading took ${describe(took)}`);
  return { ...took, endpoints };
}

function countsOf(raw: string, lake: string): Omit<Measured, 'endpoints' | 'simulate' | 'ingest' | 'bare'> {
  const { parts, counts } = scanOf(raw);
  const paths = parts.flatMap((part) => [part.endpoints, part.certificates, part.dh_groups]);
  const { files } = readManifest(lake);
  const rowsOf = (table: string): number =>
    files.filter((file) => file.table === table).reduce((sum, file) => sum + file.rows, 0);
  return {
    raw_bytes: paths.reduce((sum, path) => sum + statSync(join(raw, path)).size, 0),
    lake_bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    handshake_rows: rowsOf('handshakes'),
    handshakes: counts.handshakes,
    certificates: rowsOf('certificates'),
  };
}

function scanOf(raw: string): ScanFile {
  return JSON.parse(readFileSync(join(raw, 'scan.json'), 'utf8'));
}

function checkRoom({ endpoints, folder }: SizePlan): void {
  const [free, needed] = [freeBytes(folder), endpoints * BYTES_AN_ENDPOINT];
  if (free >= needed) return;
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new Error(
    `${folder} has ${gb(free)} left, this size may need ${gb(needed)}; name a larger disk with --folder`,
  );
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function costOf({ seconds, cpu_seconds, peak_mib }: Took): Cost {
  return { seconds, cpu_seconds, peak_mib };
}

function describe({ seconds, cpu_seconds, peak_mib }: Cost): string {
  return `${seconds.toFixed(1)} s (${cpu_seconds.toFixed(1)} s of CPU), ${peak_mib.toLocaleString('en')} MiB at the most`;
}
