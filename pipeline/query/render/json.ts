/**
 * A published table to JSON (RFC 8259): an array with one object a row, keys in the order of the columns.
 * Title, grain and the reason for emptiness are left out; a table without rows is `[]`.
 */
import type { ResultTable } from '../../formats/result-table.ts';

/** Characters that JSON allows but a terminal or a line reader may act on; escaped, they read back the same. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}\u{feff}]/gu;

export function tableToJson(table: ResultTable): string {
  const rows = table.rows.map((row) =>
    Object.fromEntries(table.columns.map((column, index) => [column.name, row[index] ?? null])),
  );
  return `${JSON.stringify(rows, null, 2).replace(UNSAFE, escapeUnit)}\n`;
}

function escapeUnit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
