/** Sets of the suites of one version as bits in 32-bit words, by their place in its list. Pure. */

export type SuiteSet = Uint32Array;

export function emptySet(size: number): SuiteSet {
  return new Uint32Array(Math.ceil(size / 32));
}

export function fullSet(size: number): SuiteSet {
  const set = emptySet(size);
  for (let place = 0; place < size; place++) add(set, place);
  return set;
}

export function add(set: SuiteSet, place: number): void {
  set[place >>> 5]! |= 1 << (place & 31);
}

export function has(set: SuiteSet, place: number): boolean {
  return ((set[place >>> 5]! >>> (place & 31)) & 1) === 1;
}

export function isEmpty(set: SuiteSet): boolean {
  return set.every((word) => word === 0);
}

export function intersects(left: SuiteSet, right: SuiteSet): boolean {
  for (let word = 0; word < left.length; word++) if ((left[word]! & right[word]!) !== 0) return true;
  return false;
}

export function without(left: SuiteSet, right: SuiteSet): SuiteSet {
  return left.map((bits, word) => bits & ~right[word]!);
}

export function common(left: SuiteSet, right: SuiteSet): SuiteSet {
  return left.map((bits, word) => bits & right[word]!);
}

export function union(left: SuiteSet, right: SuiteSet): SuiteSet {
  return left.map((bits, word) => bits | right[word]!);
}

/** Whether `set` has all of `within` and nothing of `outside`. */
export function agrees(set: SuiteSet, within: SuiteSet, outside: SuiteSet): boolean {
  for (let word = 0; word < set.length; word++) {
    if ((within[word]! & ~set[word]!) !== 0 || (set[word]! & outside[word]!) !== 0) return false;
  }
  return true;
}

/** Places in the set, ascending. */
export function places(set: SuiteSet): number[] {
  const list: number[] = [];
  for (let word = 0; word < set.length; word++) {
    for (let bits = set[word]!; bits !== 0; bits &= bits - 1)
      list.push(word * 32 + 31 - Math.clz32(bits & -bits));
  }
  return list;
}

/** Calls `visit` with each place that is in both, ascending. */
export function eachCommon(left: SuiteSet, right: SuiteSet, visit: (place: number) => void): void {
  for (let word = 0; word < left.length; word++) {
    for (let bits = left[word]! & right[word]!; bits !== 0; bits &= bits - 1)
      visit(word * 32 + 31 - Math.clz32(bits & -bits));
  }
}

/** How many places are in both. */
export function countCommon(left: SuiteSet, right: SuiteSet): number {
  let total = 0;
  for (let word = 0; word < left.length; word++) {
    for (let bits = left[word]! & right[word]!; bits !== 0; bits &= bits - 1) total++;
  }
  return total;
}

/** Distinct for distinct sets of one size. */
export function keyOf(set: SuiteSet): string {
  return set.join('.');
}
