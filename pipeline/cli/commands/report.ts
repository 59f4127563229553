/** `census report`: all tables of a lake as figures and one self-contained page. */
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { publishedValues } from '../../formats/datasets.ts';
import { queryAll } from '../../query/index.ts';

interface ReportArgs {
  lake: string;
  out: string;
  scan: string[] | undefined;
  title: string | undefined;
}

export const reportCommand: CommandModule<object, ReportArgs> = {
  builder: (yargs) =>
    yargs
      .option('lake', { describe: 'Folder of the lake', type: 'string', demandOption: true })
      .option('out', { describe: 'Folder for the report', type: 'string', demandOption: true })
      .option('scan', { describe: 'Only this scan; may be given again', type: 'string', array: true })
      .option('title', { describe: 'Title of the page', type: 'string' })
      .example('$0 report --lake lake/ --out report/', 'Then open report/index.html'),
  handler: async ({ lake, out, scan, title }) => {
    const tables = await queryAll({ lake, scans: scan });
    // Loaded here, since Vega takes its time to load.
    const { report } = await import('../../report/index.ts');
    await report({ tables, published: publishedValues(), out, ...(title === undefined ? {} : { title }) });
    process.stdout.write(`the report is ${join(out, 'index.html')}\n`);
  },
};
