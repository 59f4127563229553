/**
 * A published table to CSV, and CSV of our own to rows (RFC 4180, but lines end in LF). Null is an empty field, the empty text is `""`.
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

/**
 * The rows of a CSV file of ours by the names in its header: no field of it has a line feed. A program that lives half a
 * second can't spend a fifth of it on a general parser.
 */
export function csvRows(text: string): Record<string, string>[] {
  const [header = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const names = fieldsOf(header);
  return lines.map((line) => {
    const fields = fieldsOf(line);
    return Object.fromEntries(names.map((name, place) => [name, fields[place]!]));
  });
}

function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields = [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*)),/g)];
  return fields.map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare!);
}
