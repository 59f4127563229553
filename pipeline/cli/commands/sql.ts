/** `census sql`: a statement of the operator's own over the tables of a lake, on either engine. It may only read. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Argv, CommandModule } from 'yargs';
import type { ResultTable } from '../../formats/result-table.ts';
import { openLake, writeTableAsParquet } from '../../query/index.ts';
import { ENGINE_OPTIONS, type EngineArgs, lakeOptions, withCluster } from '../engine-arguments.ts';
import { checkBinaryOutput, FORMATS, type Format, writeOutput } from '../table-output.ts';

interface SqlArgs extends EngineArgs {
  statement: string;
  format: Format;
}

export const sqlCommand: CommandModule<object, SqlArgs> = {
  builder: (yargs) =>
    yargs
      .positional('statement', {
        describe: 'One statement that reads: select, with, values, show, describe, explain',
        type: 'string',
        demandOption: true,
      })
      .options(ENGINE_OPTIONS)
      .option('format', { describe: 'How to write the answer', choices: FORMATS, default: 'table' as const })
      .example(
        '$0 sql "select port, count(*) as endpoints from endpoints group by port order by port" --lake lake/',
        'The tables are in docs/lake.md; known_… names numbers',
      ) as unknown as Argv<SqlArgs>,
  handler: async (args) => {
    checkBinaryOutput(args.format);
    const answer = await withCluster(lakeOptions(args), async (options) => {
      const lake = await openLake({ ...options, confined: true });
      try {
        return await lake.ask(args.statement);
      } finally {
        lake.close();
      }
    });
    writeOutput(await render(answer, args.format));
  },
};

async function render(answer: ResultTable, format: Format): Promise<string | Uint8Array> {
  if (format === 'parquet') return parquetBytes(answer);
  const { renderTable } = await import('../../query/render/index.ts');
  return renderTable(answer, format, process.stdout.isTTY ? { columns: process.stdout.columns } : {});
}

async function parquetBytes(answer: ResultTable): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'census-sql-'));
  try {
    const file = join(folder, 'answer.parquet');
    await writeTableAsParquet(answer, file);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
