/** `census ingest`: raw records of a scan, other tools' files, or the study's patterns, into a lake. */
import type { Argv, CommandModule } from 'yargs';
import { DEFAULT_MEMORY_LIMIT } from '../../base/duckdb.ts';
import { UsageError } from '../../base/errors.ts';
import type { LakeSource } from '../../formats/lake-manifest.ts';
import { INGEST_FORMATS, type IngestSummary, ingest } from '../../ingest/index.ts';

interface IngestArgs {
  inputs: string[];
  lake: string;
  from: LakeSource | undefined;
  port: number | undefined;
  positions: string | undefined;
  scanId: string | undefined;
  strict: boolean;
  wait: number;
  memoryLimit: string;
  pfx2as: string | undefined;
  country: string | undefined;
}

export const ingestCommand: CommandModule<object, IngestArgs> = {
  command: 'ingest <inputs..>',
  describe: "Bring raw records, or other tools' files, into a lake of Parquet files",
  builder: (yargs) =>
    // yargs adds the camelCase names at run time; its types don't know them.
    yargs
      .positional('inputs', {
        describe:
          "Folders that census scan wrote; other tools' files (docs/adapters.md), `-` for standard input; the study's pattern files",
        type: 'string',
        array: true,
        demandOption: true,
      })
      .option('lake', { describe: 'Folder of the lake; made if missing', type: 'string', demandOption: true })
      .option('from', {
        describe: 'What the inputs are',
        choices: INGEST_FORMATS,
        defaultDescription: 'told by the content of each',
      })
      .option('port', {
        describe: "Other tools' files: which mail port endpoints stand for whose own is none, or is not told",
        type: 'number',
      })
      .option('positions', {
        describe: 'study-patterns: the table that says what each character of a pattern stands for',
        type: 'string',
        defaultDescription: 'positions.csv beside the first file',
      })
      .option('scan-id', {
        describe:
          "study-patterns, other tools' files, shards of a scan: name of the scan in the lake; all become one scan",
        type: 'string',
        defaultDescription: "study-2015; of another tool's file the tool and the file's hash",
      })
      .option('pfx2as', {
        describe: 'File of prefix, length and origin AS, as CAIDA publishes it: fills asn and as_prefix',
        type: 'string',
      })
      .option('country', {
        describe: 'CSV of first address, last address and country code, or a MaxMind DB: fills country',
        type: 'string',
      })
      .option('strict', {
        describe:
          'A line that cannot be read is an error; without it such lines are set aside in the lake, and counted',
        type: 'boolean',
        default: false,
      })
      .option('wait', {
        describe: 'Seconds to wait where another process writes the lake, on this machine or another',
        type: 'number',
        default: 0,
      })
      .option('memory-limit', {
        describe: 'Memory of the engine, past which it spills to disk; each 900 MiB let one more core work',
        type: 'string',
        default: DEFAULT_MEMORY_LIMIT,
      })
      .example('$0 ingest raw/ --lake lake/', 'Ingest a scan')
      .example('$0 ingest grabs.ndjson.zst --lake lake/', 'Ingest what zgrab2 wrote')
      .example('$0 ingest raw-*/ --scan-id 2026-48 --lake lake/', 'Shards of a scan, as one')
      .example('$0 ingest raw/ --pfx2as routeviews.pfx2as.gz --lake lake/', 'With the origin AS of addresses')
      .example(
        '$0 ingest --from study-patterns pattern_*.csv --lake lake/',
        "Ingest the study's patterns",
      ) as unknown as Argv<IngestArgs>,
  handler: async (args) => {
    const summaries = await ingest({
      from: args.from,
      inputs: args.inputs,
      lake: args.lake,
      positions: args.positions,
      scan_id: args.scanId,
      port: args.port,
      pfx2as: args.pfx2as,
      country: args.country,
      strict: args.strict,
      wait_seconds: waitSeconds(args.wait),
      memory_limit: memorySize(args.memoryLimit),
      tell: (line) => process.stderr.write(`${line}\n`),
    });
    for (const summary of summaries) process.stdout.write(`${describeIngest(summary, args.lake)}\n`);
  },
};

/** What an ingest did to a scan, in one line. */
export function describeIngest(summary: IngestSummary, lake: string): string {
  const { scan_id, changed, complete, rows, bytes, quarantine } = summary;
  const count = (table: string): string => (rows[table] ?? 0).toLocaleString('en');
  const what = changed ? 'is now in' : 'is unchanged in';
  return (
    `${scan_id} ${what} ${lake}: ${count('endpoints')} endpoints, ${count('handshakes')} accepted or failed handshakes, ` +
    `${count('certificates')} certificates, ${count('dh_groups')} Diffie-Hellman groups, ` +
    `${(bytes / 1_000_000).toFixed(1)} MB${complete ? '' : '; the scan was stopped before its end'}${setAside(quarantine)}`
  );
}

function setAside(quarantine: IngestSummary['quarantine']): string {
  if (!quarantine) return '';
  const { lines, path } = quarantine;
  return `; ${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'} could not be read, see ${path}`;
}

function waitSeconds(seconds: number): number {
  if (seconds >= 0 && seconds <= MAX_WAIT_SECONDS) return seconds;
  throw new UsageError(`--wait is ${seconds}; give seconds from 0 to ${MAX_WAIT_SECONDS}`);
}

/** A week. */
const MAX_WAIT_SECONDS = 604_800;

function memorySize(text: string): string {
  if (/^\d+(\.\d+)? ?[KMGT]i?B$/i.test(text)) return text;
  throw new UsageError(`--memory-limit is ${JSON.stringify(text)}; give a size such as 2GB or 800MiB`);
}
