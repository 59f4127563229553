/**
 * A published table to a LaTeX table float with booktabs rules (`\usepackage{booktabs}`), captioned with the title
 * and labelled `tab:NAME`. Text from peers is escaped so that no character of it is a command.
 */
import { printable } from '../../base/printable.ts';
import { type ResultTable, type ResultValue, syntheticNote } from '../../formats/result-table.ts';
import { isNumeric } from './numeric.ts';

export function tableToLatex(table: ResultTable): string {
  const alignment = table.columns.map((column) => (isNumeric(column.type) ? 'r' : 'l')).join('');
  const lines = [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escapeLatex([table.title, syntheticNote(table) ?? []].flat().join('. '))}}`,
    `  \\label{tab:${table.name}}`,
    `  \\begin{tabular}{${alignment}}`,
    '    \\toprule',
    row(table.columns.map((column) => escapeLatex(column.name))),
    '    \\midrule',
    ...body(table),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
  ];
  return `${lines.join('\n')}\n`;
}

/** `text` as LaTeX shows it in text mode, in any font encoding. */
export function escapeLatex(text: string): string {
  return printable(text).replace(/[\\{}$&#^_~%<>|"`[\]*-]/g, (character) => ESCAPES[character]!);
}

function body(table: ResultTable): string[] {
  if (table.rows.length > 0) return table.rows.map((values) => row(values.map(cell)));
  const reason = escapeLatex(table.empty_because ?? 'No rows.');
  return [row([`\\multicolumn{${table.columns.length}}{l}{${reason}}`])];
}

function cell(value: ResultValue): string {
  if (value === null) return '';
  return typeof value === 'number' ? String(value).replace(/^-/, '$-$') : escapeLatex(String(value));
}

function row(cells: string[]): string {
  return `    ${cells.join(' & ')} \\\\`;
}

/** `[` and `*` after `\\` would be its arguments; a lone `-` in braces forms no dash with its neighbour. */
const ESCAPES: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '^': '\\textasciicircum{}',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '%': '\\%',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\char34{}',
  '`': '\\textasciigrave{}',
  '[': '{[}',
  ']': '{]}',
  '*': '{*}',
  '-': '{-}',
};
