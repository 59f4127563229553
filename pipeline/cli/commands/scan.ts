/** `census scan`: arguments to the scan stage's options; progress and a summary on standard error. */
import { setMaxListeners } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { MAIL_PORTS, mailPort } from '../../formats/ports.ts';
import type { ScanFile, Strategy } from '../../formats/raw-record.ts';
import {
  expectedEndpoints,
  isHostName,
  readTargets,
  realWorld,
  SCAN_DEFAULTS,
  scan,
  type Target,
} from '../../scan/index.ts';
import { ScanProgressLine } from '../scan-progress.ts';

export interface ScanArgs {
  targets?: string[];
  ports: string;
  out: string;
  concurrency: number;
  rate: number;
  strategy: Strategy;
  suites: 'iana' | 'study';
  timeoutMs: number;
  helo: string;
  allowReserved: boolean;
  /** Ends the scan early and cleanly. */
  signal?: AbortSignal;
}

/** What `census scan` does; for `census run` too. Returns what stands in scan.json. */
export async function runScan(args: ScanArgs): Promise<ScanFile> {
  const ports = readPorts(args.ports);
  checkNumbers(args);
  const targets = await readSources(args.targets ?? [], args.allowReserved);
  const progress = new ScanProgressLine(process.stderr, expectedEndpoints(targets, ports));
  const file = await scan(
    {
      ...SCAN_DEFAULTS,
      targets,
      ports,
      out: args.out,
      strategy: args.strategy,
      suites: args.suites,
      concurrency: args.concurrency,
      rate: args.rate,
      timeouts: { ...SCAN_DEFAULTS.timeouts, connect_ms: args.timeoutMs, read_ms: args.timeoutMs },
      helo: args.helo,
      allow_reserved: args.allowReserved,
      signal: args.signal,
    },
    realWorld((state) => progress.show(state)),
  );
  progress.end(file, args.out);
  return file;
}

export const scanCommand: CommandModule<object, ScanArgs> = {
  command: 'scan [targets..]',
  describe: 'Ask mail servers which TLS they speak, and write raw records',
  builder: (yargs) =>
    scanOptions(yargs)
      .positional('targets', { type: 'string', array: true, describe: TARGETS })
      .option('out', { type: 'string', demandOption: true, describe: OUT })
      .example('$0 scan targets.txt --ports 25,993 --out raw/', 'Scan two ports of each target') as never,
  handler: async (args: ArgumentsCamelCase<ScanArgs>) => {
    await withInterrupt(async (signal) => (await runScan({ ...args, signal })).finished_at !== null);
  },
};

/** What a scan can be told, beside its targets and its folder. */
export function scanOptions(yargs: Argv) {
  const { concurrency, rate, strategy, suites, timeouts, helo } = SCAN_DEFAULTS;
  const ports = MAIL_PORTS.map((entry) => entry.port).join(',');
  return yargs
    .option('ports', { type: 'string', default: ports, describe: 'Mail ports, for targets that name none' })
    .option('concurrency', { type: 'number', default: concurrency, describe: CONCURRENCY })
    .option('rate', { type: 'number', default: rate, describe: RATE })
    .option('strategy', { choices: ['adaptive', 'exhaustive'], default: strategy, describe: STRATEGY })
    .option('suites', { choices: ['iana', 'study'], default: suites, describe: SUITES })
    .option('timeout-ms', { type: 'number', default: timeouts.read_ms, describe: TIMEOUT })
    .option('helo', { type: 'string', default: helo, describe: 'Name to say in EHLO' })
    .option('allow-reserved', { type: 'boolean', default: false, describe: ALLOW_RESERVED });
}

/** Runs `work` with a signal that Ctrl-C, SIGTERM or SIGHUP gives; false from it means stopped: exit code 130. */
export async function withInterrupt(work: (signal: AbortSignal) => Promise<boolean>): Promise<void> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  // Every connection that waits for its turn listens.
  setMaxListeners(0, stop.signal);
  // Once: a second Ctrl-C ends the program at once.
  for (const name of STOP_SIGNALS) process.once(name, interrupt);
  try {
    if (!(await work(stop.signal))) process.exitCode = 130;
  } finally {
    for (const name of STOP_SIGNALS) process.removeListener(name, interrupt);
  }
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

function checkNumbers(args: ScanArgs): void {
  checkInteger('--concurrency', args.concurrency, 1, 100_000);
  checkInteger('--timeout-ms', args.timeoutMs, 1, 600_000);
  if (!(args.rate >= 0 && Number.isFinite(args.rate)))
    throw new UsageError('--rate: give a number of 0 or more');
  if (!isHostName(args.helo))
    throw new UsageError('--helo: give a host name of ASCII letters, digits, hyphens');
}

function checkInteger(option: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(`${option}: give a whole number from ${least} to ${most}`);
}

async function readSources(files: string[], allowReserved: boolean): Promise<Target[]> {
  const sources = files.length > 0 ? files : ['-'];
  if (files.length === 0 && process.stdin.isTTY) {
    throw new UsageError('no targets; name a file, or - and type them, one IP, CIDR or host name a line');
  }
  const lists: Target[][] = [];
  for (const source of sources) lists.push(await readSource(source, allowReserved));
  return lists.flat();
}

function readSource(source: string, allowReserved: boolean): Promise<Target[]> {
  const rules = { source: source === '-' ? 'standard input' : source, allow_reserved: allowReserved };
  const input = source === '-' ? process.stdin : createReadStream(checkFile(source));
  return readTargets(createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }), rules);
}

function checkFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UsageError(`${path}: no such file; give a file of targets, or - for standard input`);
  if (found.isDirectory()) throw new UsageError(`${path} is a folder; give a file of targets`);
  return path;
}

/** What a terminal, a supervisor and a closed session send. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const TARGETS = 'Files with one IP, CIDR or host name a line, or CSV with a header; - for standard input';
const OUT = 'Folder for the raw records; must not hold a scan yet';
const CONCURRENCY = 'Endpoints in flight; one connection at a time to each';
const RATE = 'Connections begun a second, over all; 0 for no limit';
const STRATEGY = 'Offer all that is left up to a refusal, or one suite a handshake';
const SUITES = 'The whole registry, or what the study of 2015 offered';
const TIMEOUT = 'Longest wait for a connection and for each answer';
const ALLOW_RESERVED = 'Allow private, loopback and reserved addresses';
