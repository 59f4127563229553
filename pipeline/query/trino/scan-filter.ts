/**
 * A statement over a lake → the same over chosen scans of it: each table of the lake is named again before the statement's own
 * steps, with the rows of those scans.
 */
import { UsageError } from '../../base/errors.ts';
import { sqlName, sqlText } from '../../base/sql-text.ts';
import { LAKE_TABLES } from '../../formats/lake-tables.ts';

/** UsageError for a table named with its schema, which would be read whole. */
export function checkBareNames(statement: string, schema: string): void {
  const tables = LAKE_TABLES.map(({ name }) => name).join('|');
  const [qualified] = new RegExp(`"?\\b${schema}"?\\s*\\.\\s*"?(?:${tables})\\b`, 'i').exec(statement) ?? [];
  if (qualified === undefined) return;
  throw new UsageError(`--scan goes with tables by their bare names; ${qualified} is not`);
}

/** UsageError for a statement that has no place for steps before it, as `show tables` has none. */
export function overScans(
  statement: string,
  tables: readonly string[],
  scans: readonly string[],
  { catalog, schema }: { catalog: string; schema: string },
): string {
  const list = scans.map(sqlText).join(', ');
  const steps = tables.map((table) => {
    const whole = [catalog, schema, table].map(sqlName).join('.');
    return `${table} as (select * from ${whole} where scan_id in (${list}))`;
  });
  if (steps.length === 0) return statement;
  const [comments = ''] = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/.exec(statement) ?? [];
  const bare = statement.slice(comments.length);
  const own = /^with\s+(recursive\s+)?(?!function\b)/i.exec(bare);
  if (own) return `with ${own[1] ?? ''}${steps.join(',\n')},\n${bare.slice(own[0].length)}`;
  if (/^(?:select|values|table|\()/i.test(bare)) return `with ${steps.join(',\n')}\n${bare}`;
  throw new UsageError('--scan goes with a statement that begins with select or with');
}
