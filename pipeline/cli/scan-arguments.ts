/** The options of `census scan` and `census run`: how they are given, what they mean, and what is wrong with them. */
import type { Argv } from 'yargs';
import { UsageError } from '../base/errors.ts';
import { MAIL_PORTS, mailPort } from '../formats/ports.ts';
import type { Strategy } from '../formats/raw-record.ts';
import {
  MAX_INFERENCE_ERROR,
  PREDICTION_DEFAULTS,
  PROBES,
  parseSeed,
  parseShard,
  SCAN_DEFAULTS,
  type ScanOptions,
} from '../scan/index.ts';

export interface ScanArgs {
  /** Files; standard input where there is none. */
  targets?: string[];
  out: string;
  ports: string;
  strategy: Strategy;
  prior?: string | undefined;
  confidence: number;
  checkShare: number;
  maxInferenceError: number;
  suites: 'iana' | 'study';
  probes: string;
  concurrency: number;
  workers: number;
  rate: number;
  timeoutMs: number;
  greetingTimeoutMs: number;
  endpointTimeoutS: number;
  throttleBudgetS: number;
  addressConnections: number;
  addressPauseMs: number;
  maxHandshakes: number;
  exclude: string[];
  shard: string;
  seed?: string | undefined;
  keepFlights: boolean;
  resume: boolean;
  helo: string;
  contact?: string | undefined;
  allowReserved: boolean;
  /** Ends the scan early and cleanly. */
  signal?: AbortSignal | undefined;
}

/** What is meant where nothing is given. */
export const SCAN_ARGS: Omit<ScanArgs, 'out'> = {
  ports: MAIL_PORTS.map((entry) => entry.port).join(','),
  strategy: SCAN_DEFAULTS.strategy,
  suites: SCAN_DEFAULTS.suites,
  probes: 'all',
  confidence: PREDICTION_DEFAULTS.confidence,
  checkShare: PREDICTION_DEFAULTS.check_share,
  maxInferenceError: MAX_INFERENCE_ERROR,
  concurrency: SCAN_DEFAULTS.concurrency,
  workers: SCAN_DEFAULTS.workers,
  rate: SCAN_DEFAULTS.rate,
  timeoutMs: SCAN_DEFAULTS.timeouts.read_ms,
  greetingTimeoutMs: SCAN_DEFAULTS.timeouts.greeting_ms,
  endpointTimeoutS: SCAN_DEFAULTS.timeouts.endpoint_ms / 1000,
  throttleBudgetS: SCAN_DEFAULTS.throttle.budget_ms / 1000,
  addressConnections: SCAN_DEFAULTS.address_connections,
  addressPauseMs: SCAN_DEFAULTS.address_pause_ms,
  maxHandshakes: SCAN_DEFAULTS.max_handshakes,
  exclude: [],
  shard: '1/1',
  keepFlights: SCAN_DEFAULTS.keep_flights,
  resume: SCAN_DEFAULTS.resume,
  helo: SCAN_DEFAULTS.helo,
  allowReserved: SCAN_DEFAULTS.allow_reserved,
};

/** What a scan can be told, beside its targets and its folder. */
export function scanOptions(yargs: Argv) {
  for (const [group, options] of Object.entries(GROUPS)) {
    for (const [name, { type, describe, choices }] of Object.entries(options)) {
      yargs.option(name, {
        ...(type && { type }),
        ...(choices && { choices }),
        default: defaultOf(name),
        describe,
        group,
      });
    }
  }
  return yargs.option('exclude', { array: true });
}

/** The arguments as the scan stage takes them, but for what comes from files. Throws UsageError for one that makes no sense. */
export function readScanArgs(args: ScanArgs): Omit<ScanOptions, 'targets' | 'exclusion'> {
  checkNumbers(args);
  const budget_ms = Math.round(args.throttleBudgetS * 1000);
  const { first_wait_ms, longest_wait_ms } = SCAN_DEFAULTS.throttle;
  return {
    ...SCAN_DEFAULTS,
    out: args.out,
    ports: readPorts(args.ports),
    strategy: args.strategy,
    prediction: readPrediction(args),
    suites: args.suites,
    probes: readProbes(args.probes),
    concurrency: args.concurrency,
    workers: args.workers,
    rate: args.rate,
    timeouts: {
      connect_ms: args.timeoutMs,
      greeting_ms: args.greetingTimeoutMs,
      read_ms: args.timeoutMs,
      endpoint_ms: args.endpointTimeoutS * 1000,
    },
    // A small budget is for a few short waits, not for none.
    throttle: { first_wait_ms: Math.min(first_wait_ms, budget_ms / 4), longest_wait_ms, budget_ms },
    address_connections: args.addressConnections,
    address_pause_ms: args.addressPauseMs,
    max_handshakes: args.maxHandshakes,
    shard: parseShard(args.shard),
    ...(args.seed !== undefined && { seed: parseSeed(args.seed) }),
    keep_flights: args.keepFlights,
    resume: args.resume,
    helo: args.helo,
    contact: args.contact ?? null,
    allow_reserved: args.allowReserved,
    signal: args.signal,
  };
}

function readPorts(text: string): number[] {
  const known = MAIL_PORTS.map((entry) => entry.port).join(', ');
  const ports = text.split(',').map((part) => {
    const port = /^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN;
    if (!mailPort(port)) throw new UsageError(`--ports: '${part}' is no mail port; use some of ${known}`);
    return port;
  });
  return [...new Set(ports)];
}

