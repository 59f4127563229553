/** A value as DuckDB gives it → a value of a result table. */
import { DuckDBTimestampValue, type DuckDBValue } from '@duckdb/node-api';
import type { ResultValue } from '../formats/result-table.ts';

/** Timestamps become ISO 8601 in UTC; a type that no published table has is a bug and throws. */
export function resultValue(value: DuckDBValue): ResultValue {
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  if (typeof value === 'bigint') return safeNumber(value);
  if (value instanceof DuckDBTimestampValue) {
    return new Date(Number(value.micros / 1000n)).toISOString();
  }
  throw new TypeError(`no published table has a value like ${String(value)}`);
}

function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is too large for a count`);
  return number;
}
