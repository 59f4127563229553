/**
 * The targets of a scan as slots with numbers: one slot is one address with all its ports, or one host name, which
 * becomes its addresses when it is reached (endpoints.ts). Addresses come first, then names, each in the order of the
 * input; what is given twice has one slot, at its first place. A block of any size is an entry or few, not a list.
 * Endpoint numbers follow from the slot alone: they don't depend on the order of scanning, on DNS, shard or exclusion.
 */
import { UsageError } from '../../base/errors.ts';
import { formatAddress, type IpAddress } from '../../base/ip-address.ts';
import { isIPv4, UNRESOLVED } from './address-line.ts';
import { AddressBlocks, AddressSet } from './address-set.ts';
import { digestLines } from './digest-lines.ts';
import { Exclusion } from './exclusion.ts';
import { hostKey } from './host-name.ts';
import { mergeTargets, type TargetRuns } from './merge-targets.ts';
import type { TargetPort } from './port-lists.ts';
import { identityOrder, sortedBy } from './radix-sort.ts';
import { reservedAddresses } from './reserved-addresses.ts';
import type { TargetList } from './target-list.ts';

export interface Slot {
  /** From 0, below `slots`. */
  index: number;
  /** Address, block or name as the operator wrote it. */
  target: string;
  /** Sent as server_name. */
  host: string | null;
  /** Null for a name that is to be resolved. */
  ip: string | null;
  /** At least one. */
  ports: readonly TargetPort[];
  /** Endpoint number of the first port (of the first address, where it is a name). */
  first_endpoint_id: number;
}

export interface SpaceRules {
  /** Nominal ports, for targets that name none. */
  ports: readonly number[];
  allow_reserved: boolean;
  exclusion?: Exclusion;
}

/** More addresses than this behind one name are left out: no mail service has as many. */
export const ADDRESSES_OF_A_NAME = 64;

export class TargetSpace {
  /** Those that are excluded or reserved included. */
  readonly slots: number;
  /** Slots that give nothing, because their address or name is excluded. */
  readonly excludedCount: number;
  /** Slots that give nothing, because their address is reserved; excluded ones are not counted again. */
  readonly reservedCount: number;
  readonly #list: TargetList;
  readonly #runs: TargetRuns;
  /** Places of runs in the order of slots. */
  readonly #order: Uint32Array;
  /** First slot of each run in that order; undefined where each run is one slot. */
  readonly #starts: Float64Array | undefined;
  readonly #names: number;
  readonly #ports: (readonly TargetPort[])[];
  readonly #mostPorts: number;
  readonly #exclusion: Exclusion;
  readonly #barred: AddressSet;
  readonly #endpoints: number;

