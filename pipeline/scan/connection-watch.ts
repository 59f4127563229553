/**
 * Which connections have waited too long: all are looked at now and then, which costs less than timers of their own, of
 * which each connection would make and cancel three. So a wait ends up to TICK_MS late.
 */

export interface Watched {
  /** Of the monotonic clock: when `overdue` is to be called. */
  due: number;
  /** Place among the watched; the watch's own. */
  place: number;
  /** Called when it is due, and at each later look, unless `due` is put off or the watch ends. */
  overdue(now: number): void;
}

export class ConnectionWatch {
  readonly #watched: Watched[] = [];
  #timer: NodeJS.Timeout | undefined;

  add(one: Watched): void {
    one.place = this.#watched.push(one) - 1;
    this.#timer ??= setInterval(() => this.#look(), TICK_MS).unref();
  }

  /** What is not watched may be taken away, too. */
  delete(one: Watched): void {
    if (this.#watched[one.place] !== one) return;
    const last = this.#watched.pop()!;
    if (last === one) return;
    this.#watched[one.place] = last;
    last.place = one.place;
  }

  #look(): void {
    const now = performance.now();
    // From the end: what is taken away meanwhile is filled up from there.
    for (let place = this.#watched.length - 1; place >= 0; place--) {
      const one = this.#watched[place];
      if (one && one.due <= now) one.overdue(now);
    }
    if (this.#watched.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** Ten thousand connections are looked at in 0.1 ms. */
const TICK_MS = 20;
