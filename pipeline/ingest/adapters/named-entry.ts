/** The entry of a table under a name that a file says; undefined where there is none (`constructor` is none). */
export function namedEntry<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
