/** Steps for chosen scans stand before those of a statement, whatever it begins with; what has no place for them is refused. */
import { expect, test } from 'vitest';
import { UsageError } from '../../base/errors.ts';
import { checkBareNames, overScans } from './scan-filter.ts';

const place = { catalog: 'hive', schema: 'census' };
const STEP = `scans as (select * from "hive"."census"."scans" where scan_id in ('a', 'it''s'))`;

test.each([
  ['select * from scans', `with ${STEP}\nselect * from scans`],
  ['with x as (select 1) select * from x', `with ${STEP},\nx as (select 1) select * from x`],
  ['WITH RECURSIVE x AS (select 1) table x', `with RECURSIVE ${STEP},\nx AS (select 1) table x`],
  ['-- why\n/* with */ select 1', `with ${STEP}\nselect 1`],
  ['(select 1) union (select 2)', `with ${STEP}\n(select 1) union (select 2)`],
])('%s', (statement, expected) => {
  expect(overScans(statement, ['scans'], ['a', "it's"], place)).toBe(expected);
});

test('a statement that reads no table of the lake stays as it is', () => {
  expect(overScans('show tables', [], ['a'], place)).toBe('show tables');
});

test.each(['show tables', 'with function f() returns int return 1 select f()', 'explain select 1'])(
  '%s has no place for them',
  (statement) => {
    expect(() => overScans(statement, ['scans'], ['a'], place)).toThrow(UsageError);
  },
);

test.each(['select * from census.endpoints', 'table hive."census"."Scans"'])(
  '%s would read all scans',
  (statement) => {
    expect(() => checkBareNames(statement, 'census')).toThrow(
      /--scan goes with tables by their bare names; "?census/,
    );
  },
);

test('columns of steps may be called as tables are', () => {
  expect(() => checkBareNames('select c.endpoints from mycensus.endpoints as c', 'census')).not.toThrow();
});
