/**
 * A published table for a terminal: title, header, a rule, aligned columns. Shares are percentages with two
 * decimals; the scan stands in the title where there is one only; text from peers is made printable, and cut where the line would pass the terminal's width.
 */
import { printable } from '../../base/printable.ts';
import {
  type ResultColumn,
  type ResultTable,
  type ResultValue,
  syntheticNote,
  withoutSoleScan,
} from '../../formats/result-table.ts';
import { cutToWidth, displayWidth } from './display-width.ts';
import { isNumeric } from './numeric.ts';

const GAP = '  ';
/** A text column is never cut below this. */
const MIN_TEXT_WIDTH = 8;

/** `columns` is the width to fit; numbers are never cut, so a very narrow terminal may still wrap. */
export function tableToTerminal(whole: ResultTable, columns = Number.POSITIVE_INFINITY): string {
  const { table, scan } = withoutSoleScan(whole);
  const header = table.columns.map((column) => column.name);
  const cells = table.rows.map((row) => row.map((value, index) => cell(value, table.columns[index]!)));
  const widths = fitWidths(naturalWidths(header, cells), table.columns, columns);
  const format = (row: string[]): string =>
    row
      .map((text, index) => align(text, widths[index]!, table.columns[index]!))
      .join(GAP)
      .trimEnd();
  const lines = [
    title(whole, scan),
    format(header),
    widths.map((width) => '─'.repeat(width)).join(GAP),
    ...cells.map(format),
  ];
  if (table.rows.length === 0) lines.push(printable(table.empty_because ?? 'No rows.'));
  return `${lines.join('\n')}\n`;
}

function title(table: ResultTable, scan: string | null): string {
  const of = scan === null ? '' : ` · scan ${scan}`;
  const note = syntheticNote(table);
  return printable(`${table.title}${of}${note === null ? '' : ` · ${note}`}`);
}

function cell(value: ResultValue, column: ResultColumn): string {
  if (value === null) return '';
  if (typeof value === 'number' && isShare(column)) return `${(value * 100).toFixed(2)}%`;
  return printable(String(value));
}

function isShare(column: ResultColumn): boolean {
  return column.type === 'double' && /(^|_)share$/.test(column.name);
}

function naturalWidths(header: string[], cells: string[][]): number[] {
  const widths = header.map(displayWidth);
  for (const row of cells) {
    for (const [index, text] of row.entries()) widths[index] = Math.max(widths[index]!, displayWidth(text));
  }
  return widths;
}

/** Takes columns off the widest text column, one by one, until the line fits or none can give more. */
function fitWidths(natural: number[], columns: ResultColumn[], limit: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - limit;
  for (; excess > 0; excess--) {
    const widest = widestText(widths, columns);
    if (widest === undefined) break;
    widths[widest]!--;
  }
  return widths;
}

function widestText(widths: number[], columns: ResultColumn[]): number | undefined {
  let widest: number | undefined;
  for (const [index, width] of widths.entries()) {
    if (isNumeric(columns[index]!.type) || width <= MIN_TEXT_WIDTH) continue;
    if (widest === undefined || width > widths[widest]!) widest = index;
  }
  return widest;
}

function align(text: string, width: number, column: ResultColumn): string {
  const shown = cutToWidth(text, width);
  const padding = ' '.repeat(Math.max(0, width - displayWidth(shown)));
  return isNumeric(column.type) ? padding + shown : shown + padding;
}
