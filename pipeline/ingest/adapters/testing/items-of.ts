/** What a reader gives of a whole file, sorted by kind, however the file is cut into chunks. For tests. */
import type { Adapter, ForeignEndpoint, ForeignItem, ForeignScan, Unreadable } from '../adapter.ts';

export interface Items {
  endpoints: ForeignEndpoint[];
  certificates: Uint8Array[];
  groups: { prime: Uint8Array; generator: Uint8Array }[];
  unreadable: Unreadable[];
  scan: ForeignScan | undefined;
}

/** `chunk_bytes`: how the file comes. */
export function itemsOf(
  adapter: Adapter,
  content: string | Uint8Array,
  port: number | null = null,
  chunk_bytes = 65_536,
): Items {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const reader = adapter.open({ file: 'test.json', port });
  const items: ForeignItem[] = [];
  for (let start = 0; start < bytes.length; start += chunk_bytes)
    items.push(...reader.push(bytes.subarray(start, start + chunk_bytes)));
  items.push(...reader.end());
  return sorted(items);
}

function sorted(items: readonly ForeignItem[]): Items {
  const of = <K extends ForeignItem['kind']>(kind: K) =>
    items.filter((item): item is Extract<ForeignItem, { kind: K }> => item.kind === kind);
  return {
    endpoints: of('endpoint').map(({ record }) => record),
    certificates: of('certificate').map(({ der }) => der),
    groups: of('dh_group').map(({ prime, generator }) => ({ prime, generator })),
    unreadable: of('unreadable'),
    scan: of('scan').at(-1)?.scan,
  };
}
