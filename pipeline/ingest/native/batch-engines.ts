/**
 * Batches of a scan → each worked by an engine with one thread, several at a time, begun in their order. What a batch
 * becomes does not depend on the number of cores; what batches pass on to each other goes in their order.
 */
import type { Database } from '../../base/duckdb.ts';

/** Works a batch, its number from 0; `engine` is the one that it was made for. */
export type BatchWorker<Batch, Passed> = (batch: Batch, nth: number, baton: Baton<Passed>) => Promise<void>;

/** What the batch before passed on, once it has; and what this one passes on. A worker has to pass something on. */
export interface Baton<Passed> {
  taken: Promise<Passed>;
  pass(value: Passed): void;
}

/** Works all batches; the failure of the first batch that fails is thrown, once those under way have ended. */
export async function onEngines<Batch, Passed>(
  database: Database,
  batches: readonly Batch[],
  first: Passed,
  open: (engine: Database) => Promise<BatchWorker<Batch, Passed>>,
): Promise<void> {
  const engines = await database.singles(batches.length, BATCH_MIB);
  const race = new Race(first);
  let next = 0;
  const work = async (engine: Database): Promise<void> => {
    let nth = next;
    try {
      const worker = await open(engine);
      for (nth = next++; nth < batches.length && !race.isLost; nth = next++) {
        await worker(batches[nth]!, nth, race.baton(nth));
      }
    } catch (error) {
      race.lose(nth, error);
    }
  };
  try {
    await Promise.all(engines.map(work));
  } finally {
    for (const engine of engines) engine.close();
  }
  race.end();
}

/** The batons of all batches; where one fails, those that wait for it fail with it. */
class Race<Passed> {
  readonly #passed: Handover<Passed>[] = [];
  #lost: { nth: number; error: unknown } | undefined;

  constructor(first: Passed) {
    this.#handover(0).give(first);
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  baton(nth: number): Baton<Passed> {
    return { taken: this.#handover(nth).value, pass: (value) => this.#handover(nth + 1).give(value) };
  }

  lose(nth: number, error: unknown): void {
    // A batch that waited for the one that failed says nothing of its own.
    if (this.#lost?.error === error) return;
    if (!this.#lost || nth < this.#lost.nth) this.#lost = { nth, error };
    for (const handover of this.#passed) handover.fail(error);
  }

  /** Throws what the first failing batch failed with. */
  end(): void {
    if (this.#lost) throw this.#lost.error;
  }

  #handover(nth: number): Handover<Passed> {
    while (this.#passed.length <= nth) this.#passed.push(new Handover());
    return this.#passed[nth]!;
  }
}

class Handover<Value> {
  give!: (value: Value) => void;
  fail!: (error: unknown) => void;
  readonly value = new Promise<Value>((resolve, reject) => {
    this.give = resolve;
    this.fail = reject;
  });

  constructor() {
    // Where nobody waits for it, the failure is told by who failed.
    this.value.catch(() => {});
  }
}

/** What a batch takes at most: see batches.ts. */
const BATCH_MIB = 900;
