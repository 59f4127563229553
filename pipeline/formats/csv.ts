/**
 * A published table to CSV (RFC 4180, but lines end in LF). Null is an empty field, the empty text is `""`.
 * Values are exact: text from peers stands as it was sent, so a spreadsheet may take a field that starts with
 * `=`, `+`, `-` or `@` for a formula; import it as text.
 */
import type { ResultTable, ResultValue } from './result-table.ts';

/** The header line and one record a row; a table without rows is its header. */
export function tableToCsv(table: ResultTable): string {
  const header = table.columns.map((column) => csvField(column.name));
  const records = table.rows.map((row) => row.map(csvField));
  return [header, ...records].map((fields) => `${fields.join(',')}\n`).join('');
}

/** One field, quoted where it must be. Numbers are the shortest digits that read back as the same double. */
export function csvField(value: ResultValue): string {
  if (value === null) return '';
  const text = String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
