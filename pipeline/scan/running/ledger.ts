/**
 * Which targets were begun and not ended: with the next place in the order of targets that is all a scan needs to know
 * to go on, however many endpoints are done. A name keeps its addresses once one of them is done, so that what DNS says
 * later neither loses an endpoint nor doubles one.
 */
import type { Endpoint } from '../targets/endpoints.ts';
import type { Slot } from '../targets/target-space.ts';

/** A target of which some endpoints are done. */
export interface BegunSlot {
  slot: number;
  /** Of a name, what it resolved to; null of an address. */
  addresses: string[] | null;
  /** endpoint_id of those that are done. */
  done: number[];
}

export interface LedgerState {
  /** Place in the shard's order of the target to take next. */
  next_place: number;
  /** Slots that were taken and of which nothing is done. */
  untouched: number[];
  begun: BegunSlot[];
}

interface OpenSlot {
  addresses: string[] | null;
  done: number[];
  /** Endpoints that are not done; undefined as long as a name is not resolved. */
  left: number | undefined;
}

export class Ledger {
  nextPlace: number;
  readonly #open = new Map<number, OpenSlot>();

  constructor(state: LedgerState = { next_place: 0, untouched: [], begun: [] }) {
    this.nextPlace = state.next_place;
    for (const slot of state.untouched) this.take(slot);
    for (const { slot, addresses, done } of state.begun) {
      this.#open.set(slot, { addresses, done: [...done], left: undefined });
    }
  }

  /** Slots that are open, in the order of taking. */
  get open(): number[] {
    return [...this.#open.keys()];
  }

  take(slot: number): void {
    this.#open.set(slot, { addresses: null, done: [], left: undefined });
  }

  /** There is nothing to do for it after all. */
  drop(slot: number): void {
    this.#open.delete(slot);
  }

  /** What a name that was begun resolved to; null where that is to be found out. */
  addressesOf(slot: number): string[] | null {
    return this.#open.get(slot)?.addresses ?? null;
  }

  /** Notes what the endpoints of an open slot are, and gives those that are not done. */
  begin(slot: Slot, endpoints: readonly Endpoint[]): Endpoint[] {
    const open = this.#open.get(slot.index)!;
    if (slot.ip === null) open.addresses = distinctAddresses(endpoints);
    const done = new Set(open.done);
    const left = endpoints.filter((endpoint) => !done.has(endpoint.endpoint_id));
    open.left = left.length;
    if (left.length === 0) this.#open.delete(slot.index);
    return left;
  }

  done(slot: number, endpointId: number): void {
    const open = this.#open.get(slot)!;
    open.done.push(endpointId);
    open.left!--;
    if (open.left === 0) this.#open.delete(slot);
  }

  state(): LedgerState {
    const untouched: number[] = [];
    const begun: BegunSlot[] = [];
    for (const [slot, { addresses, done }] of this.#open) {
      if (done.length === 0) untouched.push(slot);
      else begun.push({ slot, addresses, done });
    }
    return { next_place: this.nextPlace, untouched, begun };
  }
}

function distinctAddresses(endpoints: readonly Endpoint[]): string[] {
  return [...new Set(endpoints.flatMap(({ ip }) => ip ?? []))];
}
