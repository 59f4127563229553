/**
 * Parts made by several processes, each one part at a time; which process makes which part changes no byte. A worker that
 * dies or fails ends the simulation.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import type { MadePart } from './part.ts';
import type { SimulationPlan } from './plan.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Makes parts 0 to `parts` - 1 and tells of each when it is whole, in the order in which they get whole. */
export async function makeParts(
  plan: SimulationPlan,
  folder: string,
  { parts, workers }: { parts: number; workers: number },
  made: (index: number, part: MadePart) => void,
): Promise<void> {
  let next = 0;
  const pool = Array.from({ length: Math.min(workers, parts) }, () => start(plan, folder));
  try {
    await Promise.all(
      pool.map(async (worker) => {
        while (next < parts) {
          const index = next++;
          made(index, await part(worker, index));
        }
      }),
    );
  } finally {
    for (const worker of pool) if (worker.connected) worker.disconnect();
    await Promise.all(pool.map(ended));
  }
}

function start(plan: SimulationPlan, folder: string): ChildProcess {
  // In a process group of its own: Ctrl-C is for this process, whose end is theirs.
  const env = { ...process.env, CENSUS_PROCESS: 'simulate-worker' };
  const worker = fork(PROGRAM, [], { serialization: 'advanced', detached: true, env });
  send(worker, { kind: 'begin', plan, folder });
  return worker;
}

function part(worker: ChildProcess, index: number): Promise<MadePart> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null, signal: string | null): void =>
      reject(new Error(`a worker ended (${signal ?? `exit code ${code}`})`));
    worker.once('exit', gone);
    worker.once('error', reject);
    worker.once('message', (message: FromWorker) => {
      worker.off('exit', gone);
      worker.off('error', reject);
      if (message.kind === 'made') resolve(message.part);
      else reject(asError(message));
    });
    send(worker, { kind: 'part', index });
  });
}

function send(worker: ChildProcess, message: ToWorker): void {
  // That it can't be sent is told by the worker's exit.
  worker.send(message, () => {});
}

function ended(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => worker.once('exit', () => resolve()));
}

function asError({ message, stack, code }: Extract<FromWorker, { kind: 'failed' }>): Error {
  return Object.assign(new Error(message), { stack }, code === undefined ? {} : { code });
}

/** It starts the program from source or from the build, whichever there is. */
const PROGRAM = join(packageRoot, 'pipeline/cli/census.mjs');
