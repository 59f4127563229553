/**
 * Runs a tool as a user would and measures it: wall time, and CPU of the tool with all its children, user and system,
 * as bash's `time` counts them. A tool that takes longer than it may is ended with all its children.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TimedRun {
  output: string;
  wall_seconds: number;
  /** Null where the tool was ended: bash can't say then. */
  cpu_seconds: number | null;
  ended: boolean;
}

/** `output` holds both streams of `command`, which may take `limit_seconds`. */
export async function timedRun(
  command: readonly string[],
  limit_seconds: number,
  environment: NodeJS.ProcessEnv = {},
): Promise<TimedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'census-compare-'));
  try {
    const times = join(folder, 'times');
    const words = ['-c', SCRIPT, 'bash', times, ...command];
    const started = performance.now();
    const { output, ended } = await run(words, limit_seconds, environment);
    const wall_seconds = (performance.now() - started) / 1000;
    return { output, ended, wall_seconds, cpu_seconds: ended ? null : cpuIn(readFileSync(times, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(
  words: readonly string[],
  limit_seconds: number,
  environment: NodeJS.ProcessEnv,
): Promise<{ output: string; ended: boolean }> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn('/bin/bash', words, { detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, ended] = ['', false];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const timer = setTimeout(() => {
      ended = true;
      process.kill(-child.pid!, 'SIGKILL');
    }, limit_seconds * 1000);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      resolve({ output, ended });
    });
  });
}

function cpuIn(times: string): number {
  const [user, system] = times.trim().split(' ').map(Number);
  return user! + system!;
}

/** The tool's own words stay on its streams, the times go to a file. */
const SCRIPT = 'times=$1; shift; exec 3>"$times"; TIMEFORMAT="%U %S"; { time "$@" 2>&4; } 4>&2 2>&3';
