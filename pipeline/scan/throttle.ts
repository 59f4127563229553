/**
 * How long to wait for a server that is tired of us: each wait in a row twice the last, up to a bound; after a wait that
 * helped, the next one begins where that one was. All of an endpoint's waits together stay inside a budget.
 */
export interface ThrottleOptions {
  first_wait_ms: number;
  longest_wait_ms: number;
  /** All waits for one endpoint together; what is still open after them stays not_tested. */
  budget_ms: number;
}

export class Throttle {
  readonly #options: ThrottleOptions;
  #wait: number;
  #failedInARow = 0;
  #left: number;

  constructor(options: ThrottleOptions) {
    this.#options = options;
    this.#wait = options.first_wait_ms;
    this.#left = options.budget_ms;
  }

  /** Milliseconds of the next wait; null where it would be over the budget. */
  next(): number | null {
    if (this.#failedInARow > 0) this.#wait = Math.min(2 * this.#wait, this.#options.longest_wait_ms);
    this.#failedInARow++;
    if (this.#wait > this.#left) return null;
    this.#left -= this.#wait;
    return this.#wait;
  }

  succeeded(): void {
    this.#failedInARow = 0;
  }
}
