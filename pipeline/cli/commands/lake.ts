/** `census lake`: what a lake holds, whether it is whole, fewer files, a scan less, statements for other engines. */
import type { Argv, CommandModule } from 'yargs';
import {
  compactLake,
  DDL_ENGINES,
  type DdlEngine,
  dropScan,
  type LakeInfo,
  lakeDdl,
  lakeInfo,
  registerLake,
  type Verification,
  verifyLake,
} from '../../lake/index.ts';
import { CLUSTER_OPTIONS, type ClusterArgs, trinoOptions, withCluster } from '../engine-arguments.ts';

interface LakeArgs {
  lake: string;
}

interface FormatArgs extends LakeArgs {
  format: 'text' | 'json';
}

const FOLDER = { describe: 'Folder of the lake', type: 'string', demandOption: true } as const;
const FORMAT = { describe: 'How to say it', choices: ['text', 'json'] as const, default: 'text' as const };

const infoCommand: CommandModule<object, FormatArgs> = {
  command: 'info',
  describe: 'Scans, tables, bytes a handshake',
  builder: (yargs) =>
    yargs
      .option('lake', FOLDER)
      .option('format', FORMAT)
      .example('$0 lake info --lake lake/', 'What the lake holds') as Argv<FormatArgs>,
  handler: async ({ lake, format }) => {
    const info = await lakeInfo(lake);
    process.stdout.write(format === 'json' ? `${JSON.stringify(info, null, 1)}\n` : describeLake(info));
  },
};

const verifyCommand: CommandModule<object, FormatArgs> = {
  command: 'verify',
  describe: 'Check every file against the manifest; exit code 1 where anything is wrong',
  builder: (yargs) =>
    yargs
      .option('lake', FOLDER)
      .option('format', FORMAT)
      .example('$0 lake verify --lake lake/', 'One line a fault') as Argv<FormatArgs>,
  handler: async ({ lake, format }) => {
    const verification = await verifyLake(lake);
    process.stdout.write(
      format === 'json'
        ? `${JSON.stringify(verification, null, 1)}\n`
        : describeVerification(lake, verification),
    );
    if (verification.faults.length > 0) process.exitCode = 1;
  },
};

const compactCommand: CommandModule<object, LakeArgs> = {
  command: 'compact',
  describe: 'Make few files of many, with the same rows',
  builder: (yargs) =>
    yargs
      .option('lake', FOLDER)
      .example('$0 lake compact --lake lake/', 'After many ingests') as Argv<LakeArgs>,
  handler: async ({ lake }) => {
    const { partitions, files_before, files_after, bytes_before, bytes_after } = await compactLake(lake);
    process.stdout.write(
      partitions === 0
        ? `${lake}: nothing to do, ${counted(files_before, 'file')}\n`
        : `${lake}: ${counted(files_before, 'file')} (${size(bytes_before)}) became ${files_after} (${size(bytes_after)})\n`,
    );
  },
};

const dropScanCommand: CommandModule<object, LakeArgs & { scan: string }> = {
  command: 'drop-scan <scan>',
  describe: 'Remove a scan from the lake',
  builder: (yargs) =>
    yargs
      .positional('scan', {
        describe: 'Name of the scan, as census lake info tells it',
        type: 'string',
        demandOption: true,
      })
      .option('lake', FOLDER)
      .example('$0 lake drop-scan study-2015 --lake lake/', 'Asks nothing') as Argv<
      LakeArgs & { scan: string }
    >,
  handler: async ({ lake, scan }) => {
    const { files, bytes } = await dropScan(lake, scan);
    process.stdout.write(`${scan} is gone from ${lake}: ${counted(files, 'file')}, ${size(bytes)}\n`);
  },
};

interface DdlArgs extends LakeArgs {
  engine: DdlEngine;
  location: string | undefined;
  schema: string;
  catalog: string;
}

const exportDdlCommand: CommandModule<object, DdlArgs> = {
  command: 'export-ddl',
  describe: "Statements that make the lake's tables in another engine",
  builder: (yargs) =>
    yargs
      .option('lake', FOLDER)
      .option('engine', { describe: 'Whose SQL', choices: DDL_ENGINES, demandOption: true })
      .option('location', {
        describe: 'Where the engine finds the lake, such as s3://bucket/lake',
        type: 'string',
        defaultDescription: 'where it lies now',
      })
      .option('schema', { describe: 'Schema of the tables', type: 'string', default: 'census' })
      .option('catalog', {
        describe: "Trino's catalog of the Hive connector",
        type: 'string',
        default: 'hive',
      })
      .example(
        '$0 lake export-ddl --engine spark --lake lake/ > lake.sql',
        'For spark-sql -f lake.sql',
      ) as unknown as Argv<DdlArgs>,
  handler: ({ lake, engine, location, schema, catalog }) => {
    process.stdout.write(lakeDdl(lake, { engine, location, schema, catalog }));
  },
};

