/**
 * What the study of 2015 published, as it was typed from its slides → `datasets/published_2015.csv`, whose items
 * are named as in our tables.
 */
import { fromCsv, toCsv } from './csv.ts';

export const PUBLISHED_2015_COLUMNS = [
  'table_name',
  'port',
  'item',
  'value',
  'unit',
  'status',
  'source',
] as const;

type Row = Record<(typeof PUBLISHED_2015_COLUMNS)[number], string>;

/** The CSV, in the order of table, port and item. */
export function makePublished2015(source: string): string {
  const rows = fromCsv(source).map((row): Row => {
    const { table, ...rest } = row as Row & { table: string };
    return { ...rest, table_name: table, item: ITEMS[row['item']!] ?? row['item']! };
  });
  return toCsv(PUBLISHED_2015_COLUMNS, rows.sort(byTablePortItem));
}

function byTablePortItem(a: Row, b: Row): number {
  const keys = (row: Row) => [row.table_name, row.port.padStart(10, ' '), row.item].join('\t');
  return keys(a) < keys(b) ? -1 : 1;
}

/** Items as the slides have them, and as our tables name them. */
const ITEMS: Record<string, string> = {
  'TLSv1 upwards': 'TLSv1.0 upwards',
};
