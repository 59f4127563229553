/**
 * The shard's targets in their random order → tasks, one for each address. Names are resolved a bounded way ahead, and a
 * slow one keeps nobody waiting. A scan that is resumed takes first what the ledger says is open.
 */
import { setImmediate } from 'node:timers/promises';
import { onStop } from '../rate.ts';
import { type Endpoint, type EndpointRules, endpointsOfSlot } from '../targets/endpoints.ts';
import type { Permutation } from '../targets/permutation.ts';
import { type Shard, shardPosition, shardSize } from '../targets/shard.ts';
import type { Slot, TargetSpace } from '../targets/target-space.ts';
import type { HostTask } from './host-task.ts';
import type { Ledger } from './ledger.ts';

export interface TaskPlan {
  space: TargetSpace;
  order: Permutation;
  shard: Shard;
  rules: EndpointRules;
  /** Handshakes with one host. */
  max_handshakes: number;
  /** All addresses of a host name. */
  resolve(host: string): Promise<string[]>;
}

export class TaskSource {
  readonly #plan: TaskPlan;
  readonly #ledger: Ledger;
  readonly #ready: HostTask[] = [];
  #resolving = 0;
  #wake: () => void = () => {};

  constructor(plan: TaskPlan, ledger: Ledger) {
    this.#plan = plan;
    this.#ledger = ledger;
  }

  /** Ends early once `signal` is given, whatever names are not resolved by then. */
  async *tasks(signal: AbortSignal): AsyncGenerator<HostTask> {
    onStop(signal, () => this.#wake());
    const slots = this.#slots();
    let skipped = 0;
    while (!signal.aborted) {
      while (this.#ready.length + this.#resolving < AHEAD) {
        const { value: slot, done } = slots.next();
        if (done) break;
        if (slot) this.#begin(slot);
        else if (++skipped % SKIPPED_AT_ONCE === 0) await setImmediate();
      }
      const task = this.#ready.shift();
      if (task) yield task;
      else if (this.#resolving === 0) return;
      else await this.#arrival();
    }
  }

  /** Null for each that is excluded or reserved. */
  *#slots(): Generator<Slot | null, undefined> {
    const { space, order, shard } = this.#plan;
    for (const index of this.#ledger.open) {
      const slot = space.slotAt(index);
      if (!slot) this.#ledger.drop(index);
      yield slot;
    }
    const places = shardSize(space.slots, shard);
    while (this.#ledger.nextPlace < places) {
      const slot = space.slotAt(order.at(shardPosition(this.#ledger.nextPlace++, shard)));
      if (slot) this.#ledger.take(slot.index);
      yield slot;
    }
  }

  #begin(slot: Slot): void {
    const known = this.#ledger.addressesOf(slot.index);
    const { rules, resolve } = this.#plan;
    this.#resolving++;
    void endpointsOfSlot(slot, known ? async () => known : resolve, rules).then((endpoints) => {
      this.#resolving--;
      this.#ready.push(...this.#tasksOf(slot, this.#ledger.begin(slot, endpoints)));
      this.#wake();
    });
  }

  #tasksOf(slot: Slot, endpoints: readonly Endpoint[]): HostTask[] {
    const byAddress = new Map<string | null, Endpoint[]>();
    for (const endpoint of endpoints) {
      const same = byAddress.get(endpoint.ip);
      if (same) same.push(endpoint);
      else byAddress.set(endpoint.ip, [endpoint]);
    }
    const budget = () => ({ handshakes: this.#plan.max_handshakes });
    return [...byAddress].map(([ip, same]) => ({
      slot: slot.index,
      ip,
      endpoints: same,
      budget: budget(),
    }));
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Targets taken ahead of their turn, so that a name's addresses are there when it comes. */
const AHEAD = 256;
/** Excluded targets in a row, after which others get a turn. */
const SKIPPED_AT_ONCE = 4096;
