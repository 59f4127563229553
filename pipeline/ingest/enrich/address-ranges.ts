/**
 * Ranges of addresses, nested or apart, each with a value → a table that tells the value of the narrowest range that
 * holds an address: for prefixes that is the longest match. Both families stand in flat arrays of starts; the top 20
 * bits of an IPv4 address say where in them to look, an IPv6 address is found by bisection.
 */

/** Values are indices, 0 and up, into something of the caller's. */
export interface AddressRange {
  family: 4 | 6;
  first: bigint;
  last: bigint;
  value: number;
  /** Of the file that it came from. */
  line: number;
}

/** Two ranges that share addresses, and neither holds the other. */
export class CrossingRanges extends Error {
  readonly line: number;
  readonly other: number;

  constructor({ line }: AddressRange, other: AddressRange) {
    super(`line ${line} crosses line ${other.line}`);
    this.line = line;
    this.other = other.line;
  }
}

export const NO_VALUE = -1;

/** Of a million prefixes some two start with the same 20 bits, and an index of 4 MiB stays near the core. */
const REST_BITS = 12;
const INDEXED = 2 ** (32 - REST_BITS);

export class AddressTable {
  readonly #ipv4: Uint32Array;
  readonly #ipv4Values: Int32Array;
  /** By the top bits: the last start at or below the first address with them. */
  readonly #ipv4Index = new Uint32Array(INDEXED + 1);
  /** Four words a start, the highest first. */
  readonly #ipv6: Uint32Array;
  readonly #ipv6Values: Int32Array;

  /** Of equal ranges the later one counts. Throws CrossingRanges. */
  constructor(ranges: readonly AddressRange[]) {
    const ipv4 = disjoint(ranges.filter(({ family }) => family === 4));
    this.#ipv4 = Uint32Array.from(ipv4, ({ first }) => Number(first));
    this.#ipv4Values = Int32Array.from(ipv4, ({ value }) => value);
    this.#fillIndex();
    const ipv6 = disjoint(ranges.filter(({ family }) => family === 6));
    this.#ipv6 = new Uint32Array(4 * ipv6.length);
    for (const [place, { first }] of ipv6.entries()) writeWords(this.#ipv6, 4 * place, first);
    this.#ipv6Values = Int32Array.from(ipv6, ({ value }) => value);
  }

  /** The value for an IPv4 address as a number; NO_VALUE where no range holds it. */
  ofIPv4(address: number): number {
    const top = address >>> REST_BITS;
    let low = this.#ipv4Index[top]!;
    let high = this.#ipv4Index[top + 1]!;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#ipv4[middle]! <= address) low = middle;
      else high = middle - 1;
    }
    return this.#ipv4Values[low]!;
  }

  /** The same for an IPv6 address. */
  ofIPv6(address: bigint): number {
    writeWords(wanted, 0, address);
    let low = 0;
    let high = this.#ipv6Values.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (isAtMost(this.#ipv6, 4 * middle, wanted)) low = middle;
      else high = middle - 1;
    }
    return this.#ipv6Values[low]!;
  }

  #fillIndex(): void {
    let from = 0;
    for (let place = 0; place < this.#ipv4.length; place++) {
      const next =
        place + 1 < this.#ipv4.length ? Math.ceil(this.#ipv4[place + 1]! / 2 ** REST_BITS) : INDEXED;
      this.#ipv4Index.fill(place, from, next);
      from = next;
    }
    this.#ipv4Index[INDEXED] = this.#ipv4.length - 1;
  }
}

interface Start {
  first: bigint;
  value: number;
}

/** The whole space of a family as starts of stretches with one value each, from address 0. */
function disjoint(ranges: AddressRange[]): Start[] {
  ranges.sort(widestFirst);
  const starts: Start[] = [{ first: 0n, value: NO_VALUE }];
  const open: AddressRange[] = [];
  const begin = (first: bigint, value: number): void => {
    if (starts.at(-1)!.first === first) starts.pop();
    if (starts.at(-1)?.value !== value) starts.push({ first, value });
  };
  const closeBefore = (address: bigint | undefined): void => {
    for (let top = open.at(-1); top && (address === undefined || top.last < address); top = open.at(-1)) {
      open.pop();
      begin(top.last + 1n, open.at(-1)?.value ?? NO_VALUE);
    }
  };
  for (const range of ranges) {
    closeBefore(range.first);
    const outer = open.at(-1);
    if (outer && range.last > outer.last) throw new CrossingRanges(range, outer);
    begin(range.first, range.value);
    open.push(range);
  }
  closeBefore(undefined);
  const size = 1n << (ranges[0]?.family === 6 ? 128n : 32n);
  return starts.filter(({ first }) => first < size);
}

/** Those that hold others come before them; equal ones in the order of their lines. */
function widestFirst(a: AddressRange, b: AddressRange): number {
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  if (a.last !== b.last) return a.last > b.last ? -1 : 1;
  return a.line - b.line;
}

const wanted = new Uint32Array(4);

function writeWords(words: Uint32Array, at: number, value: bigint): void {
  for (let word = 0; word < 4; word++) {
    words[at + word] = Number((value >> BigInt(96 - 32 * word)) & 0xffff_ffffn);
  }
}

function isAtMost(starts: Uint32Array, at: number, address: Uint32Array): boolean {
  for (let word = 0; word < 4; word++) {
    const [start, other] = [starts[at + word]!, address[word]!];
    if (start !== other) return start < other;
  }
  return true;
}
