/** `census query`: published tables of a lake, to standard output or to a folder, in many formats. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { writeWhole } from '../../base/files.ts';
import { chooseModules, type OpenLake, openLake, type SqlModule } from '../../query/index.ts';
import { ENGINE_OPTIONS, type EngineArgs, lakeOptions, withCluster } from '../engine-arguments.ts';
import {
  checkBinaryOutput,
  EXTENSIONS,
  FORMATS,
  type Format,
  isBinary,
  writeOutput,
} from '../table-output.ts';

interface QueryArgs extends EngineArgs {
  names: string[];
  format: Format;
  out: string | undefined;
}

export const queryCommand: CommandModule<object, QueryArgs> = {
  builder: (yargs) =>
    yargs
      .positional('names', {
        describe: 'Tables to make; all of them by default (census queries lists them)',
        type: 'string',
        array: true,
        default: [] as string[],
      })
      .options(ENGINE_OPTIONS)
      .option('format', { describe: 'How to write them', choices: FORMATS, default: 'table' as const })
      .option('out', { describe: 'Folder for one file a table, instead of standard output', type: 'string' })
      .example('$0 query version_support --lake lake/', 'One table, to read')
      .example('$0 query --lake lake/ --format csv --out tables/', 'All tables, as files')
      .example(
        '$0 query --engine trino --url https://trino.example:8443',
        'All tables, on a cluster',
      ) as Argv<QueryArgs>,
  handler: async (args) => {
    const modules = chooseModules(args.names);
    checkOutput(args, modules);
    await withCluster(lakeOptions(args), async (options) => {
      const lake = await openLake(options);
      try {
        for (const module of modules) write(args, module, await render(lake, module, args.format));
      } finally {
        lake.close();
      }
    });
  },
};

function checkOutput(args: QueryArgs, modules: readonly SqlModule[]): void {
  if (args.out !== undefined || !isBinary(args.format)) return;
  checkBinaryOutput(args.format, ', or name a folder with --out');
  if (modules.length > 1) {
    throw new UsageError(
      `${args.format} on standard output holds one table; name one, or a folder with --out`,
    );
  }
}

async function render(lake: OpenLake, module: SqlModule, format: Format): Promise<string | Uint8Array> {
  if (format === 'parquet') return parquetBytes(lake, module);
  // Loaded here, since Arrow takes its time to load.
  const { renderTable } = await import('../../query/render/index.ts');
  const table = await lake.run(module);
  return renderTable(table, format, process.stdout.isTTY ? { columns: process.stdout.columns } : {});
}

async function parquetBytes(lake: OpenLake, module: SqlModule): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'census-query-'));
  try {
    const file = join(folder, 'table.parquet');
    await lake.writeParquet(module, file);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let written = 0;

function write(args: QueryArgs, module: SqlModule, content: string | Uint8Array): void {
  if (args.out === undefined) {
    // Tables for people and for papers get an empty line between them.
    if (written++ > 0 && ['table', 'markdown', 'latex'].includes(args.format)) process.stdout.write('\n');
    writeOutput(content);
    return;
  }
  mkdirSync(args.out, { recursive: true });
  writeWhole(join(args.out, `${module.name}.${EXTENSIONS[args.format]}`), content);
}
