/**
 * A set of IPv4 and IPv6 addresses given by blocks: sorted, merged intervals, searched by halving. Built once, from a
 * million blocks where need be. An IPv6 address that leads to an IPv4 address of the set (mapped, translated, 6to4) is
 * in it too.
 */
import { embeddedIPv4, type IpAddress, type IpBlock } from '../../base/ip-address.ts';
import { identityOrder, sortedBy } from './radix-sort.ts';

/** Blocks that are to become a set, some 16 bytes an IPv4 block. */
export class AddressBlocks {
  readonly ipv4 = { firsts: [] as number[], lasts: [] as number[] };
  readonly ipv6 = { firsts: [] as bigint[], lasts: [] as bigint[] };

  /** `blocks` need not be CIDR. */
  static of(...blocks: readonly Iterable<IpBlock>[]): AddressBlocks {
    const all = new AddressBlocks();
    for (const some of blocks) for (const block of some) all.add(block);
    return all;
  }

  add({ family, first, last }: IpBlock): void {
    if (family === 4) this.addIPv4(Number(first), Number(last));
    else {
      this.ipv6.firsts.push(first);
      this.ipv6.lasts.push(last);
    }
  }

  addIPv4(first: number, last: number): void {
    this.ipv4.firsts.push(first);
    this.ipv4.lasts.push(last);
  }
}

export class AddressSet {
  readonly #ipv4: Intervals<number>;
  readonly #ipv6: Intervals<bigint>;

  constructor({ ipv4, ipv6 }: AddressBlocks = new AddressBlocks()) {
    this.#ipv4 = new Intervals(ipv4, orderOfNumbers(ipv4.firsts), (first, last) => last - first + 1);
    this.#ipv6 = new Intervals(ipv6, orderOfBigInts(ipv6.firsts), (first, last) => Number(last - first) + 1);
  }

  get isEmpty(): boolean {
    return this.blocks().next().done === true;
  }

  has({ family, value }: IpAddress): boolean {
    return family === 4 ? this.hasIPv4(Number(value)) : this.#hasIPv6(value);
  }

  hasIPv4(value: number): boolean {
    return this.#ipv4.has(value);
  }

  /** How many addresses from `first` to `last` are in the set. One by one where IPv6 stands for IPv4: a /112 at most. */
  countWithin({ family, first, last }: IpBlock): number {
    if (family === 4) return this.countIPv4Within(Number(first), Number(last));
    let count = this.#ipv6.countWithin(first, last);
    if (embeddedIPv4(first) === undefined || count === Number(last - first) + 1) return count;
    count = 0;
    for (let value = first; value <= last; value++) count += Number(this.#hasIPv6(value));
    return count;
  }

  countIPv4Within(first: number, last: number): number {
    return this.#ipv4.countWithin(first, last);
  }

  /** All of both, as blocks that need not be CIDR. */
  *blocks(): Generator<IpBlock> {
    for (const [first, last] of this.#ipv4.all())
      yield { family: 4, first: BigInt(first), last: BigInt(last) };
    for (const [first, last] of this.#ipv6.all()) yield { family: 6, first, last };
  }

  #hasIPv6(value: bigint): boolean {
    const embedded = embeddedIPv4(value);
    return this.#ipv6.has(value) || (embedded !== undefined && this.#ipv4.has(embedded));
  }
}

type Interval<T> = readonly [first: T, last: T];

class Intervals<T extends number | bigint> {
  readonly #firsts: T[] = [];
  readonly #lasts: T[] = [];
  readonly #size: (first: T, last: T) => number;

  /** `order`: the places of `firsts`, the lowest first. */
  constructor(
    { firsts, lasts }: { firsts: readonly T[]; lasts: readonly T[] },
    order: Uint32Array,
    size: (first: T, last: T) => number,
  ) {
    this.#size = size;
    for (const index of order) this.#add(firsts[index]!, lasts[index]!);
  }

  #add(first: T, last: T): void {
    const before = this.#lasts.length - 1;
    if (before < 0 || this.#lasts[before]! < first) {
      this.#firsts.push(first);
      this.#lasts.push(last);
    } else if (this.#lasts[before]! < last) this.#lasts[before] = last;
  }

  has(value: T): boolean {
    const index = this.#firstNotBefore(value);
    return index < this.#firsts.length && this.#firsts[index]! <= value;
  }

  countWithin(first: T, last: T): number {
    let count = 0;
    for (let index = this.#firstNotBefore(first); index < this.#firsts.length; index++) {
      const from: T = this.#firsts[index]!;
      const to: T = this.#lasts[index]!;
      if (from > last) break;
      count += this.#size(from < first ? first : from, to > last ? last : to);
    }
    return count;
  }

  *all(): Generator<Interval<T>> {
    for (let index = 0; index < this.#firsts.length; index++)
      yield [this.#firsts[index]!, this.#lasts[index]!];
  }

  /** The first interval that doesn't end before `value`. */
  #firstNotBefore(value: T): number {
    let [low, high] = [0, this.#lasts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#lasts[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function orderOfNumbers(firsts: readonly number[]): Uint32Array {
  return sortedBy(identityOrder(firsts.length), (index) => firsts[index]!);
}

function orderOfBigInts(firsts: readonly bigint[]): Uint32Array {
  return identityOrder(firsts.length).sort((left, right) => (firsts[left]! < firsts[right]! ? -1 : 1));
}
