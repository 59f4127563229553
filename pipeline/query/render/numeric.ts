/** Which column types hold numbers; those columns are set right. */
import type { ColumnType } from '../../formats/result-table.ts';

export function isNumeric(type: ColumnType): boolean {
  return type === 'smallint' || type === 'integer' || type === 'bigint' || type === 'double';
}
