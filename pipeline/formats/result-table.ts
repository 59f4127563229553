/**
 * A published table: what a query gives and a report takes. On disk it is `NAME.json`, this shape;
 * values are null, boolean, string or number (a 64-bit count beyond 2^53 would lose digits: no count here is).
 */

export type ColumnType = 'varchar' | 'boolean' | 'smallint' | 'integer' | 'bigint' | 'double' | 'timestamp';

export interface ResultColumn {
  name: string;
  type: ColumnType;
  /** One sentence; for a share, of what. */
  description: string;
}

export type ResultValue = string | number | boolean | null;

export interface ResultTable {
  name: string;
  title: string;
  /** What one row stands for. */
  grain: string;
  /** Where the table's question comes from. */
  source: string;
  columns: ResultColumn[];
  rows: ResultValue[][];
  /** Said where the table is empty: why no row can be there. Null where there are rows. */
  empty_because: string | null;
  /** Whether any scan behind it is made up (`scans.synthetic`). */
  synthetic: boolean;
}
