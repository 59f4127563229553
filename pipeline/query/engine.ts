/**
 * What stands between the SQL modules and an engine that runs them: a lake opened on it, statements in, rows with types out.
 * DuckDB and Trino stand behind; nothing else of the program knows which.
 */
import type { ColumnType, ResultValue } from '../formats/result-table.ts';

export interface EngineColumn {
  name: string;
  /** What an engine has beyond these comes as text. */
  type: ColumnType;
}

/** An answer as it comes: the columns first, then rows in the order of the statement. */
export interface EngineRows {
  columns: EngineColumn[];
  /** To be read once, to its end: only then is it known that the answer is right. */
  batches: AsyncIterable<ResultValue[][]>;
}

/** A lake, or chosen scans of it, on an engine. */
export interface LakeEngine {
  /** Scans of those looked at that are made up, ascending. */
  readonly syntheticScans: readonly string[];
  /** Answers a statement that reads the given tables of the lake. UsageError for what the operator can mend. */
  query(statement: string, tables: readonly string[]): Promise<EngineRows>;
  /** As `query`, for a statement of the operator's own: what is wrong with it is a UsageError. */
  ask(statement: string): Promise<EngineRows>;
  close(): void;
}

/** How far an engine is with a statement, as it says itself. */
export interface EngineProgress {
  /** 0 to 100; null where the engine does not know yet. */
  percent: number | null;
  rows: number;
  bytes: number;
}
