/**
 * Asks endpoints from several processes. An address always has the same one, so that its gate is kept in one place; each
 * has its share of the rate. Who is asked when is decided here, and what they find out is written here. A worker that
 * dies ends the scan: what it had in flight is not recorded.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { packageRoot } from '../../base/package-root.ts';
import { onStop } from '../rate.ts';
import type { Endpoint } from '../targets/endpoints.ts';
import type { HostTask } from './host-task.ts';
import type { PackedResult } from './packed-result.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './worker-messages.ts';

export interface PoolPlan {
  /** Of the whole scan. */
  options: WorkerOptions;
  scan_id: string;
  /** Drops all that is in flight. */
  signal: AbortSignal;
  /** How an endpoint waits for a server that throttles. */
  rest(milliseconds: number): Promise<void>;
}

export class WorkerPool {
  readonly #workers: Worker[];
  #nextTask = 0;
  readonly #tasks = new WeakMap<HostTask, number>();

  constructor({ options, scan_id, signal, rest }: PoolPlan) {
    const share = { ...options, rate: options.rate / options.workers, workers: 1 };
    this.#workers = Array.from({ length: options.workers }, (_, index) => {
      const worker = new Worker(`worker ${index + 1} of ${options.workers}`, rest);
      worker.send({ kind: 'begin', options: share, scan_id });
      return worker;
    });
    onStop(signal, () => {
      for (const worker of this.#workers) worker.stop();
    });
  }

  /** The endpoint's result; null where the scan was stopped before it was done. Rejects once its worker has died. */
  async probe(endpoint: Endpoint, task: HostTask): Promise<PackedResult | null> {
    const worker = this.#workers[placeOf(task.ip ?? '') % this.#workers.length]!;
    const { result, handshakes } = await worker.probe(endpoint, this.#numberOf(task), task.budget.handshakes);
    task.budget.handshakes -= handshakes;
    return result;
  }

  stopInferring(): void {
    for (const worker of this.#workers) worker.send({ kind: 'stop inferring' });
  }

  /** Ends the processes. */
  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.end()));
  }

  #numberOf(task: HostTask): number {
    const known = this.#tasks.get(task) ?? this.#nextTask++;
    this.#tasks.set(task, known);
    return known;
  }
}

type Result = Extract<FromWorker, { kind: 'result' }>;

interface Waiting {
  resolve(result: Result): void;
  reject(error: Error): void;
}

class Worker {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #rest: (milliseconds: number) => Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #isStopped = false;
  #failure: Error | undefined;

  constructor(name: string, rest: (milliseconds: number) => Promise<void>) {
    this.#name = name;
    this.#rest = rest;
    // In a process group of its own: Ctrl-C is for this process, which tells its workers.
    const env = { ...process.env, ...AS_WORKER };
    this.#process = fork(PROGRAM, [], { serialization: 'advanced', detached: true, env });
    this.#process.on('message', (message: FromWorker) => this.#take(message));
    this.#process.on('error', (error) => this.#fail(error));
    this.#process.on('exit', (code, signal) => this.#gone(signal ?? `exit code ${code}`));
  }

  probe(endpoint: Endpoint, task: number, handshakes: number): Promise<Result> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.send({ kind: 'probe', id, endpoint, task, handshakes });
    });
  }

  send(message: ToWorker): void {
    // That it can't be sent is told by the worker's exit.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  /** Drops what is in flight. */
  stop(): void {
    this.#isStopped = true;
    this.send({ kind: 'stop' });
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    // It ends when nobody talks to it any more; one that hangs is ended.
    if (this.#process.connected) this.#process.disconnect();
    const impatience = setTimeout(() => this.#process.kill('SIGKILL'), PATIENCE_MS);
    await exit;
    clearTimeout(impatience);
  }

  #take(message: FromWorker): void {
    if (message.kind === 'rest') {
      void this.#rest(message.milliseconds).then(() => this.send({ kind: 'rested', id: message.id }));
    } else if (message.kind === 'result') {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      waiting?.resolve(message);
    } else this.#fail(asError(message));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }

  /** A supervisor may end workers together with the scan: then they drop what they had like any other. */
  #gone(how: string): void {
    if (this.#isStopped) {
      for (const [id, { resolve }] of this.#waiting)
        resolve({ kind: 'result', id, result: null, handshakes: 0 });
      this.#waiting.clear();
    }
    const kept = 'what was done before is kept: the same command with --resume goes on';
    this.#fail(new UsageError(`${this.#name} ended (${how}); ${kept}`));
  }
}

function asError({ usage, message, stack }: Extract<FromWorker, { kind: 'failed' }>): Error {
  if (usage) return new UsageError(message);
  const error = new Error(message);
  error.stack = stack;
  return error;
}

/** FNV-1a: the same address has the same place in every process. */
function placeOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** It starts the program from source or from the build, whichever there is. */
const PROGRAM = join(packageRoot, 'pipeline/cli/census.mjs');
const AS_WORKER = { CENSUS_PROCESS: 'scan-worker' };
/** After it was told to end. */
const PATIENCE_MS = 5000;
