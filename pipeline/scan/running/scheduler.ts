/**
 * Who is asked when: tasks to endpoints in flight, so many at a time in all and so many at an address. What its address
 * keeps waiting has no place in flight, nor has an endpoint that waits for a throttling server: its place is another's.
 * Each of these waiting rooms is bounded: memory is that of so many endpoints, however many targets there are.
 */
import { onStop, pause } from '../rate.ts';
import type { Endpoint } from '../targets/endpoints.ts';
import type { HostTask } from './host-task.ts';

export interface SchedulerLimits {
  /** Endpoints in flight. */
  concurrency: number;
  /** Endpoints in flight at one address. */
  at_an_address: number;
}

/** One address: what waits for it. */
interface Host {
  key: string;
  running: number;
  tasks: HostTask[];
  /** Of the first task, the endpoint to begin next. */
  next: number;
}

export class Scheduler {
  readonly #limits: SchedulerLimits;
  readonly #restingLimit: number;
  readonly #run: (endpoint: Endpoint, task: HostTask) => Promise<void>;
  readonly #signal: AbortSignal;
  readonly #hosts = new Map<string, Host>();
  /** Addresses with an endpoint that may begin, in the order of coming. */
  readonly #ready = new Set<Host>();
  /** Endpoints that have rested, and go on when a place is free. */
  readonly #rested: (() => void)[] = [];
  /** Called when any of it changes. */
  #watchers: (() => void)[] = [];
  #waitingTasks = 0;
  #inFlight = 0;
  #resting = 0;

  /** `run` asks one endpoint and never rejects. When `signal` is given, nothing more begins. */
  constructor(
    limits: SchedulerLimits,
    run: (endpoint: Endpoint, task: HostTask) => Promise<void>,
    signal: AbortSignal,
  ) {
    this.#limits = limits;
    this.#restingLimit = Math.min(RESTING_PER_PLACE * limits.concurrency, MOST_RESTING);
    this.#run = run;
    this.#signal = signal;
    onStop(signal, () => this.#changed());
  }

  get state(): { in_flight: number; resting: number } {
    return { in_flight: this.#inFlight, resting: this.#resting };
  }

  /** Resolves when a further task can be taken in. */
  async room(): Promise<void> {
    while (!this.#signal.aborted && !this.#hasRoom()) await this.#change();
  }

  put(task: HostTask): void {
    const key = task.ip ?? `#${task.endpoints[0]!.endpoint_id}`;
    const host = this.#hosts.get(key) ?? { key, running: 0, tasks: [], next: 0 };
    this.#hosts.set(key, host);
    host.tasks.push(task);
    this.#waitingTasks++;
    this.#queue(host);
    this.#fill();
  }

  /** Resolves when all that was put is done or, once the signal was given, when nothing is in flight any more. */
  async idle(): Promise<void> {
    while (this.#inFlight + this.#resting > 0 || (!this.#signal.aborted && this.#hosts.size > 0)) {
      await this.#change();
    }
  }

  /** For an endpoint in flight: waits so long, without its place where so many may rest; early once the signal is given. */
  async rest(milliseconds: number): Promise<void> {
    if (this.#resting >= this.#restingLimit) return pause(milliseconds, this.#signal);
    this.#resting++;
    this.#inFlight--;
    this.#fill();
    await pause(milliseconds, this.#signal);
    await new Promise<void>((goOn) => {
      this.#rested.push(goOn);
      this.#fill();
    });
  }

  #hasRoom(): boolean {
    return this.#ready.size === 0 && this.#waitingTasks < MOST_WAITING;
  }

  /** Gives the places that are free: to those that had one before first. */
  #fill(): void {
    while (this.#rested.length > 0 && this.#hasPlace()) {
      this.#resting--;
      this.#inFlight++;
      this.#rested.shift()!();
    }
    for (const host of this.#ready) {
      if (this.#signal.aborted || !this.#hasPlace()) break;
      this.#begin(host);
    }
    this.#changed();
  }

  /** Once the scan is stopped nothing begins: who has rested goes on to its end. */
  #hasPlace(): boolean {
    return this.#signal.aborted || this.#inFlight < this.#limits.concurrency;
  }

  #begin(host: Host): void {
    const task = host.tasks[0]!;
    const endpoint = task.endpoints[host.next++]!;
    if (host.next === task.endpoints.length) {
      host.tasks.shift();
      host.next = 0;
      this.#waitingTasks--;
    }
    host.running++;
    this.#inFlight++;
    // To the end of the line.
    this.#ready.delete(host);
    this.#queue(host);
    void this.#run(endpoint, task).then(() => this.#end(host));
  }

  #end(host: Host): void {
    this.#inFlight--;
    host.running--;
    if (host.running === 0 && host.tasks.length === 0) this.#hosts.delete(host.key);
    else this.#queue(host);
    this.#fill();
  }

  #queue(host: Host): void {
    if (host.tasks.length > 0 && host.running < this.#limits.at_an_address) this.#ready.add(host);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#watchers.push(resolve));
  }

  #changed(): void {
    if (this.#watchers.length === 0) return;
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watch of watchers) watch();
  }
}

/** Endpoints that may rest for each that is in flight, and in all: an endpoint takes some 20 KB while it is asked. */
const RESTING_PER_PLACE = 4;
const MOST_RESTING = 4096;
/** Tasks whose address is busy: names that share an address are spread over the scan, many at one are its tail. */
const MOST_WAITING = 65_536;