interface RegisterArgs extends LakeArgs, ClusterArgs {
  engine: 'trino';
  location: string | undefined;
}

const registerCommand: CommandModule<object, RegisterArgs> = {
  command: 'register',
  describe: 'Make the lake known to a Trino cluster, as it is now; to be given again when it changes',
  builder: (yargs) =>
    yargs
      .option('lake', FOLDER)
      .option('engine', { describe: 'Whose cluster', choices: ['trino'] as const, demandOption: true })
      .options(CLUSTER_OPTIONS)
      .option('location', {
        describe: 'Where the cluster finds the lake, such as s3://bucket/lake',
        type: 'string',
        defaultDescription: 'where it lies now, as local:///…',
      })
      .example(
        '$0 lake register --engine trino --url http://127.0.0.1:8080 --lake lake/',
        'Before census query --engine trino',
      ) as unknown as Argv<RegisterArgs>,
  handler: async (args) => {
    const { lake, catalog, schema, location } = args;
    const { executeOnTrino } = await import('../../query/index.ts');
    await withCluster({ trino: trinoOptions(args) }, async ({ trino, signal }) => {
      const execute = executeOnTrino(trino!, signal);
      const { tables, scans, rows } = await registerLake(lake, { catalog, schema, location }, execute);
      process.stdout.write(
        `${lake} is registered as ${catalog}.${schema}: ${counted(tables, 'table')}, ${counted(scans, 'scan')}, ${counted(rows, 'row')}\n`,
      );
    });
  },
};

export const lakeCommand: CommandModule<object, object> = {
  builder: (yargs) =>
    yargs
      .command([
        infoCommand,
        verifyCommand,
        compactCommand,
        dropScanCommand,
        exportDdlCommand,
        registerCommand,
      ] as unknown as CommandModule[])
      .demandCommand(1, 1, 'say what to do with the lake'),
  handler: () => {},
};

function describeLake({ lake, format_version, files, bytes, scans, tables, handshakes }: LakeInfo): string {
  const width = Math.max(0, ...tables.map(({ table }) => table.length));
  return [
    `${lake}: format ${format_version}, ${counted(scans.length, 'scan')}, ${counted(files, 'file')}, ${size(bytes)}`,
    ...scans.map(
      (scan) =>
        `  ${scan.scan_id}  ${scan.synthetic ? 'made up, ' : ''}${scan.source}, ${scan.tool} ${scan.tool_version ?? ''}, ` +
        `${scan.strategy}, ${scan.started_at ?? 'unknown'} to ${scan.finished_at ?? 'unknown'}, ` +
        `${counted(scan.endpoints, 'endpoint')}, ${size(scan.bytes)}` +
        (scan.quarantined_lines > 0 ? `, ${counted(scan.quarantined_lines, 'line')} in quarantine` : ''),
    ),
    ...tables.map(
      ({ table, rows, ...of }) =>
        `  ${table.padEnd(width)}  ${counted(rows, 'row').padStart(20)}  ${counted(of.files, 'file').padStart(10)}  ${size(of.bytes).padStart(12)}`,
    ),
    `  accepted handshakes: ${number(handshakes.accepted)}, ${ratio(handshakes.lake_bytes_per_accepted)} bytes of the whole lake each; ` +
      `${ratio(handshakes.table_bytes_per_row)} bytes of the table handshakes a row`,
    `  questions asked: ${number(handshakes.asked)}, ${ratio(handshakes.lake_bytes_per_asked)} bytes of the whole lake each`,
    '',
  ].join('\n');
}

function describeVerification(lake: string, { files, bytes, faults }: Verification): string {
  if (faults.length === 0)
    return `${lake}: ${counted(files, 'file')}, ${size(bytes)}, all as the manifest says\n`;
  return faults.map(({ path, fault }) => `${path}: ${fault}\n`).join('');
}

function counted(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function number(count: number): string {
  return count.toLocaleString('en');
}

function size(bytes: number): string {
  const [unit, name] = bytes < 1_000_000 ? [1000, 'kB'] : [1_000_000, 'MB'];
  return `${(bytes / unit).toLocaleString('en', { maximumFractionDigits: 1 })} ${name}`;
}

function ratio(value: number | null): string {
  return value === null ? 'no' : value.toPrecision(3);
}
