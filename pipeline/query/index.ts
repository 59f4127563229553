/**
 * Stage three: SQL modules over a lake → published tables, on DuckDB in this process or on a Trino cluster. A lake is opened
 * once and any number of modules run on it.
 */
import type { DatabaseOptions } from '../base/duckdb.ts';
import { UsageError } from '../base/errors.ts';
import type { ResultTable, ResultValue } from '../formats/result-table.ts';
import { openDuckdbLake } from './duckdb/open-duckdb-lake.ts';
import { writeTableAsParquet } from './duckdb/table-to-parquet.ts';
import type { EngineProgress, LakeEngine } from './engine.ts';
import { readOnly } from './read-only.ts';
import { readModules, type SqlModule } from './sql-module.ts';
import { answerTable, moduleTable } from './tables.ts';
import type { TrinoOptions } from './trino/connection.ts';

export { writeTableAsParquet } from './duckdb/table-to-parquet.ts';
export type { EngineProgress } from './engine.ts';
export { readModules, type SqlModule } from './sql-module.ts';
export type { TrinoOptions } from './trino/connection.ts';

export interface LakeOptions extends DatabaseOptions {
  /** Folder of the lake. With `trino` it may be left out: then nobody can tell whether the lake has changed since it was registered. */
  lake?: string | undefined;
  /** Scans to look at; all by default. */
  scans?: readonly string[] | undefined;
  /** The cluster that the lake is registered on; DuckDB by default. */
  trino?: TrinoOptions | undefined;
  /** For `ask`: DuckDB is kept from all files but the lake's. Then there is no `writeParquet`. */
  confined?: boolean | undefined;
  /** Ends what runs, on a cluster too. */
  signal?: AbortSignal | undefined;
  /** Told by a cluster of how far it is. */
  progress?: ((progress: EngineProgress) => void) | undefined;
}

export interface OpenLake {
  /** Runs one module and gives its table. */
  run(module: SqlModule): Promise<ResultTable>;
  /** Answers a statement of the operator's own, which may only read. UsageError for what is wrong with it. */
  ask(statement: string): Promise<ResultTable>;
  /** Runs one module into a Parquet file, whose metadata has `synthetic_scans`. */
  writeParquet(module: SqlModule, file: string): Promise<void>;
  close(): void;
}

/** Opens a lake. UsageError for no lake, an empty one, a newer one, an unknown scan, or a cluster that does not have it. */
export async function openLake(options: LakeOptions): Promise<OpenLake> {
  if (options.trino) {
    // Loaded here: most never speak to a cluster.
    const { openTrinoLake } = await import('./trino/open-trino-lake.ts');
    const engine = await openTrinoLake({ ...options, trino: options.trino });
    return {
      ...asking(engine),
      writeParquet: async (module, file) => writeTableAsParquet(await moduleTable(engine, module), file),
    };
  }
  const { lake } = options;
  if (lake === undefined) throw new UsageError('no lake is named; name its folder with --lake');
  const engine = await openDuckdbLake({ ...options, lake });
  return { ...asking(engine), writeParquet: (module, file) => engine.writeParquet(module.sql, file) };
}

function asking(engine: LakeEngine): Omit<OpenLake, 'writeParquet'> {
  return {
    run: (module) => moduleTable(engine, module),
    ask: async (statement) => answerTable(engine, readOnly(statement)),
    close: () => engine.close(),
  };
}

/** What runs one statement after the other on a cluster, for a lake that is to be registered there. */
export function executeOnTrino(
  trino: TrinoOptions,
  signal?: AbortSignal,
): (statement: string) => Promise<ResultValue[][]> {
  const connection = import('./trino/connection.ts').then(({ connectTrino }) => connectTrino(trino));
  return async (statement) => {
    const { executeStatement } = await import('./trino/statement.ts');
    return executeStatement(await connection, statement, { signal });
  };
}

/** All published tables of a lake; `step` is told each before it is made. */
export async function queryAll(
  options: LakeOptions,
  step: (name: string, done: number, of: number) => void = () => {},
): Promise<ResultTable[]> {
  const lake = await openLake(options);
  try {
    const modules = readModules();
    const tables: ResultTable[] = [];
    for (const module of modules) {
      step(module.name, tables.length, modules.length);
      tables.push(await lake.run(module));
    }
    return tables;
  } finally {
    lake.close();
  }
}

/** The modules of the given names, in that order; all of them for no names. UsageError for an unknown one. */
export function chooseModules(names: readonly string[], modules: SqlModule[] = readModules()): SqlModule[] {
  if (names.length === 0) return modules;
  return names.map((name) => {
    const module = modules.find((candidate) => candidate.name === name);
    if (module) return module;
    const known = modules.map((candidate) => candidate.name).join(', ');
    throw new UsageError(`no query is called ${JSON.stringify(name)}; there are: ${known}`);
  });
}
