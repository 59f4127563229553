/** `census simulate`: raw records of a made population, with its truth beside them. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { type SimulateResult, simulate, TRUTH_FILE } from '../../simulate/index.ts';
import { readPatternFolder } from '../pattern-folder.ts';

interface SimulateArgs {
  endpoints: number;
  out: string;
  seed: string;
  patterns: string | undefined;
  workers: number;
}

export const simulateCommand: CommandModule<object, SimulateArgs> = {
  builder: (yargs) =>
    yargs
      .option('endpoints', {
        describe: 'How many endpoints: pairs of an address and a port; 18381936 is what the study had',
        type: 'number',
        demandOption: true,
      })
      .option('out', { describe: 'Folder for the raw records', type: 'string', demandOption: true })
      .option('seed', {
        describe: 'Any text; the same seed and options give the same bytes',
        type: 'string',
        default: '2015',
      })
      .option('patterns', {
        describe: "Folder with the study's pattern files; what they lack comes from published shares",
        type: 'string',
        defaultDescription: 'published shares only',
      })
      .option('workers', {
        describe: 'Processes that make it; their number changes no byte',
        type: 'number',
        default: availableParallelism(),
        defaultDescription: 'one a core',
      })
      .example('$0 simulate --endpoints 100000 --out raw/', 'Then census ingest raw/ --lake lake/'),
  handler: async ({ endpoints, out, seed, patterns, workers }) => {
    if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS) {
      throw new UsageError(`--workers is ${workers}; give a whole number from 1 to ${MOST_WORKERS}`);
    }
    const studied = patterns === undefined ? undefined : readPatternFolder(patterns, '--patterns');
    const result = await simulate({ endpoints, out, seed, patterns: studied, workers }, { progress });
    process.stdout.write(`${describe(result, out)}\n`);
  },
};

const MOST_WORKERS = 256;

function progress(done: number, parts: number, endpoints: number): void {
  if (!process.stderr.isTTY) return;
  const end = done === parts ? '\r\u001b[K' : '';
  process.stderr.write(
    `\r\u001b[Kpart ${done} of ${parts}, ${endpoints.toLocaleString('en')} endpoints${end}`,
  );
}

function describe({ scan, truth }: SimulateResult, out: string): string {
  const { endpoints, accepted, certificates } = truth.tables['data_overview']![0]!;
  const whole = (count: unknown): string => Number(count).toLocaleString('en');
  return (
    `${scan.scan_id} in ${out} is a made population, no server was asked: ${whole(endpoints)} endpoints, ` +
    `${whole(accepted)} accepted handshakes, ${whole(certificates)} certificates; ` +
    `${join(out, TRUTH_FILE)} says what is true of it`
  );
}
