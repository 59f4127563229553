/**
 * `census run`: all four stages, one after the other, in one folder.
 *
 *     targets ──scan──▶ raw records ──ingest──▶ lake (Parquet) ──query──▶ tables ──report──▶ figures, pages
 *                       OUT/raw                 OUT/lake                  OUT/tables         OUT/report
 *
 * OUT/run.json says which stages have ended: the same command given again goes on at the one that has not, and within
 * the scan where that was. How fast to scan may differ then, and the title, which makes the report anew.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArgumentsCamelCase, CommandModule } from 'yargs';
import { UsageError } from '../../base/errors.ts';
import { fileSha256, writeWhole } from '../../base/files.ts';
import { publishedValues } from '../../formats/datasets.ts';
import type { ResultTable } from '../../formats/result-table.ts';
import { finishStage, openRun, type RunManifest, STAGES, type Stage } from '../../formats/run-manifest.ts';
import { type ScanArgs, scanOptions } from '../scan-arguments.ts';
import { StageProgress } from '../stage-progress.ts';
import { runScan, withInterrupt } from './scan.ts';

export type RunArgs = ScanArgs & { targets: string[]; title?: string | undefined };

export const runCommand: CommandModule<object, RunArgs> = {
  builder: (yargs) =>
    scanOptions(yargs)
      .option('out', { type: 'string', demandOption: true, describe: 'Folder for all that is made' })
      .option('title', { type: 'string', describe: 'Title of the report' })
      .positional('targets', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'Files with one IP, CIDR or host name a line, or CSV with a header',
      })
      .example('$0 run targets.txt --out census/', 'Then open census/report/index.html') as never,
  handler: async (args: ArgumentsCamelCase<RunArgs>) => {
    await runAll(args);
  },
};

/** Runs what is not finished of the four stages. Gives false where the scan was interrupted. */
export async function runAll(args: RunArgs): Promise<boolean> {
  mkdirSync(args.out, { recursive: true });
  const manifest = join(args.out, 'run.json');
  const run = openRun(manifest, await asked(args), args.title ?? null);
  const progress = new StageProgress(process.stderr, STAGES);
  for (const stage of STAGES) {
    if (run.finished.includes(stage)) {
      progress.note(stage, 'done before');
      continue;
    }
    progress.begin(stage);
    if (!(await STAGE_WORK[stage](args, progress))) return false;
    finishStage(manifest, run, stage);
  }
  process.stdout.write(`the report is ${join(args.out, 'report', 'index.html')}\n`);
  return true;
}

type StageWork = (args: RunArgs, progress: StageProgress) => Promise<boolean>;

/** Each loads its stage when its turn comes: a scan may take days, and engines take memory. */
const STAGE_WORK: Record<Stage, StageWork> = {
  scan: async (args) => {
    const raw = join(args.out, 'raw');
    // Only here is Ctrl-C waited out, for a scan.json that says how far it came; later stages it ends at once.
    let whole = false;
    await withInterrupt(async (signal) => {
      whole = (await runScan({ ...args, out: raw, resume: true, signal })).finished_at !== null;
      return whole;
    });
    return whole;
  },
  ingest: async (args, progress) => {
    const { ingest } = await import('../../ingest/index.ts');
    const { describeIngest } = await import('./ingest.ts');
    const lake = join(args.out, 'lake');
    const summaries = await ingest({ from: 'native', inputs: [join(args.out, 'raw')], lake });
    for (const summary of summaries) progress.note('ingest', describeIngest(summary, lake));
    return true;
  },
  query: async (args, progress) => {
    const { queryAll } = await import('../../query/index.ts');
    const folder = join(args.out, 'tables');
    mkdirSync(folder, { recursive: true });
    const tables = await queryAll({ lake: join(args.out, 'lake') }, (name, done, of) =>
      progress.step('query', name, done, of),
    );
    for (const table of tables) writeWhole(join(folder, `${table.name}.json`), `${JSON.stringify(table)}\n`);
    return true;
  },
  report: async (args) => {
    const { report } = await import('../../report/index.ts');
    const tables = await readTables(join(args.out, 'tables'));
    const out = join(args.out, 'report');
    await report({ tables, published: publishedValues(), out, ...(args.title ? { title: args.title } : {}) });
    return true;
  },
};

async function readTables(folder: string): Promise<ResultTable[]> {
  const { readModules } = await import('../../query/index.ts');
  return readModules().map(({ name }) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')));
}

async function asked(args: RunArgs): Promise<RunManifest['asked']> {
  const hashes: string[] = [];
  for (const target of args.targets) {
    if (!existsSync(target)) throw new UsageError(`${target}: no such file; give a file of targets`);
    hashes.push(await fileSha256(target));
  }
  return {
    targets: hashes.join(' '),
    ports: args.ports,
    strategy: args.strategy,
    prior:
      args.prior === undefined
        ? ''
        : `${args.prior} ${args.confidence} ${args.checkShare} ${args.maxInferenceError}`,
    suites: args.suites,
    probes: args.probes,
    shard: args.shard,
    'timeout-ms': String(args.timeoutMs),
    'greeting-timeout-ms': String(args.greetingTimeoutMs),
    helo: args.helo,
    'allow-reserved': String(args.allowReserved),
    'keep-flights': String(args.keepFlights),
    'max-handshakes': String(args.maxHandshakes),
  };
}
