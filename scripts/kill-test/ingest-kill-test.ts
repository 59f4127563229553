/**
 * Kills an ingest at random moments (SIGKILL). After each kill the lake is one of two whole ones, file by file: as it was
 * before, or as it is after; at the end it equals a lake that nobody disturbed, by checksum. Two states of one scan take
 * turns, so that each run has something to replace; one of them has lines for the quarantine.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fileSha256 } from '../../pipeline/base/files.ts';
import { packageRoot } from '../../pipeline/base/package-root.ts';
import { readManifestIfAny } from '../../pipeline/formats/lake-manifest.ts';
import { ingest } from '../../pipeline/ingest/index.ts';
import { mulberry32 } from '../testing/mulberry32.ts';

export interface IngestKillReport {
  kills: number;
  /** Kills after which the lake was as before, and as after. */
  before: number;
  after: number;
  /** Whether the last, undisturbed run gave the lake that was expected, and no file beside it. */
  same: boolean;
}

const SAMPLE = join(packageRoot, 'datasets/samples/village');

/** Throws where a kill leaves a lake that is neither of the two. `seed` makes the moments. */
export async function ingestKillTest(
  kills: number,
  seed: number,
  onKill: (kill: number) => void = () => {},
): Promise<IngestKillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'census-ingest-kill-'));
  try {
    const raws = [inParts(join(folder, 'raw-0'), false), inParts(join(folder, 'raw-1'), true)];
    const states: string[] = [];
    const begun = performance.now();
    for (const [index, raw] of raws.entries())
      states.push(await undisturbed(raw, join(folder, `lake-${index}`)));
    const usual = (performance.now() - begun) / 2;
    return await killed(raws, states, join(folder, 'lake'), {
      kills,
      usual,
      random: mulberry32(seed),
      onKill,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Plan {
  kills: number;
  /** Milliseconds of an ingest. */
  usual: number;
  random: () => number;
  onKill: (kill: number) => void;
}

async function killed(raws: string[], states: string[], lake: string, plan: Plan): Promise<IngestKillReport> {
  const report: IngestKillReport = { kills: 0, before: 0, after: 0, same: false };
  let state = 'none';
  while (report.kills < plan.kills) {
    const next = states[0] === state ? 1 : 0;
    if (await killedRun(raws[next]!, lake, plan)) plan.onKill(++report.kills);
    const found = await stateOf(lake);
    if (found === state) report.before++;
    else if (found === states[next]) report.after++;
    else throw new Error(`kill ${report.kills} left a lake that is neither the one before nor the one after`);
    state = found;
  }
  const last = state === states[0] ? 1 : 0;
  await ingest({ from: 'native', inputs: [raws[last]!], lake, batch_records: 20 });
  const same = (await stateOf(lake)) === states[last] && strays(lake).length === 0;
  return { ...report, same };
}

/** False where it was done before the kill. */
async function killedRun(raw: string, lake: string, { usual, random }: Plan): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, raw, lake], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), exit]);
  await sleep(random() * usual * 1.2);
  child.kill('SIGKILL');
  const [code, signal] = await exit;
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the ingest ended by itself: ${code ?? signal}`);
  return signal === 'SIGKILL';
}

async function undisturbed(raw: string, lake: string): Promise<string> {
  await ingest({ from: 'native', inputs: [raw], lake, batch_records: 20 });
  return stateOf(lake);
}

/** The manifest, once each file that it names was found to be what it says; a lake with nothing in it is none yet. */
async function stateOf(lake: string): Promise<string> {
  const manifest = readManifestIfAny(lake);
  if (!manifest || manifest.files.length + manifest.inputs.length === 0) return 'none';
  for (const { path, sha256 } of [...manifest.files, ...manifest.quarantine]) {
    if ((await fileSha256(join(lake, path))) !== sha256)
      throw new Error(`${path} is not what the manifest says`);
  }
  return JSON.stringify(manifest);
}

/** Files that the manifest doesn't name. */
function strays(lake: string): string[] {
  const { files, quarantine } = readManifestIfAny(lake)!;
  const named = new Set(['manifest.json', ...[...files, ...quarantine].map(({ path }) => path)]);
  const all = readdirSync(lake, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return all
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(lake.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !named.has(path));
}

/** The sample in six parts; `spoilt`: with lines that can't be read. */
function inParts(raw: string, spoilt: boolean): string {
  cpSync(SAMPLE, raw, { recursive: true });
  const scan = JSON.parse(readFileSync(join(raw, 'scan.json'), 'utf8'));
  const [whole] = scan.parts;
  const lines = gunzipSync(readFileSync(join(raw, whole.endpoints)))
    .toString('utf8')
    .trimEnd()
    .split('\n');
  const parts = Array.from({ length: 6 }, (_, index) => {
    const some = lines.slice(index * 10, index * 10 + 10);
    if (spoilt) some[index] = `${some[index]!.slice(0, 40)}`;
    const name = (kind: string) => `${kind}-1000${index}.ndjson.gz`;
    writeFileSync(join(raw, name('endpoints')), gzipSync(some.map((line) => `${line}\n`).join('')));
    cpSync(join(raw, whole.certificates), join(raw, name('certificates')));
    cpSync(join(raw, whole.dh_groups), join(raw, name('dh-groups')));
    const files = {
      endpoints: name('endpoints'),
      certificates: name('certificates'),
      dh_groups: name('dh-groups'),
    };
    return { ...files, flights: null, records: some.length };
  });
  writeFileSync(join(raw, 'scan.json'), JSON.stringify({ ...scan, parts }));
  return raw;
}

const PROGRAM = fileURLToPath(new URL('ingest-until-killed.ts', import.meta.url));
