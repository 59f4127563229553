/**
 * A MaxMind DB (format 2.0) → ranges with country codes. The whole tree is walked once, network after network, so that
 * afterwards an address costs what it costs with any other file. Country and city files of MaxMind, DB-IP and IPinfo
 * have been seen; of a record counts the country where the address is, else where it is registered.
 */
import { readFileSync } from 'node:fs';
import { Reader, type Response } from 'mmdb-lib';
import { UsageError } from '../../base/errors.ts';
import { formatAddress } from '../../base/ip-address.ts';
import { printable } from '../../base/printable.ts';
import { type AddressRange, AddressTable } from './address-ranges.ts';
import { type Countries, placeOf } from './countries.ts';

/** UsageError for a file that is broken, or says no country of any network. */
export function readCountryDatabase(path: string): Countries {
  const codes: string[] = [];
  try {
    const reader = new Reader<Response>(readFileSync(path));
    const families = reader.metadata.ipVersion === 6 ? ([4, 6] as const) : ([4] as const);
    const ranges = families.flatMap((family) => networks(reader, family, codes));
    if (ranges.length > 0) return { table: new AddressTable(ranges), codes };
  } catch (error) {
    throw new UsageError(
      `${path} is a broken MaxMind DB (${printable((error as Error).message, 100)}); get it anew; nothing written`,
    );
  }
  throw new UsageError(
    `${path} tells no country of any network; give a country or city file; nothing written`,
  );
}

function networks(reader: Reader<Response>, family: 4 | 6, codes: string[]): AddressRange[] {
  const bits = family === 4 ? 32 : 128;
  const ranges: AddressRange[] = [];
  for (let first = 0n; first < 1n << BigInt(bits); ) {
    const [record, length] = reader.getWithPrefixLength(formatAddress(family, first));
    if (length < 0 || length > bits) throw new Error(`a network of ${length} bits`);
    const size = 1n << BigInt(bits - length);
    // A network that begins before this address would lead back.
    const last = first - (first % size) + size - 1n;
    const code = countryOf(record);
    if (code !== null) ranges.push({ family, first, last, value: placeOf(codes, code), line: ranges.length });
    first = last + 1n;
  }
  return ranges;
}

function countryOf(record: unknown): string | null {
  const { country, country_code, registered_country } = (record ?? {}) as Record<string, unknown>;
  for (const place of [country, country_code, registered_country]) {
    const code = typeof place === 'string' ? place : (place as { iso_code?: unknown } | undefined)?.iso_code;
    if (typeof code === 'string' && /^[A-Za-z]{2}$/.test(code)) return code.toUpperCase();
  }
  return null;
}
