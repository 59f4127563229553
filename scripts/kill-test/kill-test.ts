/**
 * Kills a scan at random moments (SIGKILL), goes on with it each time, and counts at the end what its records hold of
 * each endpoint: once is right, never is lost, twice is doubled. Real servers, real processes, real files.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { unpackRecord } from '../../pipeline/formats/packed-record.ts';
import type { ScanFile } from '../../pipeline/formats/raw-record.ts';
import { startFleet, withoutStartTls } from '../../pipeline/scan/testing/fleet.ts';
import { mulberry32 } from '../testing/mulberry32.ts';

export interface KillPlan {
  kills: number;
  workers: number;
  /** What makes the moments. */
  seed: number;
  /** Told of each kill. */
  onKill?: (kill: number, wholeParts: number) => void;
}

export interface KillReport {
  kills: number;
  endpoints: number;
  lost: string[];
  doubled: string[];
  /** Connections over two an endpoint: those of records that a kill took. */
  asked_again: number;
  parts: number;
  /** Files in the folder that neither scan.json nor it being there explains. */
  left_over: string[];
  file: ScanFile;
}

/** Endpoints that a run does, on average, before it is killed. */
const ENDPOINTS_A_KILL = 8;
/** Connections a second: an endpoint takes two. */
const RATE = 60;

export async function killTest({ kills, workers, seed, onKill = () => {} }: KillPlan): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), 'census-kill-'));
  const fleet = await startFleet(kills * ENDPOINTS_A_KILL + 20, (socket) => withoutStartTls(socket, 10));
  try {
    const targets = join(folder, 'targets.csv');
    const out = join(folder, 'raw');
    writeFileSync(targets, fleet.targetsCsv());
    const random = mulberry32(seed);
    let done = 0;
    while (done < kills && (await killedRun([targets, out, String(RATE), String(workers)], random))) {
      onKill(++done, scanFile(out)?.parts.length ?? 0);
    }
    await finishedRun([targets, out, '0', String(workers)]);
    const asked = [...fleet.visits.values()].reduce((sum, { connections }) => sum + connections, 0);
    return {
      kills: done,
      ...resultOf(out, fleet.addresses),
      asked_again: asked - 2 * fleet.addresses.length,
    };
  } finally {
    await fleet.close();
    rmSync(folder, { recursive: true });
  }
}

/** True where it was killed, false where it was done before. */
async function killedRun(words: string[], random: () => number): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  // Most kills hit a scan at work, some one that begins or resumes.
  if (random() < 0.85) await Promise.race([once(child.stdout, 'data'), exit]);
  else await sleep(random() * 1200);
  await sleep(random() * 450);
  child.kill('SIGKILL');
  const [code, signal] = await exit;
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the scan ended by itself: ${code ?? signal}`);
  return signal === 'SIGKILL';
}

async function finishedRun(words: string[]): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the scan did not finish: ${code}`);
}

function resultOf(out: string, addresses: readonly string[]): Omit<KillReport, 'kills' | 'asked_again'> {
  const file = scanFile(out)!;
  const records = file.parts.flatMap((part) => {
    const lines = gunzipSync(readFileSync(join(out, part.endpoints)))
      .toString('utf8')
      .trimEnd()
      .split('\n');
    if (lines.length !== part.records)
      throw new Error(`${part.endpoints} has ${lines.length} of ${part.records}`);
    return lines.map((line) => unpackRecord(JSON.parse(line)));
  });
  const times = new Map<string, number>(addresses.map((ip) => [ip, 0]));
  for (const { ip } of records) times.set(ip!, (times.get(ip!) ?? 0) + 1);
  const named = new Set(file.parts.flatMap((part) => [part.endpoints, part.certificates, part.dh_groups]));
  return {
    endpoints: records.length,
    lost: [...times].filter(([, count]) => count === 0).map(([ip]) => ip),
    doubled: [...times].filter(([, count]) => count > 1).map(([ip]) => ip),
    parts: file.parts.length,
    left_over: readdirSync(out).filter((name) => name !== 'scan.json' && !named.has(name)),
    file,
  };
}

function scanFile(out: string): ScanFile | undefined {
  try {
    return JSON.parse(readFileSync(join(out, 'scan.json'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const PROGRAM = fileURLToPath(new URL('scan-until-killed.ts', import.meta.url));
