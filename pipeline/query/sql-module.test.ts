import { describe, expect, test } from 'vitest';
import { parseModule } from './sql-module.ts';

const HEAD = `-- title: A table
-- place: 3
-- grain: one row per port
-- source: us
-- reads: endpoints, scans
-- column port smallint: TCP port
-- column share double: a, of b
-- unique: port
-- check: share between 0 and 1
-- empty: nothing there
`;

describe('the head of a module', () => {
  test('is read whole', () => {
    expect(parseModule('a_table', `${HEAD}select 1\n`)).toEqual({
      name: 'a_table',
      title: 'A table',
      place: 3,
      grain: 'one row per port',
      source: 'us',
      reads: ['endpoints', 'scans'],
      columns: [
        { name: 'port', type: 'smallint', description: 'TCP port' },
        { name: 'share', type: 'double', description: 'a, of b' },
      ],
      unique: [['port']],
      checks: ['share between 0 and 1'],
      empty: 'nothing there',
      sql: 'select 1',
    });
  });

  test.each([
    ['a missing line', HEAD.replace('-- grain: one row per port\n', '')],
    ['a line twice', HEAD.replace('-- source: us\n', '-- source: us\n-- source: them\n')],
    ['a line that is none', `-- hello\n${HEAD}`],
    ['a place that is no number', HEAD.replace('place: 3', 'place: third')],
    ['an unknown type', HEAD.replace('smallint', 'hugeint')],
  ])('throws for %s', (_, head) => {
    expect(() => parseModule('a_table', `${head}select 1\n`)).toThrow('queries/a_table.sql');
  });
});
