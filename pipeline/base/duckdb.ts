/**
 * DuckDB in this process: opened with the same bounds by each stage that needs an engine, and how text becomes
 * part of a statement. No extension is ever fetched: Parquet and JSON are built in.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { sqlText } from './sql-text.ts';

export { sqlText } from './sql-text.ts';

export interface DatabaseOptions {
  /** Threads of DuckDB; all cores by default. */
  threads?: number | undefined;
  /** DuckDB's own bound, e.g. '2GB'; past it, it spills to the temporary folder. */
  memory_limit?: string | undefined;
  /** Where it spills; a folder of ours in the system's temporary folder by default. */
  temp_directory?: string | undefined;
}

export interface Database {
  connect(): Promise<DuckDBConnection>;
  threads: number;
  /**
   * Engines of one thread each, at most `most`, that share a bound of memory as large as this one's, which it keeps for itself;
   * each gets at least `mib` unless there is just one. What one of them makes does not depend on the number of cores. To be closed by the caller.
   */
  singles(most: number, mib: number): Promise<Database[]>;
  /** Closes the engine and removes what it spilled. */
  close(): void;
}

export const DEFAULT_MEMORY_LIMIT = '2GB';

/** An empty in-memory database. */
export async function openDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const threads = options.threads ?? availableParallelism();
  const parent = options.temp_directory ?? tmpdir();
  mkdirSync(parent, { recursive: true });
  const spill = mkdtempSync(join(parent, 'census-duckdb-'));
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: options.memory_limit ?? DEFAULT_MEMORY_LIMIT,
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  return {
    threads,
    connect: () => instance.connect(),
    singles: async (most, mib) => {
      const memory = await memoryMiB(instance);
      const engines = Math.max(1, Math.min(threads, most, POOL_THREADS - 1, Math.floor(memory / mib)));
      const one = { threads: 1, memory_limit: `${Math.floor(memory / engines)}MiB`, temp_directory: parent };
      return Promise.all(Array.from({ length: engines }, () => openDatabase(one)));
    },
    close: () => {
      instance.closeSync();
      rmSync(spill, { recursive: true, force: true });
    },
  };
}

/** The engine's bound of memory, which it says as "1.8 GiB". */
async function memoryMiB(instance: DuckDBInstance): Promise<number> {
  const connection = await instance.connect();
  const result = await connection.runAndReadAll("select current_setting('memory_limit')");
  connection.closeSync();
  const [, size, unit] = /^([\d.]+) (\w+)$/.exec(String(result.getRows()[0]![0])) ?? [];
  return Number(size) * (MIB[unit!] ?? 0);
}

/** Statements run on threads of Node's pool: more at a time would wait for each other, and one is left for files. */
const POOL_THREADS = Number.parseInt(process.env['UV_THREADPOOL_SIZE'] ?? '', 10) || 4;
const MIB: Record<string, number> = { KiB: 2 ** -10, MiB: 1, GiB: 2 ** 10, TiB: 2 ** 20, PiB: 2 ** 30 };

/** The path of one file as a literal for DuckDB's readers, which take `*`, `?` and `[` for patterns. */
export function sqlPath(path: string): string {
  return sqlText(path.replace(/[[*?]/g, '[$&]'));
}

/** Paths as a list literal for DuckDB's readers of many files. */
export function sqlPathList(paths: readonly string[]): string {
  return `[${paths.map(sqlPath).join(', ')}]`;
}
