/**
 * A published table to the bytes or text of an output format. Only `table`, for people, rounds: shares become
 * percentages there; every other format keeps the exact number. Parquet is written by the engine, not here.
 */
import { tableToCsv } from '../../formats/csv.ts';
import type { ResultTable } from '../../formats/result-table.ts';
import { tableToArrow } from './arrow.ts';
import { tableToJson } from './json.ts';
import { tableToLatex } from './latex.ts';
import { tableToMarkdown } from './markdown.ts';
import { tableToTerminal } from './terminal.ts';

/** What `renderTable` can write. */
export const RENDER_FORMATS = ['table', 'csv', 'json', 'markdown', 'latex', 'arrow'] as const;

export type RenderFormat = (typeof RENDER_FORMATS)[number];

export interface RenderOptions {
  /** Width of the terminal in columns, for `table`; unlimited without. */
  columns?: number;
}

/** `table` as text that ends in a line feed; bytes for `arrow`. */
export function renderTable(
  table: ResultTable,
  format: RenderFormat,
  options: RenderOptions = {},
): string | Uint8Array {
  switch (format) {
    case 'table':
      return tableToTerminal(table, options.columns);
    case 'csv':
      return tableToCsv(table);
    case 'json':
      return tableToJson(table);
    case 'markdown':
      return tableToMarkdown(table);
    case 'latex':
      return tableToLatex(table);
    case 'arrow':
      return tableToArrow(table);
  }
}
