/** What a reader gives of a whole file, sorted by kind, for tests. */
import type { Adapter, ForeignEndpoint, ForeignItem, ForeignScan, Unreadable } from './adapter.ts';
import { itemsOf, scanOf, unreadableOf } from './items-of.fixture.ts';

export interface SortedItems {
  endpoints: ForeignEndpoint[];
  certificates: Uint8Array[];
  groups: { prime: Uint8Array; generator: Uint8Array }[];
  unreadable: Unreadable[];
  scan: ForeignScan | undefined;
}

/** `size`: of the chunks in which the file comes. */
export function sortedItems(
  adapter: Adapter,
  content: string | Uint8Array,
  port: number | null = null,
  size = 65_536,
): SortedItems {
  const items = itemsOf(adapter, content, { port, size });
  const of = <K extends ForeignItem['kind']>(kind: K) =>
    items.filter((item): item is Extract<ForeignItem, { kind: K }> => item.kind === kind);
  return {
    endpoints: of('endpoint').map(({ record }) => record),
    certificates: of('certificate').map(({ der }) => der),
    groups: of('dh_group').map(({ prime, generator }) => ({ prime, generator })),
    unreadable: unreadableOf(items),
    scan: scanOf(items),
  };
}
