/** `census queries`: the published tables that `census query` can make. */
import type { CommandModule } from 'yargs';
import { readModules } from '../../query/index.ts';

export const queriesCommand: CommandModule<object, { verbose: boolean }> = {
  builder: (yargs) =>
    yargs.option('verbose', {
      describe: 'Also the columns of each',
      type: 'boolean',
      default: false,
      alias: 'v',
    }),
  handler: ({ verbose }) => {
    const modules = readModules();
    const width = Math.max(...modules.map(({ name }) => name.length));
    for (const { name, title, grain, columns } of modules) {
      process.stdout.write(`${name.padEnd(width)}  ${title}\n`);
      if (!verbose) continue;
      process.stdout.write(`  ${grain}\n`);
      for (const column of columns) {
        process.stdout.write(`    ${column.name} ${column.type}: ${column.description}\n`);
      }
    }
  },
};
