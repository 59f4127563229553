/**
 * A value of a table as the page shows it: shares as percentages with two decimals, counts with a comma every
 * three digits; codes, ports, bits and ranks stay plain. The CSV beside the page has the exact values.
 */
import type { ResultColumn, ResultValue } from '../formats/result-table.ts';

/** Plain text, not escaped; empty for null. */
export function showValue(value: ResultValue, column: Pick<ResultColumn, 'name' | 'type'>): string {
  if (value === null) return '';
  if (typeof value !== 'number') return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
  if (isShare(column.name)) return percent(value);
  return PLAIN.has(column.name) || !Number.isInteger(value) ? String(value) : grouped(value);
}

/** Whether the column is set right. */
export function isNumberColumn(column: ResultColumn): boolean {
  return column.type !== 'varchar' && column.type !== 'boolean' && column.type !== 'timestamp';
}

/** A published value: shares and ranges of shares become percentages, counts are grouped, the rest stays. */
export function showPublished(value: string, unit: string): string {
  if (unit === 'share') return `${value.split('-').map(percentOf).join('–')}`;
  return /^\d+$/.test(value) ? grouped(Number(value)) : value;
}

/** 0.0826 is "8.26%". */
export function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}

export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** With the decimals that were published: "0.45" is 45%, "0.8978" is 89.78%. */
function percentOf(share: string): string {
  const decimals = Math.max(0, (share.split('.')[1] ?? '').length - 2);
  return `${(Number(share) * 100).toFixed(decimals)}%`;
}

function isShare(name: string): boolean {
  return /(^|_)share$/.test(name);
}

const PLAIN = new Set(['port', 'code', 'bits', 'key_bits', 'rank']);
