/** CSV of our own: empty fields at either end, quotes and commas inside of fields. */
import { expect, test } from 'vitest';
import { csvRows } from './csv.ts';

test.each([
  [',"x,y",b', ['', 'x,y', 'b']],
  ['a,"say ""x""",', ['a', 'say "x"', '']],
  ['"",,""', ['', '', '']],
  ['a,b,c', ['a', 'b', 'c']],
])('%s has its three fields', (line, fields) => {
  expect(csvRows(`first,second,third\n${line}\n`).map((row) => Object.values(row))).toEqual([fields]);
});
