/** CSV as the files in `datasets/` are written: a header, line feeds, quotes only where they are needed. */
import { parse } from 'csv-parse/sync';

export type CsvValue = string | number | boolean;

/** `rows` as CSV text, columns in the order of `columns`. */
export function toCsv<Row extends object>(
  columns: readonly (keyof Row & string)[],
  rows: readonly Row[],
): string {
  const lines = rows.map((row) => columns.map((name) => cell(row[name] as CsvValue)).join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

/** The rows of a CSV text with a header. */
export function fromCsv(text: string): Record<string, string>[] {
  return parse(text, { columns: true, relax_column_count: true });
}

function cell(value: CsvValue): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