  constructor(list: TargetList, { ports, allow_reserved, exclusion = new Exclusion() }: SpaceRules) {
    this.#list = list;
    this.#runs = mergeTargets(list);
    this.#order = slotOrder(this.#runs);
    this.#starts = slotStarts(this.#runs, this.#order);
    this.slots = this.#starts ? this.#starts.at(-1)! : this.#order.length;
    this.#names = countNames(this.#runs);
    this.#ports = list.portLists.expand(ports);
    this.#mostPorts = Math.max(...this.#ports.map((each) => each.length));
    this.#exclusion = exclusion;
    this.#barred = allow_reserved ? exclusion.addresses : bothSets(reservedAddresses(), exclusion.addresses);
    const counts = this.#count();
    this.excludedCount = counts.excluded;
    this.reservedCount = counts.barred - counts.excluded;
    this.#endpoints = counts.endpoints;
    if (!Number.isSafeInteger(this.#firstEndpointId(this.slots)))
      throw new UsageError('so many targets with so many ports cannot be numbered; scan them in parts');
  }

  /** The slot with that index; null where it is excluded or reserved. Throws RangeError outside 0 … `slots` - 1. */
  slotAt(index: number): Slot | null {
    if (!Number.isInteger(index) || index < 0 || index >= this.slots)
      throw new RangeError(`no slot ${index}: there are ${this.slots}`);
    const place = this.#starts ? lastNotAbove(this.#starts, index) : index;
    const run = this.#order[place]!;
    const owner = this.#runs.owners.at(run);
    const host = this.#list.hostAt(owner);
    if (host !== null && this.#exclusion.hasName(host)) return null;
    const address = this.#addressAt(run, this.#starts ? index - this.#starts[place]! : 0);
    if (address && this.#barred.has(address)) return null;
    return {
      index,
      target: this.#list.textAt(owner),
      host,
      ip: address ? formatAddress(address.family, address.value) : null,
      ports: this.#ports[this.#runs.portLists.at(run)]!,
      first_endpoint_id: this.#firstEndpointId(index),
    };
  }

  /** How many endpoints there will be if each name has one address. */
  expectedEndpoints(): number {
    return this.#endpoints;
  }

  /**
   * SHA-256 over slots and endpoint numbers: the same where the same slots have the same numbers. Exclusion and
   * reserved ranges don't count, since they change neither.
   */
  sha256(): string {
    return digestLines(this.#lines());
  }

  *#lines(): Generator<string> {
    for (const ports of this.#ports)
      yield ports.map(({ port, connect_port }) => `${port}:${connect_port}`).join(' ');
    for (const run of this.#order) {
      const first = this.#runs.firsts.at(run);
      const address = isIPv4(first) || first === UNRESOLVED ? first : this.#list.line.addressAt(first).value;
      const host = this.#list.hostAt(this.#runs.owners.at(run)) ?? '';
      yield `${address} ${this.#runs.more.at(run)} ${this.#runs.portLists.at(run)} ${hostKey(host)}`;
    }
  }

  #addressAt(run: number, offset: number): IpAddress | null {
    const first = this.#runs.firsts.at(run);
    return first === UNRESOLVED ? null : this.#list.line.addressAt(first + offset);
  }

  /** An address leaves room for the ports of the target that has the most, a name for those of all its addresses. */
  #firstEndpointId(index: number): number {
    const addresses = this.slots - this.#names;
    const names = Math.max(0, index - addresses);
    return (index - names + names * ADDRESSES_OF_A_NAME) * this.#mostPorts;
  }

  #count(): { excluded: number; barred: number; endpoints: number } {
    const counts = { excluded: 0, barred: 0, endpoints: 0 };
    for (let run = 0; run < this.#runs.length; run++) {
      const size = this.#runs.more.at(run) + 1;
      const [excluded, barred] = this.#barredIn(run, size);
      counts.excluded += excluded;
      counts.barred += barred;
      counts.endpoints += (size - barred) * this.#ports[this.#runs.portLists.at(run)]!.length;
    }
    return counts;
  }

  /** How many slots of a run are excluded, and how many excluded or reserved. */
  #barredIn(run: number, size: number): [excluded: number, barred: number] {
    const host = this.#list.hostAt(this.#runs.owners.at(run));
    if (host !== null && this.#exclusion.hasName(host)) return [size, size];
    const barred = this.#addressesIn(this.#barred, run, size);
    return [barred === 0 ? 0 : this.#addressesIn(this.#exclusion.addresses, run, size), barred];
  }

  /** How many addresses of a run are in `set`. */
  #addressesIn(set: AddressSet, run: number, size: number): number {
    const first = this.#runs.firsts.at(run);
    if (first === UNRESOLVED) return 0;
    if (isIPv4(first)) return set.countIPv4Within(first, first + size - 1);
    const { family, value } = this.#list.line.addressAt(first);
    return set.countWithin({ family, first: value, last: value + BigInt(size - 1) });
  }
}

/** Addresses before names, each in the order of the entries that own them. */
function slotOrder(runs: TargetRuns): Uint32Array {
  const byOwner = sortedBy(identityOrder(runs.length), (run) => runs.owners.at(run));
  return sortedBy(byOwner, (run) => Number(runs.firsts.at(run) === UNRESOLVED));
}

function slotStarts(runs: TargetRuns, order: Uint32Array): Float64Array | undefined {
  if (runs.more.isZero) return undefined;
  const starts = new Float64Array(order.length + 1);
  for (let place = 0; place < order.length; place++) {
    starts[place + 1] = starts[place]! + runs.more.at(order[place]!) + 1;
  }
  return starts;
}

function countNames(runs: TargetRuns): number {
  let names = 0;
  for (let run = 0; run < runs.length; run++) names += Number(runs.firsts.at(run) === UNRESOLVED);
  return names;
}

function bothSets(left: AddressSet, right: AddressSet): AddressSet {
  return right.isEmpty ? left : new AddressSet(AddressBlocks.of(left.blocks(), right.blocks()));
}

/** The last place whose start is not above `slot`. */
function lastNotAbove(starts: Float64Array, slot: number): number {
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= slot) low = middle;
    else high = middle;
  }
  return low;
}
