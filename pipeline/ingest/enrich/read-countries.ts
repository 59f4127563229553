/**
 * Which country an address is in, by a file of the operator's: CSV of first address, last address and ISO 3166-1 code
 * (addresses as text or as whole numbers; further columns are left out; a heading is passed over), or a MaxMind DB.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { type IpAddress, parseAddress } from '../../base/ip-address.ts';
import { type AddressRange, AddressTable, CrossingRanges } from './address-ranges.ts';
import { type Countries, placeOf } from './countries.ts';
import { readCountryDatabase } from './read-country-database.ts';
import { eachLine, wrongLine } from './text-lines.ts';

/** UsageError for a line that is no such range, ranges that cross, and a file without any. */
export async function readCountries(path: string): Promise<Countries> {
  if (isMaxMindDb(path)) return readCountryDatabase(path);
  const codes: string[] = [];
  const ranges: AddressRange[] = [];
  const lines = await eachLine(path, (line, number) => {
    if (line === '' || line.startsWith('#')) return;
    const range = parseRange(path, line, number, codes);
    if (range) ranges.push(range);
  });
  if (ranges.length === 0) throw wrongLine(path, lines + 1, 'is the end: no range stands in the file');
  try {
    return { table: new AddressTable(ranges), codes };
  } catch (error) {
    if (!(error instanceof CrossingRanges)) throw error;
    throw wrongLine(
      path,
      error.line,
      `shares addresses with line ${error.other}, and neither holds the other`,
    );
  }
}

/** Null for a heading, and for a range whose country is not told (empty, `-` or `ZZ`). */
function parseRange(path: string, line: string, number: number, codes: string[]): AddressRange | null {
  const [start = '', end = '', code = ''] = fieldsOf(line);
  if (number === 1 && /[a-z_]{3}/i.test(start) && !start.includes(':')) return null;
  const [first, last] = [parseEnd(start), parseEnd(end)];
  if (!first || !last || (first.family !== last.family && start.includes(':'))) {
    throw wrongLine(path, number, 'is no range of first address, last address and country code');
  }
  if (first.value > last.value) throw wrongLine(path, number, 'ends before it starts');
  if (/^(?:-|ZZ)?$/i.test(code)) return null;
  if (!/^[A-Za-z]{2}$/.test(code)) throw wrongLine(path, number, 'has no country code of two letters third');
  return {
    family: last.family,
    first: first.value,
    last: last.value,
    value: placeOf(codes, code.toUpperCase()),
    line: number,
  };
}

/** An address as text or as a number; a number of more than 32 bits is IPv6. */
function parseEnd(text: string): IpAddress | undefined {
  if (!/^\d{1,39}$/.test(text)) return parseAddress(text);
  const value = BigInt(text);
  if (value >> 128n) return undefined;
  return { family: value >> 32n ? 6 : 4, value };
}

function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',').map((field) => field.trim());
  try {
    return (parse(line, { relax_column_count: true, trim: true }) as string[][])[0] ?? [];
  } catch {
    return [];
  }
}

/** Its metadata begins with this mark, within the last 128 KiB. */
const MAXMIND_MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const MAXMIND_END = 128 * 1024;

function isMaxMindDb(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return false;
  const end = Buffer.alloc(Math.min(size, MAXMIND_END));
  const file = openSync(path, 'r');
  try {
    readSync(file, end, 0, end.length, size - end.length);
  } finally {
    closeSync(file);
  }
  return end.includes(MAXMIND_MARK);
}
