/** A CSV file with a header → rows of the wanted columns, with their line; what is wrong with it, in one line. */
import { readFileSync } from 'node:fs';
import { CsvError, parse } from 'csv-parse/sync';
import { UsageError } from '../../base/errors.ts';

export interface CsvRow {
  /** Line in the file, from 1; the header is line 1. */
  line: number;
  /** In the order of the wanted columns. */
  values: string[];
}

/** Rows of `path`, which must have all of `columns` in its header, in any order. */
export function csvRows(path: string, columns: readonly string[]): CsvRow[] {
  const [header, ...rows] = parseFile(path);
  const places = columns.map((column) => header?.record.indexOf(column) ?? -1);
  const missing = columns.filter((_, index) => places[index] === -1);
  if (missing.length > 0) {
    throw new UsageError(`${path}:1: the header lacks ${missing.join(', ')}; nothing written`);
  }
  return rows.map(({ record, info }) => ({
    line: info.lines,
    values: places.map((place) => record[place]!),
  }));
}

interface ParsedLine {
  record: string[];
  info: { lines: number };
}

function parseFile(path: string): ParsedLine[] {
  const text = readText(path);
  try {
    return parse(text, { info: true, skip_empty_lines: true, bom: true }) as unknown as ParsedLine[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UsageError(`${path}: ${error.message}; nothing written`);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `cannot read ${path}: ${code === 'ENOENT' ? 'no such file' : message}; nothing written`,
    );
  }
}
