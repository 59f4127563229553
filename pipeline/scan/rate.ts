/**
 * Paces connections: `rate` begun a second, evenly spaced as far as a timer's milliseconds allow. A lull is not made up
 * for beyond a small bucket; what this machine delayed while connections waited is, little by little.
 */
import type { Clock } from '../base/clock.ts';

export class Pacer {
  readonly #interval: number;
  readonly #clock: Clock;
  /** When the next connection may begin. */
  #next: number;
  /** Milliseconds that this machine was late, and that are to be made up for. */
  #late = 0;
  #queue: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #signal: AbortSignal | undefined;

  /** `rate` connections a second; 0 for no limit. */
  constructor(rate: number, clock: Clock) {
    this.#interval = rate > 0 ? 1000 / rate : 0;
    this.#clock = clock;
    this.#next = clock.monotonic();
  }

  /**
   * Resolves when the next connection may begin, in the order of coming, or when `signal` says that none will; undefined
   * where it may begin now.
   */
  turn(signal?: AbortSignal): Promise<void> | undefined {
    if (this.#interval === 0 || signal?.aborted) return undefined;
    if (this.#queue.length === 0 && this.#takeTurn(false)) return undefined;
    this.#listen(signal);
    return new Promise((begin) => {
      this.#queue.push(begin);
      this.#arm();
    });
  }

  /** Whether a connection may begin now; if so, it is counted. `waited`: it could have begun earlier, but for us. */
  #takeTurn(waited: boolean): boolean {
    const now = this.#clock.monotonic();
    if (this.#next > now) return false;
    const begin = Math.max(this.#next, now - BUCKET_MS);
    if (waited) this.#late = Math.min(this.#late + begin - this.#next, MOST_LATE_MS);
    const sooner = Math.min(this.#late, this.#interval * CATCH_UP);
    this.#late -= sooner;
    this.#next = begin + this.#interval - sooner;
    return true;
  }

  #arm(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.#release();
      },
      Math.ceil(this.#next - this.#clock.monotonic()),
    );
  }

  #release(): void {
    let released = 0;
    while (released < this.#queue.length && this.#takeTurn(true)) released++;
    for (const begin of this.#queue.splice(0, released)) begin();
    if (this.#queue.length > 0) this.#arm();
  }

  #listen(signal: AbortSignal | undefined): void {
    if (!signal || signal === this.#signal) return;
    this.#signal = signal;
    onStop(signal, () => {
      clearTimeout(this.#timer);
      for (const begin of this.#queue.splice(0)) begin();
    });
  }
}

/** Waits so long, or until `signal` says that nothing more will happen. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      forget?.();
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    const forget = signal && onStop(signal, end);
  });
}

/** Calls `stopped` once `signal` is given; the function that it returns takes that back. */
export function onStop(signal: AbortSignal, stopped: () => void): () => void {
  const known = listeners.get(signal);
  const all = known ?? new Set();
  if (!known) {
    listeners.set(signal, all);
    signal.addEventListener('abort', () => callAll(all), { once: true });
  }
  all.add(stopped);
  return () => all.delete(stopped);
}

function callAll(all: Set<() => void>): void {
  for (const stopped of [...all]) stopped();
  all.clear();
}

/** One listener a signal: each one more costs a walk over all of them, and ten thousand endpoints wait at a time. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/** So much is made up for at once: at 200 connections a second ten of them, without a space between them. */
const BUCKET_MS = 50;
/** Lateness is made up for by a tenth of the rate, and up to a second of it: within 2% over any minute. */
const CATCH_UP = 0.1;
const MOST_LATE_MS = 1000;
