/** Values and types of Trino's client protocol (JSON) → those of a result table. */
import type { ColumnType, ResultValue } from '../../formats/result-table.ts';
import { exactNumber } from '../exact-number.ts';

/** Timestamps become ISO 8601 in UTC, bytes hexadecimal text; what no published table has becomes text. */
export function resultValue(value: unknown, type: string): ResultValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value;
  const base = baseType(type);
  if (WHOLE.has(base)) return exactNumber(value as number);
  // Also NaN and Infinity, which come as text, and decimals, which do so for their digits.
  if (base === 'double' || base === 'real' || base === 'decimal') return Number(value);
  if (base === 'timestamp' && !type.includes('time zone'))
    return `${String(value).slice(0, 23).replace(' ', 'T')}Z`;
  if (base === 'varbinary') return Buffer.from(String(value), 'base64').toString('hex');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function columnType(type: string): ColumnType {
  const base = baseType(type);
  if (base === 'timestamp' && type.includes('time zone')) return 'varchar';
  return COLUMN_TYPES[base] ?? 'varchar';
}

/** `varchar(24)` is a varchar. */
function baseType(type: string): string {
  return /^[a-z]+/.exec(type)?.[0] ?? type;
}

const WHOLE = new Set(['tinyint', 'smallint', 'integer', 'bigint']);

const COLUMN_TYPES: Record<string, ColumnType> = {
  boolean: 'boolean',
  tinyint: 'smallint',
  smallint: 'smallint',
  integer: 'integer',
  bigint: 'bigint',
  real: 'double',
  double: 'double',
  decimal: 'double',
  timestamp: 'timestamp',
};
