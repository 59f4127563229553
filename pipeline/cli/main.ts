/** The command line: `census COMMAND`. One thin file a command in commands/; how errors end the program is here. */
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { UsageError } from '../base/errors.ts';
import { packageVersion } from '../base/package-root.ts';
import { printable } from '../base/printable.ts';
import { doctorCommand } from './commands/doctor.ts';
import { ingestCommand } from './commands/ingest.ts';
import { queriesCommand } from './commands/queries.ts';
import { queryCommand } from './commands/query.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { scanCommand } from './commands/scan.ts';

/** What the operator got wrong, and what the peers' world refused to the program itself. */
const EXIT_USAGE = 2;
const EXIT_BUG = 70;

await main(hideBin(process.argv));

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
      .command(runCommand)
      .command(scanCommand)
      .command(ingestCommand)
      .command(queriesCommand)
      .command(queryCommand)
      .command(reportCommand)
      .command(doctorCommand)
      // --scan X version_support: the option takes one value, the rest are names.
      .parserConfiguration({ 'greedy-arrays': false })
      .demandCommand(1, 1, 'name a command; census --help lists them')
      .strict()
      .version(packageVersion)
      .alias('help', 'h')
      .wrap(Math.min(100, process.stdout.columns ?? 100))
      .fail((message, error) => {
        throw error ?? new UsageError(`${message.replaceAll('\n', ' ')}; see census --help`);
      })
  );
}

/** One line for the operator's errors; the stack for a bug. Gives the exit code. */
function report(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`census: ${printable(error.message)}\n`);
    return EXIT_USAGE;
  }
  process.stderr.write(
    `census: this is a bug, please report it:\n${(error as Error)?.stack ?? String(error)}\n`,
  );
  return EXIT_BUG;
}

/** `census query | head` ends without a word. */
function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
