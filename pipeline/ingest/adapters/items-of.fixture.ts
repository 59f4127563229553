/** A file's text through an adapter, whole or in chunks, for tests. */
import type { Adapter, ForeignEndpoint, ForeignItem, ForeignScan, Unreadable } from './adapter.ts';

/** `port`: what the operator says. `size`: of the chunks. */
export function itemsOf(
  adapter: Adapter,
  text: string | Uint8Array,
  { port = null, size = 65_536 }: { port?: number | null; size?: number } = {},
): ForeignItem[] {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const reader = adapter.open({ file: 'file', port });
  const items: ForeignItem[] = [];
  for (let at = 0; at < bytes.length; at += size) items.push(...reader.push(bytes.subarray(at, at + size)));
  return [...items, ...reader.end()];
}

export function endpointsOf(items: readonly ForeignItem[]): ForeignEndpoint[] {
  return items.flatMap((item) => (item.kind === 'endpoint' ? [item.record] : []));
}

export function unreadableOf(items: readonly ForeignItem[]): Unreadable[] {
  return items.filter((item) => item.kind === 'unreadable');
}

/** The last one, which counts. */
export function scanOf(items: readonly ForeignItem[]): ForeignScan | undefined {
  return items.flatMap((item) => (item.kind === 'scan' ? [item.scan] : [])).at(-1);
}

/** Accepted suites of a version, ascending. */
export function acceptedAt({ handshakes }: ForeignEndpoint, version: number): (number | null)[] {
  const accepted = handshakes.filter((one) => one.version === version && one.outcome === 'accepted');
  return accepted.map(({ cipher_suite }) => cipher_suite).sort((left, right) => Number(left) - Number(right));
}
