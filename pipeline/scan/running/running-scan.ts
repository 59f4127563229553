/** A scan while it runs: tasks from the source to the scheduler, endpoints to whoever asks them, results to be written. */
import {
  addChecks,
  type InferenceTotals,
  noInference,
  showsMoreError,
} from '../../formats/inference-error.ts';
import type { ScanOptions, ScanWorld } from '../options.ts';
import { onStop } from '../rate.ts';
import { countResult, noCounts } from '../raw-writer.ts';
import type { Endpoint } from '../targets/endpoints.ts';
import type { Exclusion } from '../targets/exclusion.ts';
import { permutation } from '../targets/permutation.ts';
import type { TargetSpace } from '../targets/target-space.ts';
import type { HostTask } from './host-task.ts';
import type { Ledger } from './ledger.ts';
import { LocalProber } from './local-prober.ts';
import type { PackedResult } from './packed-result.ts';
import type { ResumeState } from './resume-state.ts';
import type { ScanFolder } from './scan-folder.ts';
import { askedBeside, type ScanHeader } from './scan-header.ts';
import { Scheduler } from './scheduler.ts';
import { TaskSource } from './task-source.ts';
import { WorkerPool } from './worker-pool.ts';

export interface ScanPlan {
  options: ScanOptions & { exclusion: Exclusion };
  world: ScanWorld;
  space: TargetSpace;
  header: ScanHeader;
  ledger: Ledger;
}

/** Whoever asks endpoints: this process, or several. */
interface Prober {
  /** A result that is made when it is called for: as a line it takes more memory than before. */
  probe(endpoint: Endpoint, task: HostTask): Promise<(() => PackedResult) | null>;
  /** Endpoints that are begun from now on are asked as `adaptive` asks. */
  stopInferring(): void;
  end(): Promise<void>;
}

export class RunningScan {
  readonly #plan: ScanPlan;
  readonly #halt = new AbortController();
  readonly #counts = noCounts();
  readonly #scheduler: Scheduler;
  #throttled: number;
  readonly #inference: InferenceTotals;
  /** Checks have shown too much error: nothing more is inferred. */
  inferenceStopped: boolean;
  #failure: { error: unknown } | undefined;
  #write: (result: PackedResult) => Promise<void> = async () => {};
  /** The last result that was given to the writer, and all before it. */
  #writing: Promise<void> = Promise.resolve();
  #prober: Prober | undefined;

  constructor(plan: ScanPlan, before: ScanFolder['before']) {
    this.#plan = plan;
    this.#throttled = before?.state?.throttled ?? 0;
    this.#inference = structuredClone(before?.file.inference) ?? noInference();
    this.inferenceStopped = before?.file.inference?.stopped ?? false;
    Object.assign(this.#counts, structuredClone(before?.file.counts));
    const { concurrency, address_connections } = plan.options;
    this.#scheduler = new Scheduler(
      { concurrency, at_an_address: address_connections },
      (endpoint, task) => this.#probe(endpoint, task).catch((error) => this.#fail(error)),
      this.#halt.signal,
    );
  }

  /** Where to go on, once all results that were given out are written. */
  state(): ResumeState {
    const { header, ledger, options } = this.#plan;
    const asked = askedBeside(options);
    return { scan_id: header.scan_id, asked, throttled: this.#throttled, ...ledger.state() };
  }

  /**
   * Asks all that is left, and hands each result to `write` as it comes. True where all is done, false where the scan was
   * stopped; rejects where it can't go on.
   */
  async run(write: (result: PackedResult) => Promise<void>): Promise<boolean> {
    const { signal } = this.#plan.options;
    if (signal?.aborted) return false;
    const forget = signal && onStop(signal, () => this.#halt.abort());
    this.#write = write;
    this.#prober = this.#makeProber();
    if (this.inferenceStopped) this.#prober.stopInferring();
    this.#progress();
    try {
      await this.#takeAll();
      await this.#scheduler.idle();
    } finally {
      await this.#prober.end();
      forget?.();
    }
    if (this.#failure) throw this.#failure.error;
    return !this.#halt.signal.aborted;
  }

  async #takeAll(): Promise<void> {
    const { space, header, options, world, ledger } = this.#plan;
    const source = new TaskSource(
      {
        space,
        order: permutation(space.slots, header.seed),
        shard: header.shard,
        rules: { allow_reserved: options.allow_reserved, exclusion: options.exclusion },
        max_handshakes: options.max_handshakes,
        resolve: (host) => world.resolve(host),
      },
      ledger,
    );
    try {
      for await (const task of source.tasks(this.#halt.signal)) {
        await this.#scheduler.room();
        if (this.#halt.signal.aborted) return;
        this.#scheduler.put(task);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #makeProber(): Prober {
    const { options, world, header } = this.#plan;
    const { signal } = this.#halt;
    const rest = (milliseconds: number) => this.#scheduler.rest(milliseconds);
    if (options.workers > 1) {
      const { targets: _targets, exclusion: _exclusion, signal: _signal, ...told } = options;
      const pool = new WorkerPool({ options: told, scan_id: header.scan_id, signal, rest });
      const probe = async (endpoint: Endpoint, task: HostTask) => {
        const result = await pool.probe(endpoint, task);
        return result && (() => result);
      };
      return { probe, stopInferring: () => pool.stopInferring(), end: () => pool.end() };
    }
    const local = new LocalProber(options, world, header.scan_id, signal, rest);
    return {
      probe: (endpoint, task) => local.probe(endpoint, task.budget),
      stopInferring: () => local.stopInferring(),
      end: async () => {},
    };
  }

  async #probe(endpoint: Endpoint, task: HostTask): Promise<void> {
    const pack = await this.#prober!.probe(endpoint, task);
    if (!pack) return;
    // One after the other: many may be done at the same time, faster than the writer takes them.
    const written = this.#writing.then(() => this.#keep(pack(), task));
    this.#writing = written.catch(() => {});
    await written;
  }

  /** Booked and given to the writer in one go: a part that is closed in between would not know of it. */
  async #keep(result: PackedResult, task: HostTask): Promise<void> {
    this.#plan.ledger.done(task.slot, result.endpoint_id);
    countResult(this.#counts, result);
    if (result.throttled) this.#throttled++;
    this.#weigh(result);
    const written = this.#write(result);
    this.#progress();
    await written;
  }

  /** Endpoints in flight go on as they are: their inference has its checks. */
  #weigh({ inference_checks }: PackedResult): void {
    const { prediction } = this.#plan.options;
    if (!prediction || this.inferenceStopped) return;
    addChecks(this.#inference, inference_checks);
    if (!showsMoreError(this.#inference, prediction.max_error)) return;
    this.inferenceStopped = true;
    this.#prober!.stopInferring();
  }

  /** The first failure ends all that is in flight. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#halt.abort();
  }

  #progress(): void {
    const { space, header, world } = this.#plan;
    const expected = Math.round(space.expectedEndpoints() / header.shard.of);
    world.progress({ ...this.#counts, throttled: this.#throttled, ...this.#scheduler.state, expected });
  }
}
