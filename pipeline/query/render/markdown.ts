/**
 * A published table to a pipe table (GitHub Flavored Markdown 0.29, 4.10), under its title. Text from peers is
 * escaped so that it shows as itself: no markup, no HTML, no links of its own.
 */
import { printable } from '../../base/printable.ts';
import { type ResultTable, type ResultValue, syntheticNote } from '../../formats/result-table.ts';
import { isNumeric } from './numeric.ts';

export function tableToMarkdown(table: ResultTable): string {
  const note = syntheticNote(table);
  const lines = [
    `**${escapeMarkdown(table.title)}**`,
    '',
    ...(note === null ? [] : [`*${escapeMarkdown(note)}*`, '']),
    line(table.columns.map((column) => escapeMarkdown(column.name))),
    line(table.columns.map((column) => (isNumeric(column.type) ? '---:' : '---'))),
    ...table.rows.map((row) => line(row.map(cell))),
  ];
  if (table.rows.length === 0) lines.push('', `*${escapeMarkdown(table.empty_because ?? 'No rows.')}*`);
  return `${lines.join('\n')}\n`;
}

/** `text` for a cell or a paragraph: punctuation that could mean something is escaped. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/[\\`*_[\]{}|~$#!@^]/g, '\\$&')
    .replace(/[&<>]/g, (character) => ENTITIES[character]!)
    .replace(/:(?=\/\/)/g, '\\:')
    .replace(/(www)\./gi, '$1\\.');
}

function cell(value: ResultValue): string {
  return value === null ? '' : escapeMarkdown(String(value));
}

function line(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
