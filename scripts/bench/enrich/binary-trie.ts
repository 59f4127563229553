/** Longest-prefix match as the textbook has it: one node a bit, two children each. What a faster matcher is held against. */
export class BinaryTrie {
  readonly #children: Int32Array;
  readonly #values: Int32Array;
  #nodes = 1;

  /** IPv4 prefixes with values. */
  constructor(entries: readonly (readonly [first: number, length: number, value: number])[]) {
    const most = 1 + entries.reduce((total, [, length]) => total + length, 0);
    this.#children = new Int32Array(2 * most);
    this.#values = new Int32Array(most).fill(-1);
    for (const [first, length, value] of entries) this.#insert(first, length, value);
  }

  /** The value of the longest prefix that holds the address; -1 for none. */
  valueOf(address: number): number {
    let best = -1;
    let node = 0;
    for (let bit = 31; bit >= -1; bit--) {
      if (this.#values[node]! >= 0) best = this.#values[node]!;
      if (bit < 0) break;
      node = this.#children[2 * node + ((address >>> bit) & 1)]!;
      if (node === 0) break;
    }
    return best;
  }

  #insert(first: number, length: number, value: number): void {
    let node = 0;
    for (let bit = 31; bit > 31 - length; bit--) {
      const place = 2 * node + ((first >>> bit) & 1);
      if (this.#children[place] === 0) this.#children[place] = this.#nodes++;
      node = this.#children[place]!;
    }
    this.#values[node] = value;
  }
}
