/** What a scan is told (options) and what it touches (world), so that a test can hand it another world. */
import { randomBytes } from 'node:crypto';
import { lookup, resolve4, resolve6 } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { type Clock, systemClock } from '../base/clock.ts';
import type { EndpointOutcome, Strategy } from '../formats/raw-record.ts';
import type { Target } from './targets.ts';

export interface Timeouts {
  connect_ms: number;
  /** Longest silence while something is awaited. A connection as a whole gets four times as long. */
  read_ms: number;
  /** All connections to one endpoint together; what was not asked by then is not_tested. */
  endpoint_ms: number;
}

/** The suites to offer: the registry, the study's list, or a list per version number. */
export type SuiteChoice = 'iana' | 'study' | ReadonlyMap<number, readonly number[]>;

export interface ScanOptions {
  targets: readonly Target[];
  /** Nominal ports, for targets that name none. */
  ports: readonly number[];
  out: string;
  strategy: Strategy;
  suites: SuiteChoice;
  /** Endpoints in flight; one connection at a time to each. */
  concurrency: number;
  /** Connections begun a second, over all endpoints; 0 for no limit. */
  rate: number;
  timeouts: Timeouts;
  /** Name said in EHLO. */
  helo: string;
  /** Allow private, loopback and other special-purpose addresses, resolved ones too. */
  allow_reserved: boolean;
  /** Endpoints in one part file. */
  endpoints_per_part: number;
  /** Ends the scan early and cleanly: endpoints in flight are dropped, `finished_at` stays null. */
  signal?: AbortSignal | undefined;
}

export interface ScanProgress {
  endpoints: number;
  handshakes: number;
  outcomes: Record<EndpointOutcome, number>;
}

export interface ScanWorld {
  /** With half-open sockets, so that a reset can be told from an end. */
  connect(ip: string, port: number): Socket;
  clock: Clock;
  randomBytes(length: number): Uint8Array;
  /** All addresses of a host name; empty where it has none. */
  resolve(host: string): Promise<string[]>;
  /** Called after each endpoint. */
  progress(progress: ScanProgress): void;
}

/** 200 connections a second: a polite pace, some 3 to 5 endpoints a second with the adaptive strategy. */
export const SCAN_DEFAULTS = {
  strategy: 'adaptive',
  suites: 'iana',
  concurrency: 64,
  rate: 200,
  timeouts: { connect_ms: 5000, read_ms: 5000, endpoint_ms: 600_000 },
  helo: 'mail-tls-census.invalid',
  allow_reserved: false,
  endpoints_per_part: 50_000,
} as const satisfies Partial<ScanOptions>;

/** The real network, clock and randomness. */
export function realWorld(progress: (progress: ScanProgress) => void = () => {}): ScanWorld {
  return {
    connect: (host, port) => connect({ host, port, noDelay: true, allowHalfOpen: true }),
    clock: systemClock,
    randomBytes: (length) => randomBytes(length),
    resolve: resolveAll,
    progress,
  };
}

/** A and AAAA records; the system's own answer (hosts file) where DNS has none. */
async function resolveAll(host: string): Promise<string[]> {
  const answers = await Promise.allSettled([resolve4(host), resolve6(host)]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length > 0) return addresses;
  const local = await lookup(host, { all: true }).catch(() => []);
  return local.map((entry) => entry.address);
}
