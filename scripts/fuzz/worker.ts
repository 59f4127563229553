/** The thread that fuzzes, so that another one can see when it hangs: each input stands in shared memory while it is tried. */
import { parentPort, workerData } from 'node:worker_threads';
import { FuzzRun } from './fuzz-run.ts';
import { fuzzTargets } from './targets.ts';
import type { FuzzReport, FuzzWork } from './work.ts';

const { seed, minutes, only, input, state } = workerData as FuzzWork;
const [inputBytes, stateNumbers] = [new Uint8Array(input), new Int32Array(state)];
/** Each target in turn has so long. */
const SLICE_MS = 250;

const runs = fuzzTargets()
  .filter(({ name }) => only === null || name === only)
  .map((target, index) => new FuzzRun(target, seed + 7919 * index, (bytes) => publish(index, bytes)));

// A third of the time would go into stacks of DecodeErrors that nobody looks at.
Error.stackTraceLimit = 0;
fuzz();

function fuzz(): void {
  const until = performance.now() + minutes * 60_000;
  while (performance.now() < until) {
    for (const run of runs) {
      const finding = run.run({ milliseconds: SLICE_MS });
      if (finding) {
        report({ finding, done: true });
        return;
      }
      if (performance.now() >= until) break;
    }
    report({ finding: null, done: false });
  }
  report({ finding: null, done: true });
}

function publish(target: number, bytes: Uint8Array): void {
  inputBytes.set(bytes.subarray(0, inputBytes.length));
  stateNumbers[1] = target;
  stateNumbers[2] = Math.min(bytes.length, inputBytes.length);
  Atomics.add(stateNumbers, 0, 1);
}

function report(end: Pick<FuzzReport, 'finding' | 'done'>): void {
  const targets = runs.map(({ target, executions, signatures }) => ({
    name: target.name,
    executions,
    signatures,
  }));
  parentPort!.postMessage({ ...end, targets } satisfies FuzzReport);
}
