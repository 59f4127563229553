/**
 * `npm run village -- [--targets FILE] [--seconds N]`: starts the village, prints a line for each endpoint, and runs
 * until Ctrl-C or the end of standard input, or for N seconds. FILE gets the targets as CSV for `census scan`.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../../pipeline/base/errors.ts';
import { printable } from '../../pipeline/base/printable.ts';
import { startVillage } from './index.ts';

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`village: ${printable(error.message)}\n`);
  process.exitCode = 2;
}

async function main(words: string[]): Promise<void> {
  const { targets, seconds } = options(words);
  const village = await startVillage();
  try {
    if (targets !== undefined) writeTargets(targets, village.targetsCsv());
    const lines = village.endpoints.map((one) => `${one.port}\t${one.ip}:${one.connect_port}\t${one.what}\n`);
    process.stdout.write(lines.join(''));
    await over(seconds);
  } finally {
    await village.stop();
  }
}

function options(words: string[]): { targets: string | undefined; seconds: number | undefined } {
  const { targets, seconds } = parsed(words);
  if (seconds !== undefined && !/^\d{1,6}$/.test(seconds)) {
    throw new UsageError(`--seconds ${seconds} is no number of seconds: give a whole number such as 60`);
  }
  return { targets, seconds: seconds === undefined ? undefined : Number(seconds) };
}

function parsed(words: string[]) {
  try {
    const known = { targets: { type: 'string' }, seconds: { type: 'string' } } as const;
    return parseArgs({ args: words, options: known }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. Known are --targets FILE and --seconds N`);
  }
}

function writeTargets(file: string, csv: string): void {
  try {
    writeFileSync(file, csv);
  } catch (error) {
    throw new UsageError(
      `can't write ${file} (${(error as Error).message}): name a file in a folder that exists`,
    );
  }
}

/** Resolves on Ctrl-C or SIGTERM, and after `seconds` or, without these, when standard input ends. */
function over(seconds: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = seconds === undefined ? undefined : setTimeout(end, seconds * 1000);
    process.once('SIGINT', end).once('SIGTERM', end);
    if (seconds === undefined) process.stdin.once('end', end).once('error', end).resume();
    function end(): void {
      clearTimeout(timer);
      process.stdin.pause();
      process.stdin.unref?.();
      resolve();
    }
  });
}