function readPrediction({ strategy, prior, ...args }: ScanArgs): ScanOptions['prediction'] {
  if (strategy !== 'predictive') {
    if (prior === undefined) return null;
    throw new UsageError('--prior goes with --strategy predictive; give both or neither');
  }
  if (prior === undefined) {
    throw new UsageError('--strategy predictive needs --prior FILE; make one with: census learn-prior');
  }
  const { confidence, checkShare: check_share, maxInferenceError: max_error } = args;
  return { prior, confidence, check_share, max_error };
}

/** In the order of asking, whatever the order given. */
function readProbes(text: string): string[] {
  const known = PROBES.map(({ name }) => name);
  if (text === 'all') return known;
  if (text === 'none') return [];
  const given = text.split(',').map((part) => part.trim());
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--probes: '${unknown}' is none; give all, none, or some of ${known.join(',')}`);
  return known.filter((name) => given.includes(name));
}

function checkNumbers(args: ScanArgs): void {
  checkInteger('--concurrency', args.concurrency, 1, 100_000);
  checkInteger('--workers', args.workers, 1, 256);
  checkInteger('--timeout-ms', args.timeoutMs, 1, 600_000);
  checkInteger('--greeting-timeout-ms', args.greetingTimeoutMs, 1, 600_000);
  checkInteger('--address-connections', args.addressConnections, 1, 1000);
  checkInteger('--address-pause-ms', args.addressPauseMs, 0, 600_000);
  checkInteger('--max-handshakes', args.maxHandshakes, 1, 1_000_000);
  if (!(args.confidence > 0 && args.confidence < 1))
    throw new UsageError('--confidence: give a probability above 0 and below 1, such as 0.99');
  checkNumber('--check-share', args.checkShare, 0, 1);
  checkNumber('--max-inference-error', args.maxInferenceError, 0, 1);
  checkNumber('--rate', args.rate, 0, 1_000_000);
  checkNumber('--endpoint-timeout-s', args.endpointTimeoutS, 0.1, 86_400);
  checkNumber('--throttle-budget-s', args.throttleBudgetS, 0, 86_400);
  if (args.workers > args.concurrency)
    throw new UsageError(
      `--workers ${args.workers} are more than --concurrency ${args.concurrency}; lower them`,
    );
}

function checkInteger(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(`${option}: give a whole number from ${least} to ${most}`);
}

function checkNumber(option: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new UsageError(`${option}: give a number from ${least} to ${most}`);
}

function defaultOf(option: string): unknown {
  const name = option.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return (SCAN_ARGS as unknown as Record<string, unknown>)[name];
}

interface OptionText {
  type?: 'string' | 'number' | 'boolean';
  choices?: readonly string[];
  describe: string;
}

const PROBE_NAMES = PROBES.map(({ name }) => name).join(', ');

const GROUPS: Record<string, Record<string, OptionText>> = {
  'What to ask:': {
    ports: { type: 'string', describe: 'Mail ports, for targets that name none' },
    strategy: {
      choices: ['adaptive', 'exhaustive', 'predictive'],
      describe: 'Offer all that is left up to a refusal, one suite a handshake, or what a prior leaves open',
    },
    prior: { type: 'string', describe: 'For predictive: file that census learn-prior made' },
    confidence: {
      type: 'number',
      describe: 'For predictive: how probable it has to be that all that is inferred of an endpoint is right',
    },
    'check-share': {
      type: 'number',
      describe:
        'For predictive: share of inferences that are asked after all, one weak suite and one other an endpoint at least; 0 for none',
    },
    'max-inference-error': {
      type: 'number',
      describe:
        'For predictive: nothing more is inferred once checks show that more than this share of endpoints is wrong',
    },
    suites: { choices: ['iana', 'study'], describe: 'The whole registry, or what the study of 2015 offered' },
    probes: { type: 'string', describe: `What to ask beside suites: all, none, or some of ${PROBE_NAMES}` },
    'keep-flights': { type: 'boolean', describe: 'Keep the bytes that servers send, for census reread' },
  },
  'Whom to ask:': {
    exclude: { type: 'string', describe: 'File of addresses, CIDRs and names to leave alone; repeatable' },
    shard: {
      type: 'string',
      describe: 'i/n: the i-th of n parts of the targets, with the same --seed for all',
    },
    seed: { type: 'string', describe: 'Order of targets, 32 hexadecimal digits; random where not given' },
    'allow-reserved': { type: 'boolean', describe: 'Allow private, loopback and reserved addresses' },
  },
  'Who asks (both needed for public addresses, see docs/ethics.md):': {
    helo: { type: 'string', describe: "This machine's name in DNS, said in EHLO" },
    contact: { type: 'string', describe: 'Mail address or URL of who answers complaints, kept in scan.json' },
  },
  'How fast:': {
    rate: { type: 'number', describe: 'Connections begun a second, over all; 0 for no limit' },
    concurrency: { type: 'number', describe: 'Endpoints in flight, over all workers' },
    workers: { type: 'number', describe: 'Processes that ask' },
    'address-connections': { type: 'number', describe: 'Connections at a time to one address' },
    'address-pause-ms': { type: 'number', describe: 'Pause between two connections to one address' },
  },
  'When to give up:': {
    'timeout-ms': { type: 'number', describe: 'Longest wait for a connection and for each answer' },
    'greeting-timeout-ms': {
      type: 'number',
      describe: "Longest wait for a server's greeting, which some delay on purpose",
    },
    'endpoint-timeout-s': {
      type: 'number',
      describe: 'Longest time for one endpoint, our own waits not counted',
    },
    'throttle-budget-s': {
      type: 'number',
      describe: 'Longest wait for a server that throttles, all waits together',
    },
    'max-handshakes': { type: 'number', describe: 'Handshakes with one host, over all its ports' },
  },
};
