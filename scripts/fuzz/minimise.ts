/** A smaller input that still fails: pieces are taken out, from large to small, then bytes become zero. */
import { concatBytes } from './concat-bytes.ts';

const MOST_MS = 10_000;

/** `fails` holds for `input`, and for what is returned. Gives up after ten seconds with what it has by then. */
export function minimise(input: Uint8Array, fails: (bytes: Uint8Array) => boolean): Uint8Array {
  const until = performance.now() + MOST_MS;
  let best: Uint8Array = input.slice();
  for (let size = best.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length && performance.now() < until; ) {
      const shorter = concatBytes(best.subarray(0, at), best.subarray(at + size));
      if (fails(shorter)) best = shorter;
      else at += size;
    }
  }
  for (let at = 0; at < best.length && performance.now() < until; at++) {
    const plainer = best.slice();
    plainer[at] = 0;
    if (best[at] !== 0 && fails(plainer)) best = plainer;
  }
  return best;
}
