/** Paces connections: at most `rate` begun a second, evenly spaced, with no bursts after a lull. */
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';

export class Pacer {
  readonly #interval: number;
  readonly #clock: Clock;
  #next = 0;

  /** `rate` connections a second; 0 for no limit. */
  constructor(rate: number, clock: Clock) {
    this.#interval = rate > 0 ? 1000 / rate : 0;
    this.#clock = clock;
  }

  /** Milliseconds to wait before the connection that is asked for now. */
  reserve(): number {
    const now = this.#clock.monotonic();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#interval;
    return at - now;
  }

  /** Resolves when the next connection may begin, or when `signal` says that none will. */
  async turn(signal?: AbortSignal): Promise<void> {
    const wait = this.#interval === 0 ? 0 : this.reserve();
    // A timer counts whole milliseconds: what is shorter is made up for by the next ones.
    if (wait >= 1) await pause(wait, signal);
  }
}

/** Waits so long, or until `signal` says that nothing more will happen. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, signal && { signal }).catch(() => {});
}
