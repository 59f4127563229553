/** Values as Trino's client protocol has them in JSON, by the type that it says. */
import { expect, test } from 'vitest';
import { UsageError } from '../../base/errors.ts';
import { columnType, resultValue } from './result-value.ts';

test.each<[string, unknown, unknown, string]>([
  ['bigint', 12, 12, 'bigint'],
  ['smallint', -1, -1, 'smallint'],
  ['double', 0.1, 0.1, 'double'],
  ['double', 'NaN', Number.NaN, 'double'],
  ['double', '-Infinity', Number.NEGATIVE_INFINITY, 'double'],
  ['decimal(3,2)', '1.50', 1.5, 'double'],
  ['varchar(24)', 'TLSv1.0 only', 'TLSv1.0 only', 'varchar'],
  ['boolean', false, false, 'boolean'],
  ['timestamp', '2026-11-23 23:50:27.130', '2026-11-23T23:50:27.130Z', 'timestamp'],
  ['timestamp(6)', '2026-11-23 23:50:27.130999', '2026-11-23T23:50:27.130Z', 'timestamp'],
  ['timestamp(3) with time zone', '2026-11-23 23:50:27.130 UTC', '2026-11-23 23:50:27.130 UTC', 'varchar'],
  ['varbinary', 'AP8=', '00ff', 'varchar'],
  ['date', '2026-11-23', '2026-11-23', 'varchar'],
  ['array(integer)', [1, 2], '[1,2]', 'varchar'],
  ['unknown', null, null, 'varchar'],
])('%s %j', (type, value, expected, column) => {
  expect(resultValue(value, type)).toEqual(expected);
  expect(columnType(type)).toBe(column);
});

test('a number that JavaScript cannot hold is not rounded', () => {
  const parsed: unknown = JSON.parse('9007199254740993');
  expect(() => resultValue(parsed, 'bigint')).toThrow(UsageError);
});
