/**
 * Whose turn it is at an address: so many connections at a time, and a pause between the end of one and the begin of
 * the next, over all ports, names and endpoints that share it. Who waits is served in the order of coming. An address
 * that nobody uses or waits for is forgotten once its pause is over.
 */
import type { Clock } from '../base/clock.ts';
import { pause } from './rate.ts';
import type { Gate } from './scan-context.ts';

interface Address {
  open: number;
  /** When the next connection may begin. */
  free_at: number;
  waiting: (() => void)[];
}

export class AddressGate implements Gate {
  readonly #atATime: number;
  readonly #pauseMs: number;
  readonly #clock: Clock;
  readonly #addresses = new Map<string, Address>();
  /** Past addresses are looked for whenever there are twice as many as after the last look. */
  #sweepAt = SWEEP_FROM;

  constructor(atATime: number, pauseMs: number, clock: Clock) {
    this.#atATime = atATime;
    this.#pauseMs = pauseMs;
    this.#clock = clock;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#addresses.size;
  }

  enter(ip: string, signal?: AbortSignal): Promise<void> | undefined {
    const address = this.#address(ip);
    if (address.open >= this.#atATime) return this.#queue(address, signal);
    address.open++;
    return this.#pause(address, signal);
  }

  leave(ip: string): void {
    const address = this.#addresses.get(ip)!;
    address.free_at = Math.max(address.free_at, this.#clock.monotonic() + this.#pauseMs);
    const next = address.waiting.shift();
    // The place is handed on: it stays taken.
    if (next) next();
    else if (--address.open === 0 && this.#pauseMs === 0) this.#addresses.delete(ip);
  }

  async #queue(address: Address, signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((go) => address.waiting.push(go));
    await this.#pause(address, signal);
  }

  #pause(address: Address, signal: AbortSignal | undefined): Promise<void> | undefined {
    const begin = address.free_at;
    if (begin <= this.#clock.monotonic()) return undefined;
    address.free_at += this.#pauseMs;
    return this.#until(begin, signal);
  }

  /** A timer may fire a millisecond early. */
  async #until(time: number, signal: AbortSignal | undefined): Promise<void> {
    for (let wait = time - this.#clock.monotonic(); wait > 0; wait = time - this.#clock.monotonic()) {
      if (signal?.aborted) return;
      await pause(Math.ceil(wait), signal);
    }
  }

  #address(ip: string): Address {
    const known = this.#addresses.get(ip);
    if (known) return known;
    if (this.#addresses.size >= this.#sweepAt) this.#sweep();
    const address = { open: 0, free_at: 0, waiting: [] };
    this.#addresses.set(ip, address);
    return address;
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const [ip, { open, free_at }] of this.#addresses) {
      if (open === 0 && free_at <= now) this.#addresses.delete(ip);
    }
    this.#sweepAt = Math.max(SWEEP_FROM, 2 * this.#addresses.size);
  }
}

const SWEEP_FROM = 1024;
