/**
 * The commands and what `census --help` says of them. What a command takes and does is in its file in commands/, which is
 * loaded when the command is given: help and wrong words start no engine.
 */
import type { Argv, CommandModule } from 'yargs';

/** In the order of help. */
export const COMMANDS: readonly CommandModule[] = [
  command(
    'run <targets..>',
    'Scan, ingest, query and report in one go; goes on after an interruption',
    async () => (await import('./commands/run.ts')).runCommand,
  ),
  command(
    'scan [targets..]',
    'Ask mail servers which TLS they speak, and write raw records',
    async () => (await import('./commands/scan.ts')).scanCommand,
  ),
  command(
    'reread <raw>',
    'Read the kept flights of a scan again, and write raw records anew',
    async () => (await import('./commands/reread.ts')).rereadCommand,
  ),
  command(
    'learn-prior [lake]',
    'Learn which answers go together, for scans of strategy predictive',
    async () => (await import('./commands/learn-prior.ts')).learnPriorCommand,
  ),
  command(
    'ingest <inputs..>',
    'Bring raw records into a lake of Parquet files',
    async () => (await import('./commands/ingest.ts')).ingestCommand,
  ),
  command(
    'simulate',
    'Make raw records of a population that nobody asked, with its truth',
    async () => (await import('./commands/simulate.ts')).simulateCommand,
  ),
  command(
    'queries',
    'List the tables that census query makes',
    async () => (await import('./commands/queries.ts')).queriesCommand,
  ),
  command(
    'query [names..]',
    'Make published tables from a lake',
    async () => (await import('./commands/query.ts')).queryCommand,
  ),
  command(
    'sql <statement>',
    'Answer a statement of SQL over the tables of a lake',
    async () => (await import('./commands/sql.ts')).sqlCommand,
  ),
  command(
    'report',
    'Make figures (SVG, PNG) and one HTML page from a lake',
    async () => (await import('./commands/report.ts')).reportCommand,
  ),
  command(
    'lake',
    'Look after a lake: info, verify, compact, drop-scan, export-ddl, register',
    async () => (await import('./commands/lake.ts')).lakeCommand,
  ),
  command(
    'export',
    'Make a lake that can be shared, with pseudonyms for hosts',
    async () => (await import('./commands/export.ts')).exportCommand,
  ),
  command(
    'doctor',
    'Check Node, DuckDB, write access and the open-file limit',
    async () => (await import('./commands/doctor.ts')).doctorCommand,
  ),
];

/** yargs knows the types of a command's arguments by its options, at run time: the list knows them no more. */
function command<Args>(
  words: string,
  describe: string,
  load: () => Promise<CommandModule<object, Args>>,
): CommandModule {
  const lazy: CommandModule<object, Args> = {
    command: words,
    describe,
    builder: async (yargs) => {
      const { builder } = await load();
      const built = await (typeof builder === 'function' ? builder(yargs) : (yargs as Argv<Args>));
      internals(built).getInternalMethods().getUsageInstance().cacheHelpMessage = () => {};
      // A number without its number would be the default, without a word.
      return built.requiresArg(numberOptions(built));
    },
    handler: async (args) => (await load()).handler(args),
  };
  return lazy as unknown as CommandModule;
}

/** Names of the options that take a number. */
function numberOptions(yargs: Argv<unknown>): string[] {
  return internals(yargs).getOptions().number;
}

/** Of yargs' interface, but not of its types. */
interface YargsInternals {
  getOptions(): { number: string[] };
  getInternalMethods(): {
    getUsageInstance(): {
      /** The whole help, made for each command that runs and never shown by us: it takes as long as all else of yargs. */
      cacheHelpMessage(): void;
    };
  };
}

function internals(yargs: Argv<unknown>): YargsInternals {
  return yargs as unknown as YargsInternals;
}
