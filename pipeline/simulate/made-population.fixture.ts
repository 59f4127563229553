/** For tests: tables of a made population by way of ingest and queries, as objects without scan_id and shares. */
import { ingest } from '../ingest/index.ts';
import { openLake, readModules } from '../query/index.ts';
import type { TruthRow } from './index.ts';

/** Ingests `raw` into `lake` and gives the rows of each published table. */
export async function publishedTables(raw: string, lake: string): Promise<Map<string, TruthRow[]>> {
  await ingest({ from: 'native', inputs: [raw], lake });
  const open = await openLake({ lake });
  const tables = new Map<string, TruthRow[]>();
  try {
    for (const module of readModules()) {
      const { name, columns, rows } = await open.run(module);
      const names = columns.map((column) => column.name);
      tables.set(
        name,
        rows.map((row) => Object.fromEntries(names.map((column, place) => [column, row[place] ?? null]))),
      );
    }
  } finally {
    open.close();
  }
  return tables;
}

/** `rows` with the columns that the truth has. */
export function columnsOf(rows: readonly TruthRow[], truth: readonly TruthRow[]): TruthRow[] {
  const names = [...new Set(truth.flatMap((row) => Object.keys(row)))];
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
}
