/**
 * Prefix to origin AS, as CAIDA publishes it from RouteViews: lines of prefix, length and origin with white space between,
 * IPv4 and IPv6 in one file or two. Several origins stand as `1_2`, a set of an aggregate as `1,2` or `{1,2}`: the
 * lowest AS is taken for all of them, since one column holds one, and the prefix tells where to look for the others.
 */
import { parseAddress } from '../../base/ip-address.ts';
import { type AddressRange, AddressTable } from './address-ranges.ts';
import { eachLine, wrongLine } from './text-lines.ts';

export interface Origins {
  /** Values are indices into the two lists. */
  table: AddressTable;
  asns: number[];
  prefixes: string[];
}

/** UsageError for a line that is no such entry, and for a file without any. */
export async function readPfx2as(path: string): Promise<Origins> {
  const entries = new Map<string, { range: AddressRange; asn: number }>();
  const lines = await eachLine(path, (line, number) => {
    if (line === '' || line.startsWith('#')) return;
    const { key, range, asn } = parseEntry(path, line, number);
    const known = entries.get(key);
    // The same prefix again, as where two files were joined: one more origin.
    if (known) known.asn = Math.min(known.asn, asn);
    else entries.set(key, { range: { ...range, value: entries.size }, asn });
  });
  if (entries.size === 0) throw wrongLine(path, lines + 1, 'is the end: no prefix stands in the file');
  const all = [...entries.values()];
  return {
    table: new AddressTable(all.map(({ range }) => range)),
    asns: all.map(({ asn }) => asn),
    prefixes: [...entries.keys()],
  };
}

function parseEntry(
  path: string,
  line: string,
  number: number,
): { key: string; range: AddressRange; asn: number } {
  const [prefix = '', length = '', origin = '', ...more] = line.trim().split(/\s+/);
  const address = parseAddress(prefix);
  const bits = address?.family === 6 ? 128 : 32;
  if (!address || !/^\d{1,3}$/.test(length) || Number(length) > bits || more.length > 0) {
    throw wrongLine(path, number, 'is no line of prefix, length and AS, such as 192.0.2.0 24 64500');
  }
  const hosts = (1n << BigInt(bits - Number(length))) - 1n;
  if ((address.value & hosts) !== 0n)
    throw wrongLine(path, number, `has bits after the first ${Number(length)}`);
  return {
    key: `${prefix}/${Number(length)}`,
    range: {
      family: address.family,
      first: address.value,
      last: address.value + hosts,
      value: 0,
      line: number,
    },
    asn: lowestAsn(path, origin, number),
  };
}

function lowestAsn(path: string, origin: string, line: number): number {
  if (/^\d{1,9}$/.test(origin)) return Number(origin);
  if (!/^\{?\d{1,10}(?:[_,{}]+\d{1,10})*\}?$/.test(origin))
    throw wrongLine(path, line, 'has no AS number last');
  const asns = origin.match(/\d+/g)!.map(Number);
  if (asns.some((asn) => asn > 0xffff_ffff)) throw wrongLine(path, line, 'has an AS number past 32 bits');
  return Math.min(...asns);
}
