/** A published table to HTML: the first rows in sight, more behind a disclosure, all of them in the CSV. */
import { escapeHtml } from '../base/printable.ts';
import type { ResultColumn, ResultTable, ResultValue } from '../formats/result-table.ts';
import { grouped, isNumberColumn, showValue } from './show-value.ts';

/** Rows in sight. */
const FIRST_ROWS = 50;
/** Rows on the page at all: beyond, a browser is the wrong tool. */
const MOST_ROWS = 2000;

/** `<table>` with its caption; for a table without rows, its columns and why it has none. */
export function tableHtml(table: ResultTable): string {
  if (table.rows.length === 0) {
    const columns = table.columns.map((column) => column.name).join(', ');
    return `<p class="empty">No rows. ${escapeHtml(table.empty_because ?? '')} <span class="columns">(Columns: ${escapeHtml(columns)})</span></p>`;
  }
  const first = rowsHtml(table, table.rows.slice(0, FIRST_ROWS), 'rows');
  const more = table.rows.slice(FIRST_ROWS, MOST_ROWS);
  if (more.length === 0) return first;
  const left = table.rows.length - FIRST_ROWS - more.length;
  const rest = left > 0 ? `<p>${grouped(left)} more rows are in the CSV only.</p>` : '';
  return `${first}
<details><summary>${grouped(more.length)} more rows</summary>
${rowsHtml(table, more, 'further rows')}${rest}
</details>`;
}

function rowsHtml(table: ResultTable, rows: ResultValue[][], what: string): string {
  const head = table.columns.map(
    (column) =>
      `<th scope="col" class="${cellClass(column)}" title="${escapeHtml(column.description)}">${escapeHtml(column.name)}</th>`,
  );
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(`${table.name}: ${what}`)}"><table>
<caption class="unseen">${escapeHtml(`${table.title}: ${what}`)}</caption>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${rows.map((row) => rowHtml(table, row)).join('\n')}
</tbody></table></div>`;
}

function rowHtml(table: ResultTable, row: ResultValue[]): string {
  const cells = table.columns.map((column, index) => {
    const shown = escapeHtml(showValue(row[index] ?? null, column));
    return index === 0 ? `<th scope="row">${shown}</th>` : `<td class="${cellClass(column)}">${shown}</td>`;
  });
  return `<tr>${cells.join('')}</tr>`;
}

function cellClass(column: ResultColumn): string {
  if (isNumberColumn(column)) return 'number';
  if (/sha(1|256)$/.test(column.name)) return 'hash';
  return column.type === 'varchar' ? 'text' : 'short';
}
