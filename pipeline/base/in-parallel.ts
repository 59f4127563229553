/** Tasks over as many connections as the engine has threads, started in the given order. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Database } from './duckdb.ts';

/** Runs all tasks; the first failure is thrown once those under way have ended. */
export async function inParallel<T>(
  database: Database,
  tasks: readonly T[],
  run: (connection: DuckDBConnection, task: T) => Promise<void>,
): Promise<void> {
  const queue = [...tasks];
  const work = async (): Promise<void> => {
    const connection = await database.connect();
    try {
      for (let task = queue.shift(); task !== undefined; task = queue.shift()) await run(connection, task);
    } catch (error) {
      queue.length = 0;
      throw error;
    } finally {
      connection.closeSync();
    }
  };
  const results = await Promise.allSettled(Array.from({ length: database.threads }, work));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
