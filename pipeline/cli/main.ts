/** The command line: `census COMMAND`. One thin file a command in commands/; how errors end the program is here. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { UsageError } from '../base/errors.ts';
import { packageVersion } from '../base/package-root.ts';
import { printable } from '../base/printable.ts';
import { COMMANDS } from './commands.ts';

const SYSTEM_REFUSALS = new Set([
  ...['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOENT', 'EEXIST', 'ENOTDIR', 'EISDIR'],
  ...['ENOTEMPTY', 'ENAMETOOLONG', 'ELOOP', 'EMFILE', 'ENFILE', 'EIO', 'EBUSY', 'ETXTBSY'],
]);

/** What may be given more than once. */
const REPEATABLE = new Set(['_', 'scan', 'targets', 'inputs', 'names', 'exclude']);

/** What the operator got wrong or the system refuses, and what is a bug of ours. */
const EXIT_USAGE = 2;
const EXIT_BUG = 70;

// yargs drops a lone hyphen, by which standard input is meant.
await main(hideBin(process.argv).map((word) => (word === '-' ? '/dev/stdin' : word)));

async function main(argv: string[]): Promise<void> {
  endQuietlyOnClosedPipe();
  try {
    await commandLine(argv).parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

function commandLine(argv: string[]) {
  return (
    yargs(argv)
      .scriptName('census')
      .usage('$0 COMMAND\n\nMeasures the transport security of mail servers: scan, ingest, query, report.')
      .command([...COMMANDS])
      // --scan X version_support: the option takes one value, the rest are names.
      .parserConfiguration({ 'greedy-arrays': false })
      .demandCommand(1, 1, 'name a command')
      .strict()
      .check(checkGivenOnce)
      .version(packageVersion)
      .alias('help', 'h')
      .wrap(Math.min(100, process.stdout.columns ?? 100))
      .fail((message, error) => {
        throw error ?? new UsageError(`${message.replaceAll('\n', ' ')}; see census --help`);
      })
  );
}

/** An option that takes one value is given once, with one; yargs would make a list of it. */
function checkGivenOnce(argv: Record<string, unknown>): true {
  const twice = Object.keys(argv).find((name) => Array.isArray(argv[name]) && !REPEATABLE.has(name));
  if (twice !== undefined) throw new UsageError(`--${twice} is given twice; give it once`);
  const empty = Object.keys(argv).find((name) => argv[name] === '');
  if (empty !== undefined) throw new UsageError(`--${empty} has no value; give it one`);
  return true;
}

/** One line for what the operator can mend; the stack for a bug. Gives the exit code. */
function report(error: unknown): number {
  if (error instanceof UsageError) return complain(error.message);
  if (isRefusedBySystem(error)) return complain(`the system refuses: ${error.message}`);
  // What yargs itself finds wrong with the words.
  if (error instanceof Error && error.name === 'YError')
    return complain(`${error.message}; see census --help`);
  process.stderr.write(
    `census: this is a bug, please report it:\n${(error as Error)?.stack ?? String(error)}\n`,
  );
  return EXIT_BUG;
}

function complain(message: string): number {
  process.stderr.write(`census: ${printable(message)}\n`);
  return EXIT_USAGE;
}

/** No permission, no space, a file where a folder should be: these are the operator's to mend. */
function isRefusedBySystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && SYSTEM_REFUSALS.has((error as NodeJS.ErrnoException).code ?? '');
}

/**
 * `census query | head` ends without a word; that nobody reads progress any more does not stop a scan; a full disk
 * behind standard output is one line.
 */
function endQuietlyOnClosedPipe(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : report(error));
  });
}
