/**
 * What is left of a list of suites once some are taken out. Endpoints with the same server walk the same lists, and ten
 * thousand of them are asked at a time: the lists are shared, as far as they are known. A list is never changed.
 */

export class SuiteLists {
  /** By list, then by the suite taken out. */
  readonly #known = new Map<readonly number[], Map<number, readonly number[]>>();
  readonly #most: number;
  #kept = 0;

  /** `most`: lists that are kept; past them all are forgotten, and those in use live on with their users. */
  constructor(most = MOST_KEPT) {
    this.#most = most;
  }

  /** `suites` without those of `taken`, each of which it holds at most once. */
  without(suites: readonly number[], taken: readonly number[]): readonly number[] {
    let left = suites;
    for (const suite of taken) left = this.#withoutOne(left, suite);
    return left;
  }

  #withoutOne(suites: readonly number[], suite: number): readonly number[] {
    const known = this.#known.get(suites)?.get(suite);
    if (known) return known;
    const place = suites.indexOf(suite);
    return place < 0 ? suites : this.#keep(suites, suite, suites.toSpliced(place, 1));
  }

  #keep(suites: readonly number[], suite: number, left: readonly number[]): readonly number[] {
    if (this.#kept >= this.#most) {
      this.#known.clear();
      this.#kept = 0;
    }
    this.#kept++;
    const bySuite = this.#known.get(suites);
    if (bySuite) bySuite.set(suite, left);
    else this.#known.set(suites, new Map([[suite, left]]));
    return left;
  }
}

/** Some 5 MB, where each has a hundred suites and more; twice that where each was taken out of a list that nobody shares. */
const MOST_KEPT = 4096;
