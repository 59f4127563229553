/** What a scan is told (options) and what it touches (world), so that a test can hand it another world. */
import { lookup, resolve4, resolve6 } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { type Clock, systemClock } from '../base/clock.ts';
import { randomPool } from '../base/random-pool.ts';
import type { EndpointOutcome, Strategy } from '../formats/raw-record.ts';
import type { PredictionOptions } from './predictive/predictions.ts';
import { PROBES } from './probes/index.ts';
import { SocketPool } from './socket-pool.ts';
import type { Exclusion } from './targets/exclusion.ts';
import { type Shard, WHOLE } from './targets/shard.ts';
import type { TargetList } from './targets/target-list.ts';
import type { ThrottleOptions } from './throttle.ts';

export interface Timeouts {
  connect_ms: number;
  /**
   * Longest silence before the server's greeting, for those that delay it on purpose (Postfix' postscreen by 6 s, and
   * others more); read_ms where not given.
   */
  greeting_ms?: number | undefined;
  /** Longest silence while something else is awaited. A connection as a whole gets four times as long. */
  read_ms: number;
  /** All connections to one endpoint together; what was not asked by then is not_tested. */
  endpoint_ms: number;
}

/** The suites to offer: the registry, the study's list, or a list per version number. */
export type SuiteChoice = 'iana' | 'study' | ReadonlyMap<number, readonly number[]>;

export interface ScanOptions {
  targets: TargetList;
  /** Never connected to. Resumed, a scan may exclude more than before. */
  exclusion?: Exclusion | undefined;
  /** Nominal ports, for targets that name none. */
  ports: readonly number[];
  out: string;
  /** Go on with the scan that `out` holds, if it holds one. */
  resume: boolean;
  /** What makes the order of targets, 32 or 64 hexadecimal digits; random where not given. */
  seed?: string | undefined;
  /** Which part of the targets to scan. */
  shard: Shard;
  strategy: Strategy;
  /** With strategy `predictive`: the prior's file, how it is used, and at what share of wrong endpoints no longer. */
  prediction: (PredictionOptions & { prior: string; max_error: number }) | null;
  /** Names of the probes to ask beside the suites. */
  probes: readonly string[];
  suites: SuiteChoice;
  /** Endpoints in flight, over all workers; one connection at a time to each. */
  concurrency: number;
  /** Processes that ask; with one it is this process. More than one use the real world, whatever world is given. */
  workers: number;
  /** Connections begun a second, over all endpoints; 0 for no limit. */
  rate: number;
  timeouts: Timeouts;
  /** How throttling is waited out, for each endpoint. */
  throttle: ThrottleOptions;
  /** Connections at a time to one address, over all its ports. */
  address_connections: number;
  /** From the end of a connection to an address to the begin of its next. */
  address_pause_ms: number;
  /** Handshakes with one host, over all its ports. */
  max_handshakes: number;
  /** Keep what servers send, in the parts' flights files. */
  keep_flights: boolean;
  /** Name said in EHLO. */
  helo: string;
  /** Mail address or URL of who scans; null is for scans of reserved addresses only. */
  contact: string | null;
  /** Allow private, loopback and other special-purpose addresses, resolved ones too. */
  allow_reserved: boolean;
  /** Endpoints in one part file. */
  endpoints_per_part: number;
  /** A part is closed after so long, or after a sixtieth of the time that the scan has taken if that is more. */
  part_ms: number;
  /** Ends the scan early and cleanly: endpoints in flight are dropped, `finished_at` stays null. */
  signal?: AbortSignal | undefined;
}

/** How far a scan is. Counts include what it did before it was resumed. */
export interface ScanProgress {
  endpoints: number;
  handshakes: number;
  outcomes: Record<EndpointOutcome, number>;
  /** Endpoints that were given up because they throttle. */
  throttled: number;
  /** Endpoints being asked, and endpoints that wait for a server to have us back. */
  in_flight: number;
  resting: number;
  /** Endpoints that there will be if each name has one address. */
  expected: number;
}

export interface ScanWorld {
  /**
   * With half-open sockets, so that a reset can be told from an end. `onData` gets what comes, in memory that is written
   * over after the call; without it the socket is read as a stream. The socket may be one that was used before, and has
   * emitted `close` since.
   */
  connect(ip: string, port: number, onData?: (chunk: Uint8Array) => void): Socket;
  clock: Clock;
  randomBytes(length: number): Uint8Array;
  /** All addresses of a host name; empty where it has none. */
  resolve(host: string): Promise<string[]>;
  /** Called at the begin, and after each endpoint. */
  progress(progress: ScanProgress): void;
}

/** 200 connections a second: a polite pace, some 2 endpoints a second with all probes, 4 without. */
export const SCAN_DEFAULTS = {
  strategy: 'adaptive',
  prediction: null,
  probes: PROBES.map((probe) => probe.name),
  suites: 'iana',
  resume: false,
  shard: WHOLE,
  concurrency: 64,
  workers: 1,
  rate: 200,
  timeouts: { connect_ms: 5000, greeting_ms: 30_000, read_ms: 5000, endpoint_ms: 600_000 },
  throttle: { first_wait_ms: 2000, longest_wait_ms: 60_000, budget_ms: 600_000 },
  address_connections: 1,
  address_pause_ms: 100,
  max_handshakes: 4000,
  keep_flights: false,
  helo: 'mail-tls-census.invalid',
  contact: null,
  allow_reserved: false,
  endpoints_per_part: 50_000,
  part_ms: 60_000,
} as const satisfies Partial<ScanOptions>;

/** The real network, clock and randomness. */
export function realWorld(progress: (progress: ScanProgress) => void = () => {}): ScanWorld {
  const sockets = new SocketPool();
  return {
    connect: (host, port, onData) =>
      onData
        ? sockets.connect(host, port, onData)
        : connect({ host, port, noDelay: true, allowHalfOpen: true }),
    clock: systemClock,
    randomBytes: randomPool(),
    resolve: resolveAll,
    progress,
  };
}

/**
 * A and AAAA records; the system's own answer (hosts file) where DNS has none. Throws where DNS gives no answer to one
 * of the two questions, asked twice: that says nothing of the name, and half of its addresses is not all of them.
 */
async function resolveAll(host: string): Promise<string[]> {
  const answers = await Promise.allSettled([askTwice(() => resolve4(host)), askTwice(() => resolve6(host))]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const failed = answers.find((answer) => answer.status === 'rejected' && !isNoSuchName(answer.reason));
  if (addresses.length > 0 && !failed) return addresses;
  // A machine without DNS has its hosts file.
  const local = addresses.length > 0 ? [] : await lookup(host, { all: true }).catch(() => []);
  if (local.length > 0) return local.map((entry) => entry.address);
  if (failed?.status === 'rejected') throw failed.reason;
  return [];
}

async function askTwice(ask: () => Promise<string[]>): Promise<string[]> {
  try {
    return await ask();
  } catch (error) {
    if (isNoSuchName(error)) throw error;
    return ask();
  }
}

/** c-ares: the name does not exist, or has no record of the type asked for. */
function isNoSuchName(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTFOUND' || code === 'ENODATA';
}
