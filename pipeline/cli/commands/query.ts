/** `census query`: published tables of a lake, to standard output or to a folder, in many formats. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { writeWhole } from '../../base/files.ts';
import { printable } from '../../base/printable.ts';
import { chooseModules, type OpenLake, openLake, type SqlModule } from '../../query/index.ts';
import type { RenderFormat } from '../../query/render/index.ts';

type Format = RenderFormat | 'parquet';

const EXTENSIONS: Record<Format, string> = {
  table: 'txt',
  csv: 'csv',
  json: 'json',
  markdown: 'md',
  latex: 'tex',
  arrow: 'arrow',
  parquet: 'parquet',
};
const FORMATS = Object.keys(EXTENSIONS) as Format[];
const BINARY: readonly Format[] = ['arrow', 'parquet'];

interface QueryArgs {
  names: string[];
  lake: string;
  format: Format;
  scan: string[] | undefined;
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
      .option('lake', { describe: 'Folder of the lake', type: 'string', demandOption: true })
      .option('format', { describe: 'How to write them', choices: FORMATS, default: 'table' as const })
      .option('scan', { describe: 'Only this scan; may be given again', type: 'string', array: true })
      .option('out', { describe: 'Folder for one file a table, instead of standard output', type: 'string' })
      .example('$0 query version_support --lake lake/', 'One table, to read')
      .example('$0 query --lake lake/ --format csv --out tables/', 'All tables, as files'),
  handler: async (args) => {
    const modules = chooseModules(args.names);
    checkOutput(args, modules);
    const lake = await openLake({ lake: args.lake, scans: args.scan });
    try {
      for (const module of modules) write(args, module, await render(lake, module, args.format));
    } finally {
      lake.close();
    }
  },
};

function checkOutput(args: QueryArgs, modules: readonly SqlModule[]): void {
  if (args.out !== undefined || !BINARY.includes(args.format)) return;
  if (process.stdout.isTTY) {
    throw new UsageError(
      `${args.format} is not for a terminal; send it to a file, or name a folder with --out`,
    );
  }
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
    process.stdout.write(
      process.stdout.isTTY && typeof content === 'string' ? forTerminal(content) : content,
    );
    return;
  }
  mkdirSync(args.out, { recursive: true });
  writeWhole(join(args.out, `${module.name}.${EXTENSIONS[args.format]}`), content);
}

/** Formats for programs carry the exact text of peers: a file or a pipe gets it, a terminal gets escapes. */
function forTerminal(content: string): string {
  return content
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}
