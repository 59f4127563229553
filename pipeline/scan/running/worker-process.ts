/**
 * The process of one worker: endpoints come by message, results go back by message. It ends when the scan does, also one
 * that was killed: then nobody is at the other end. Ctrl-C is the scan's to deal with, which tells its workers.
 */
import { UsageError } from '../../base/errors.ts';
import { keepHeapSmall } from '../../base/heap.ts';
import { realWorld } from '../options.ts';
import type { HostBudget } from '../scan-context.ts';
import { TargetList } from '../targets/target-list.ts';
import { LocalProber } from './local-prober.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

type Probe = Extract<ToWorker, { kind: 'probe' }>;

class WorkerProcess {
  readonly #stop = new AbortController();
  /** Budgets of tasks with endpoints in flight. */
  readonly #budgets = new Map<number, HostBudget & { users: number }>();
  readonly #resting = new Map<number, () => void>();
  #nextRest = 0;
  #prober: LocalProber | undefined;

  take(message: ToWorker): void {
    if (message.kind === 'begin') {
      const options = { ...message.options, targets: new TargetList() };
      const rest = (milliseconds: number) => this.#rest(milliseconds);
      this.#prober = new LocalProber(options, realWorld(), message.scan_id, this.#stop.signal, rest);
    } else if (message.kind === 'probe') void this.#probe(message).catch(fail);
    else if (message.kind === 'rested') this.#resting.get(message.id)?.();
    else if (message.kind === 'stop inferring') this.#prober?.stopInferring();
    else this.#end();
  }

  async #probe({ id, endpoint, task, handshakes }: Probe): Promise<void> {
    const budget = this.#budgets.get(task) ?? { handshakes, users: 0 };
    this.#budgets.set(task, budget);
    budget.users++;
    const pack = await this.#prober!.probe(endpoint, budget);
    const result = pack?.() ?? null;
    if (--budget.users === 0) this.#budgets.delete(task);
    tell({ kind: 'result', id, result, handshakes: result?.handshakes ?? 0 });
  }

  #rest(milliseconds: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve();
    const id = this.#nextRest++;
    tell({ kind: 'rest', id, milliseconds });
    return new Promise((resolve) => {
      this.#resting.set(id, () => {
        this.#resting.delete(id);
        resolve();
      });
    });
  }

  #end(): void {
    this.#stop.abort();
    for (const goOn of this.#resting.values()) goOn();
  }
}

function tell(message: FromWorker): void {
  process.send?.(message, () => {});
}

function fail(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  tell({ kind: 'failed', usage: error instanceof UsageError, message, stack: stack ?? message });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
keepHeapSmall();
const worker = new WorkerProcess();
process.on('message', (message: ToWorker) => {
  try {
    worker.take(message);
  } catch (error) {
    fail(error);
  }
});
