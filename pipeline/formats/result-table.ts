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
  /** Names of those that are, ascending. */
  synthetic_scans: string[];
}

/** Said wherever rows of a made population are shown: nothing in them may be taken for a measurement. */
export const SYNTHETIC_NOTE = 'Synthetic: a made population, no server was asked';

/** The note for a table, which names the scans that it is about where others are beside them; null for none. */
export function syntheticNote(table: ResultTable): string | null {
  const scans = scansOf(table);
  if (scans.length === 0) return table.synthetic ? SYNTHETIC_NOTE : null;
  const made = scans.filter((scan) => table.synthetic_scans.includes(scan));
  if (made.length === 0) return null;
  return made.length === scans.length ? SYNTHETIC_NOTE : `${SYNTHETIC_NOTE} (${made.join(', ')})`;
}

/** The scans that a table has rows of, in their order. */
export function scansOf(table: ResultTable): string[] {
  const place = table.columns.findIndex((column) => column.name === 'scan_id');
  return place < 0 ? [] : [...new Set(table.rows.map((row) => String(row[place])))];
}

/**
 * For people: a table whose rows are all of one scan, without the column that says so; else the table as it is,
 * and null.
 */
export function withoutSoleScan(table: ResultTable): { table: ResultTable; scan: string | null } {
  const place = table.columns.findIndex((column) => column.name === 'scan_id');
  const scans = new Set(table.rows.map((row) => row[place]));
  const [scan] = scans;
  if (place < 0 || scans.size !== 1 || typeof scan !== 'string') return { table, scan: null };
  return {
    table: {
      ...table,
      columns: table.columns.toSpliced(place, 1),
      rows: table.rows.map((row) => row.toSpliced(place, 1)),
    },
    scan,
  };
}
