/** What all endpoints of a scan share while it runs: what was asked for, the world, and whose turn it is. */
import type { MailConnection } from './connection.ts';
import type { ScanOptions, ScanWorld } from './options.ts';
import type { Predictions } from './predictive/predictions.ts';
import type { Probe } from './probes/index.ts';
import type { Pacer } from './rate.ts';

export interface ScanContext {
  options: ScanOptions;
  world: ScanWorld;
  pacer: Pacer;
  gate: Gate;
  /** Connections in flight, to be dropped when the scan is stopped. */
  live: Set<MailConnection>;
  /** Suites to offer, by version, in the order of asking. */
  suites: ReadonlyMap<number, readonly number[]>;
  /** With strategy `predictive`, what a prior says of these suites. */
  predictions: Predictions | null;
  /** What is asked beside the suites. */
  probes: readonly Probe[];
  /** Waits so long, without a place among the endpoints in flight; returns early where the scan is stopped. */
  rest(milliseconds: number): Promise<void>;
}

/** Handshakes that are still to be had of one host, over all of its ports. */
export interface HostBudget {
  handshakes: number;
}

/** Keeps connections to one address apart: so many at a time, and a pause between two, over all of its ports. */
export interface Gate {
  /**
   * Resolves when a connection to `ip` may begin, or when `signal` says that none will; leave() is due in both cases.
   * Undefined where it may begin now: most may, and each promise costs.
   */
  enter(ip: string, signal?: AbortSignal): Promise<void> | undefined;
  leave(ip: string): void;
}
