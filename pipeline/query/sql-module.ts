/**
 * A file of `queries/` → an SQL module: the head that says what the table is, and the statement.
 * The form of the head is in CONTRIBUTING.md; a head that breaks it is a bug of ours and throws.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../base/package-root.ts';
import type { ColumnType, ResultColumn } from '../formats/result-table.ts';

export interface SqlModule {
  /** The published table's name, which is the file's. */
  name: string;
  title: string;
  /** Where it stands among the tables, for readers: 1 is first. */
  place: number;
  grain: string;
  source: string;
  /** Tables of the lake and reference tables (known_…) that the statement reads. */
  reads: string[];
  columns: ResultColumn[];
  /** Sets of columns whose values never repeat. */
  unique: string[][];
  /** Conditions that hold for every row, in SQL; a null counts as holding. */
  checks: string[];
  /** Why the table can be empty. */
  empty: string;
  sql: string;
}

export const queriesFolder = join(packageRoot, 'queries');

const COLUMN_TYPES: readonly string[] = [
  'varchar',
  'boolean',
  'smallint',
  'integer',
  'bigint',
  'double',
  'timestamp',
] satisfies ColumnType[];

/** All modules of a folder, by place. */
export function readModules(folder: string = queriesFolder): SqlModule[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => parseModule(file.slice(0, -'.sql'.length), readFileSync(join(folder, file), 'utf8')))
    .sort((a, b) => a.place - b.place);
}

/** Parses the text of one module. */
export function parseModule(name: string, text: string): SqlModule {
  const lines = text.split('\n');
  const bodyStart = lines.findIndex((line) => !line.startsWith('--'));
  const head = lines.slice(0, bodyStart).map((line) => parseHeadLine(name, line));
  const all = (key: string): string[] =>
    head.filter((entry) => entry.key === key).map((entry) => entry.value);
  const one = (key: string): string => {
    const [value, ...more] = all(key);
    if (value === undefined || more.length > 0)
      throw new Error(`queries/${name}.sql: expected one line "${key}:"`);
    return value;
  };
  return {
    name,
    title: one('title'),
    place: placeOf(name, one('place')),
    grain: one('grain'),
    source: one('source'),
    reads: splitList(one('reads')),
    columns: head
      .filter(({ key }) => key.startsWith('column '))
      .map(({ key, value }) => parseColumn(name, key, value)),
    unique: all('unique').map(splitList),
    checks: all('check'),
    empty: one('empty'),
    sql: lines.slice(bodyStart).join('\n').trim(),
  };
}

function parseHeadLine(name: string, line: string): { key: string; value: string } {
  const match = /^-- (title|place|grain|source|reads|column \w+ \w+|unique|check|empty): (.+)$/.exec(line);
  if (!match) throw new Error(`queries/${name}.sql: a line of the head that is none: ${line}`);
  return { key: match[1]!, value: match[2]! };
}

function parseColumn(module: string, key: string, description: string): ResultColumn {
  const [, name = '', type = ''] = key.split(' ');
  if (!COLUMN_TYPES.includes(type))
    throw new Error(`queries/${module}.sql: column ${name} has the type ${type}`);
  return { name, type: type as ColumnType, description };
}

function placeOf(module: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`queries/${module}.sql: place is ${text}, no whole number`);
  return Number(text);
}

function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}
