/** `census scan`: files of targets to raw records; progress and a summary on standard error. */
import { setMaxListeners } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { keepHeapSmall } from '../../base/heap.ts';
import { readPrior } from '../../formats/prior.ts';
import type { ScanFile } from '../../formats/raw-record.ts';
import {
  type Exclusion,
  priorWarnings,
  readExclusion,
  readScanFile,
  readTargets,
  realWorld,
  type ScanOptions,
  type SkippedLines,
  scan,
  TargetList,
} from '../../scan/index.ts';
import { readScanArgs, type ScanArgs, scanOptions } from '../scan-arguments.ts';
import { ScanProgressLine } from '../scan-progress.ts';

/** What `census scan` does; for `census run` too. Returns what stands in scan.json. */
export async function runScan(args: ScanArgs): Promise<ScanFile> {
  const options = readScanArgs(args);
  const exclusion = await readExclusions(args.exclude);
  const targets = await readSources(args.targets ?? [], args.allowReserved);
  const finished = args.resume && readScanFile(args.out)?.finished_at;
  warnOfPrior(options);
  const progress = new ScanProgressLine(process.stderr);
  keepHeapSmall();
  try {
    const world = realWorld((state) => progress.show(state));
    const file = await scan({ ...options, targets, exclusion }, world);
    if (finished)
      process.stderr.write(`the scan in ${args.out} was finished at ${finished}: nothing to do\n`);
    else progress.end(file, args.out);
    return file;
  } finally {
    progress.stop();
  }
}

function warnOfPrior({ prediction, ports }: Pick<ScanOptions, 'prediction' | 'ports'>): void {
  if (!prediction) return;
  for (const warning of priorWarnings(readPrior(prediction.prior).prior, Date.now(), ports))
    process.stderr.write(`warning: ${warning}\n`);
}

export const scanCommand: CommandModule<object, ScanArgs> = {
  builder: (yargs) =>
    scanOptions(yargs)
      .positional('targets', { type: 'string', array: true, describe: TARGETS })
      .option('out', { type: 'string', demandOption: true, describe: OUT })
      .option('resume', { type: 'boolean', default: false, describe: 'Go on with the scan that --out holds' })
      .example('$0 scan targets.txt --ports 25,993 --out raw/ --helo NAME --contact URL', EXAMPLE)
      .example('$0 scan targets.txt … --resume', 'Go on after an interruption') as never,
  handler: async (args: ArgumentsCamelCase<ScanArgs>) => {
    await withInterrupt(async (signal) => (await runScan({ ...args, signal })).finished_at !== null);
  },
};

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

function readExclusions(files: string[]): Promise<Exclusion> {
  return readExclusion(
    files.map((source) => ({ source, lines: () => linesOf(source, 'a file of exclusions') })),
  );
}

async function readSources(files: string[], allowReserved: boolean): Promise<TargetList> {
  const sources = files.length > 0 ? files : ['-'];
  if (files.length === 0 && process.stdin.isTTY) {
    throw new UsageError('no targets; name a file, or - and type them, one IP, CIDR or host name a line');
  }
  const list = new TargetList();
  for (const source of sources) {
    const rules = { source: source === '-' ? 'standard input' : source, allow_reserved: allowReserved };
    await readTargets(linesOf(source, 'a file of targets, or - for standard input'), rules, list);
  }
  if (Object.values(list.skipped).some((count) => count > 0)) {
    process.stderr.write(`left out of the targets: ${skippedText(list.skipped)}\n`);
  }
  return list;
}

function skippedText({ no_mail_port, not_open, broken_off }: SkippedLines): string {
  return [
    ...(no_mail_port > 0 ? [`${no_mail_port} open ports that are no mail ports`] : []),
    ...(not_open > 0 ? [`${not_open} that are not open`] : []),
    ...(broken_off > 0 ? [`${broken_off} broken off`] : []),
  ].join(', ');
}

/** The lines of a file, `-` for standard input. */
function linesOf(source: string, what: string): AsyncIterable<string> {
  const input = source === '-' ? process.stdin : createReadStream(checkFile(source, what));
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

function checkFile(path: string, what: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UsageError(`${path}: no such file; give ${what}`);
  if (found.isDirectory()) throw new UsageError(`${path} is a folder; give ${what}`);
  return path;
}

/** What a terminal, a supervisor and a closed session send. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const TARGETS =
  'Files with one IP, CIDR or host name a line, CSV, or what zmap and masscan print; - for standard input';
const OUT = 'Folder for the raw records; must not hold a scan yet, but with --resume';
const EXAMPLE = 'Scan two ports of each target';
