/**
 * `npm run fuzz -- [--minutes N] [--seed S] [--target NAME] [--input HEX]`: every decoder in turn over mutated real
 * bytes, for as long as is asked for. Ends at the first fault, with its input made small, and exit code 1; the same
 * seed begins with the same inputs. `--input` tries one input of one target.
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { toHex } from '../../pipeline/base/hex.ts';
import { faultOf } from './fuzz-run.ts';
import { MAX_INPUT_BYTES } from './mutate.ts';
import { fuzzTargets } from './targets.ts';
import type { FuzzReport, FuzzWork } from './work.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
    input: { type: 'string' },
  },
});
/** An input that takes longer never ends. */
const HANG_MS = 20_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  const names = fuzzTargets().map(({ name }) => name);
  if (!(minutes > 0) || !Number.isSafeInteger(seed))
    return refuse('--minutes is above 0, --seed a whole number');
  if (values.target !== undefined && !names.includes(values.target)) {
    return refuse(`--target is one of ${names.join(', ')}`);
  }
  if (values.input !== undefined) return tryOne(values.target, values.input);
  process.stdout.write(`seed ${seed}, ${minutes} minutes, ${values.target ?? `${names.length} targets`}\n`);
  return fuzz({ minutes, seed, only: values.target ?? null }, names);
}

function fuzz(asked: Pick<FuzzWork, 'minutes' | 'seed' | 'only'>, names: readonly string[]): Promise<number> {
  const [input, state] = [new SharedArrayBuffer(MAX_INPUT_BYTES), new SharedArrayBuffer(12)];
  const workerData: FuzzWork = { ...asked, input, state };
  const worker = new Worker(inTypeScript(new URL('./worker.ts', import.meta.url)), {
    workerData,
    eval: true,
  });
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const watch = watchFor(state, () => {
      const [, target = 0, length = 0] = new Int32Array(state);
      const name = asked.only ?? names[target]!;
      say(asked.seed, name, `no end after ${HANG_MS / 1000} s`, new Uint8Array(input).slice(0, length));
      void worker.terminate().then(() => resolve(1));
    });
    worker.on('message', (report: FuzzReport) => {
      if (!report.done) return progress(report, started);
      clearInterval(watch);
      summarise(report, started);
      const { finding } = report;
      if (finding) say(asked.seed, finding.target, finding.what, finding.input);
      void worker.terminate().then(() => resolve(finding ? 1 : 0));
    });
    worker.on('error', reject);
  });
}

/** A thread does not take over what loads TypeScript in this one. */
function inTypeScript(module: URL): string {
  return `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(module.href)}); })`;
}

/** Calls `onHang` when no new input was begun for so long. The first ones wait for the worker to load. */
function watchFor(state: SharedArrayBuffer, onHang: () => void): NodeJS.Timeout {
  const counter = new Int32Array(state);
  let [seen, since] = [0, performance.now()];
  const watch = setInterval(() => {
    const now = Atomics.load(counter, 0);
    if (now !== seen || now === 0) [seen, since] = [now, performance.now()];
    else if (performance.now() - since > HANG_MS) {
      clearInterval(watch);
      onHang();
    }
  }, 500);
  return watch;
}

function progress({ targets }: FuzzReport, started: number): void {
  const executions = targets.reduce((sum, target) => sum + target.executions, 0);
  const seconds = (performance.now() - started) / 1000;
  const line = `${Math.round(seconds)} s, ${executions} inputs, ${Math.round(executions / seconds)} a second`;
  if (process.stderr.isTTY) process.stderr.write(`\r${line}   `);
}

function summarise({ targets }: FuzzReport, started: number): void {
  const width = Math.max(...targets.map(({ name }) => name.length));
  for (const { name, executions, signatures } of targets) {
    process.stdout.write(
      `${name.padEnd(width)}  ${String(executions).padStart(10)} inputs, ${signatures} kinds\n`,
    );
  }
  const executions = targets.reduce((sum, target) => sum + target.executions, 0);
  const seconds = (performance.now() - started) / 1000;
  const rate = Math.round(executions / seconds);
  process.stdout.write(`${executions} inputs in ${Math.round(seconds)} s, ${rate} a second\n`);
}

function tryOne(name: string | undefined, hex: string): number {
  const target = fuzzTargets().find((one) => one.name === name);
  if (!target || !/^([0-9a-f]{2})*$/i.test(hex))
    return refuse('--input is hexadecimal, and wants --target NAME');
  const fault = faultOf(target, new Uint8Array(Buffer.from(hex, 'hex')), (signature) =>
    process.stdout.write(`${signature}\n`),
  );
  if (fault) process.stdout.write(`${fault.what}\n`);
  return fault ? 1 : 0;
}

function say(seed: number, target: string, what: string, input: Uint8Array): void {
  const hex = toHex(input);
  process.stdout.write(
    `\n${target} (seed ${seed}): ${what}\n\n${input.length} bytes: ${hex}\n\n` +
      `To try it again: npm run fuzz -- --target ${target} --input ${hex}\n` +
      `To make it a test: echo ${hex} > scripts/fuzz/found/${target}.SHORT-NAME.hex\n`,
  );
}

function refuse(why: string): number {
  process.stderr.write(`fuzz: ${why}\n`);
  return 2;
}
