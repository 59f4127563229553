/** Suites that sslyze asked about, accepted or not: those of all servers together. */
export class Offers {
  readonly #suites = new Map<number, Set<number>>();

  add(version: number, suites: readonly number[]): void {
    const known = this.#suites.get(version) ?? new Set<number>();
    for (const suite of suites) known.add(suite);
    this.#suites.set(version, known);
  }

  /** By version, versions and suites ascending; null where none was added. */
  suites(): Record<string, number[]> | null {
    if (this.#suites.size === 0) return null;
    const versions = [...this.#suites].sort(([left], [right]) => left - right);
    return Object.fromEntries(
      versions.map(([version, suites]) => [`${version}`, [...suites].sort((left, right) => left - right)]),
    );
  }
}
