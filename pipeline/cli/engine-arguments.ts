/**
 * Words of the command line and of the environment → the engine that is to be asked. Who asks a cluster, and by which password,
 * stands in the environment: the command line can be read by every user of a machine.
 */
import { UsageError } from '../base/errors.ts';
import type { EngineProgress, LakeOptions, TrinoOptions } from '../query/index.ts';

export interface ClusterArgs {
  url: string | undefined;
  catalog: string;
  schema: string;
  ca: string | undefined;
}

export interface EngineArgs extends ClusterArgs {
  engine: 'duckdb' | 'trino';
  lake: string | undefined;
  scan: string[] | undefined;
}

/** Options of a command that speaks to a cluster. */
export const CLUSTER_OPTIONS = {
  url: {
    describe:
      "Trino's coordinator, as https://HOST:PORT; user and password from CENSUS_TRINO_USER and CENSUS_TRINO_PASSWORD",
    type: 'string',
  },
  catalog: { describe: "Trino's catalog of the Hive connector", type: 'string', default: 'hive' },
  schema: { describe: 'Schema of the tables there', type: 'string', default: 'census' },
  ca: { describe: "File (PEM) of the CA of the coordinator's certificate", type: 'string' },
} as const;

/** Options of a command that reads a lake on an engine. */
export const ENGINE_OPTIONS = {
  lake: { describe: 'Folder of the lake; with Trino it may be left out', type: 'string' },
  engine: {
    describe: 'What runs the SQL: DuckDB here, or a Trino cluster with the lake registered',
    choices: ['duckdb', 'trino'],
    default: 'duckdb',
  },
  ...CLUSTER_OPTIONS,
  scan: { describe: 'Only this scan; may be given again', type: 'string', array: true },
} as const;

/** UsageError for words that do not go together. */
export function lakeOptions(args: EngineArgs): LakeOptions {
  const { engine, url, ca, lake, scan } = args;
  if (engine === 'trino') return { lake, scans: scan, trino: trinoOptions(args) };
  const stray = Object.entries({ url, ca }).find(([, value]) => value !== undefined);
  if (stray) throw new UsageError(`--${stray[0]} goes with --engine trino`);
  if (lake === undefined) throw new UsageError('no lake is named; name its folder with --lake');
  return { lake, scans: scan };
}

/** UsageError where no coordinator is named. */
export function trinoOptions({ url, catalog, schema, ca }: ClusterArgs): TrinoOptions {
  if (url === undefined)
    throw new UsageError('--engine trino needs the address of a coordinator; name it with --url');
  const { CENSUS_TRINO_USER: user, CENSUS_TRINO_PASSWORD: password } = process.env;
  return { url, catalog, schema, ca, user: user || undefined, password: password || undefined };
}

/**
 * Does `work` so that an interruption reaches the cluster: what runs there is cancelled, and the program ends with 130. On a
 * terminal the cluster's own progress is shown meanwhile.
 */
export async function withCluster<T>(
  options: LakeOptions,
  work: (options: LakeOptions) => Promise<T>,
): Promise<T> {
  if (!options.trino) return work(options);
  const interruption = new AbortController();
  let by: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals): void => {
    by = signal;
    interruption.abort();
  };
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    return await work({ ...options, signal: interruption.signal, progress: showProgress });
  } catch (error) {
    if (!by) throw error;
    process.stderr.write(`census: ${(error as Error).message}\n`);
    // 128 and the signal's number, as shells have it.
    return process.exit(by === 'SIGINT' ? 130 : 143);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}

function showProgress({ percent, rows }: EngineProgress): void {
  if (!process.stderr.isTTY) return;
  const share = percent === null ? '' : ` ${percent.toFixed(0)} %,`;
  process.stderr.write(`\r\u001b[KTrino:${share} ${rows.toLocaleString('en')} rows read`);
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
