/** `census learn-prior`: a lake, or the study's patterns, into a prior for `census scan --strategy predictive`. */
import type { Argv, CommandModule } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { mailPort } from '../../formats/ports.ts';
import { type Prior, writePrior } from '../../formats/prior.ts';
import { priorFromLake, priorFromPatterns } from '../../prior/index.ts';
import { calibrate } from '../../scan/index.ts';
import { readPatternFolder } from '../pattern-folder.ts';

interface LearnPriorArgs {
  lake: string | undefined;
  studyPatterns: string | undefined;
  out: string;
  ports: string | undefined;
  scan: string[] | undefined;
}

export const learnPriorCommand: CommandModule<object, LearnPriorArgs> = {
  builder: (yargs) =>
    yargs
      .positional('lake', { type: 'string', describe: 'Folder of a lake with exhaustive or adaptive scans' })
      .option('study-patterns', { type: 'string', describe: 'Folder with the pattern files of the study' })
      .option('out', { type: 'string', demandOption: true, describe: 'File to write, such as prior.json.gz' })
      .option('ports', { type: 'string', describe: 'Learn from these ports only', defaultDescription: 'all' })
      .option('scan', {
        type: 'string',
        array: true,
        describe: 'Learn from this scan of the lake only; may be repeated',
      })
      .example('$0 learn-prior lake/ --out prior.json.gz', 'Learn from what was scanned')
      .example(
        '$0 learn-prior --study-patterns patterns/ --ports 25,143 --out prior.json.gz',
        "Learn from the study's patterns",
      ) as unknown as Argv<LearnPriorArgs>,
  handler: async (args) => {
    const prior = calibrate(await learn(args));
    writePrior(args.out, prior);
    process.stdout.write(`${describePrior(prior, args.out)}\n`);
  },
};

async function learn({ lake, studyPatterns, ports, scan }: LearnPriorArgs): Promise<Prior> {
  if ((lake === undefined) === (studyPatterns === undefined)) {
    throw new UsageError('name either a lake or --study-patterns FOLDER to learn from');
  }
  const wanted = ports === undefined ? undefined : readPorts(ports);
  if (lake !== undefined) return priorFromLake({ lake, ports: wanted, scans: scan });
  if (scan !== undefined) throw new UsageError('--scan goes with a lake only; leave it out');
  return priorFromFolder(studyPatterns!, wanted);
}

function priorFromFolder(folder: string, ports: number[] | undefined): Prior {
  const { names, positions, patterns } = readPatternFolder(folder, '--study-patterns');
  return priorFromPatterns(positions, patterns, names, ports);
}

function readPorts(text: string): number[] {
  const ports = text.split(',').map((part) => {
    const port = /^\s*\d{1,5}\s*$/.test(part) ? Number(part) : Number.NaN;
    if (!mailPort(port)) throw new UsageError(`--ports: '${part}' is no mail port; give some as in 25,143`);
    return port;
  });
  return [...new Set(ports)];
}

function describePrior({ patterns, endpoints, questions, ports }: Prior, out: string): string {
  const whole = (count: number) => count.toLocaleString('en');
  const total = endpoints.reduce((sum, count) => sum + count, 0);
  const asked = questions.reduce((sum, { cipher_suites }) => sum + cipher_suites.length, 0);
  return (
    `${out} holds ${whole(patterns.length)} patterns of ${whole(asked)} questions, ` +
    `seen at ${whole(total)} endpoints of ports ${ports.join(', ')}; calibrated by ` +
    (ports.length > 1 ? 'leaving out each port in turn' : 'halves: it holds for servers of that port only')
  );
}
