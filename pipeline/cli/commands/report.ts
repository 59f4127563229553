/** `census report`: all tables of a lake as figures and one self-contained page. */
import { join } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { publishedValues } from '../../formats/datasets.ts';
import { queryAll } from '../../query/index.ts';
import { ENGINE_OPTIONS, type EngineArgs, lakeOptions, withCluster } from '../engine-arguments.ts';

interface ReportArgs extends EngineArgs {
  out: string;
  title: string | undefined;
}

export const reportCommand: CommandModule<object, ReportArgs> = {
  builder: (yargs) =>
    yargs
      .options(ENGINE_OPTIONS)
      .option('out', { describe: 'Folder for the report', type: 'string', demandOption: true })
      .option('title', { describe: 'Title of the page', type: 'string' })
      .example('$0 report --lake lake/ --out report/', 'Then open report/index.html') as Argv<ReportArgs>,
  handler: async (args) => {
    const { out, title } = args;
    const tables = await withCluster(lakeOptions(args), (options) => queryAll(options));
    // Loaded here, since Vega takes its time to load.
    const { report } = await import('../../report/index.ts');
    await report({ tables, published: publishedValues(), out, ...(title === undefined ? {} : { title }) });
    process.stdout.write(`the report is ${join(out, 'index.html')}\n`);
  },
};
