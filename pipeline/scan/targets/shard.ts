/** A scan split among machines: shard i of n takes the positions p of the permutation with p mod n = i - 1. */
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';

export interface Shard {
  /** From 1 to `of`. */
  index: number;
  of: number;
}

export const WHOLE: Shard = { index: 1, of: 1 };

/** `2/8` is the second of eight. Throws UsageError for anything else than two numbers with 1 ≤ i ≤ n ≤ 65536. */
export function parseShard(text: string): Shard {
  const match = /^([1-9]\d{0,4})\/([1-9]\d{0,4})$/.exec(text);
  const shard = { index: Number(match?.[1]), of: Number(match?.[2]) };
  if (match && shard.index <= shard.of && shard.of <= 65_536) return shard;
  throw new UsageError(
    `--shard: '${printable(text, 40)}' is no shard; write i/n, such as 2/8 for the second of eight`,
  );
}

/** How many of `size` positions the shard has. */
export function shardSize(size: number, { index, of }: Shard): number {
  return Math.max(0, Math.ceil((size - (index - 1)) / of));
}

/** The `place`-th position of the shard, from 0: below `size` as long as `place` is below `shardSize`. */
export function shardPosition(place: number, { index, of }: Shard): number {
  return index - 1 + place * of;
}
