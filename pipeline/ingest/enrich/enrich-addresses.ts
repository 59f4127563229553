/**
 * Addresses of a table → a table with what the operator's files say of each distinct one. DuckDB reads the text of IPv4
 * addresses and calls our tables with chunks of numbers; IPv6 comes as text.
 */
import {
  type DuckDBConnection,
  DuckDBScalarFunction,
  type DuckDBVector,
  INTEGER,
  UINTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { parseAddress } from '../../base/ip-address.ts';
import { ipv4Numbers } from '../../base/sql-ipv4.ts';
import { type AddressTable, NO_VALUE } from './address-ranges.ts';
import type { Enrichment } from './index.ts';

/**
 * Makes the table `into` (ip varchar, asn bigint, as_prefix varchar, country varchar) of the distinct values of `ip` in
 * `from`, a table, view or parenthesised query, in place of one that is there; null for what no file tells.
 */
export type EnrichAddresses = (from: string, into: string) => Promise<void>;

/** Once an engine: makes tables and functions whose names begin with `enrich_`. Without files `into` gets no rows. */
export async function beginEnrichment(
  connection: DuckDBConnection,
  { origins, countries }: Enrichment,
): Promise<EnrichAddresses> {
  const make = async (into: string, rows: string): Promise<void> => {
    await connection.run(`create or replace table ${into} as ${rows}`);
  };
  if (!origins && !countries) return (_, into) => make(into, NO_ROWS);
  register(connection, 'enrich_origin', origins?.table);
  register(connection, 'enrich_country', countries?.table);
  await connection.run('create table enrich_origins (place integer, asn bigint, as_prefix varchar)');
  await connection.run('create table enrich_countries (place integer, country varchar)');
  await fill(connection, 'enrich_origins', origins?.prefixes ?? [], (place, prefix) => [
    origins!.asns[place]!,
    prefix,
  ]);
  await fill(connection, 'enrich_countries', countries?.codes ?? [], (_, code) => [code]);
  return (from, into) => make(into, knownOf(from));
}

const NO_ROWS = `select cast(null as varchar) as ip, cast(null as bigint) as asn,
  cast(null as varchar) as as_prefix, cast(null as varchar) as country where false`;

function knownOf(from: string): string {
  return `
    with distinct_addresses as (
      select distinct ip from ${from} where ip is not null
    ), numbered as (
      select ip, number from ${ipv4Numbers('distinct_addresses')}
    ), placed as (
      select ip,
        case when contains(ip, ':') then enrich_origin6(ip) else enrich_origin4(number) end as origin,
        case when contains(ip, ':') then enrich_country6(ip) else enrich_country4(number) end as country_place
      from numbered
    )
    select ip, asn, as_prefix, country
    from placed
    left join enrich_origins on enrich_origins.place = origin
    left join enrich_countries on enrich_countries.place = country_place`;
}

function register(connection: DuckDBConnection, name: string, table: AddressTable | undefined): void {
  const ofText = (text: string): number => {
    const address = parseAddress(text);
    if (!table || !address) return NO_VALUE;
    return address.family === 6 ? table.ofIPv6(address.value) : table.ofIPv4(Number(address.value));
  };
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: `${name}4`,
      parameterTypes: [UINTEGER],
      returnType: INTEGER,
      mainFunction: (_, input, output) =>
        fillPlaces<number>(input.getColumnVector(0), output, (number) => table?.ofIPv4(number) ?? NO_VALUE),
    }),
  );
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: `${name}6`,
      parameterTypes: [VARCHAR],
      returnType: INTEGER,
      mainFunction: (_, input, output) => fillPlaces<string>(input.getColumnVector(0), output, ofText),
    }),
  );
}

/** A place of -1 joins nothing. */
function fillPlaces<T>(input: DuckDBVector, output: DuckDBVector, placeOf: (value: T) => number): void {
  for (let row = 0; row < output.itemCount; row++) {
    const value = input.getItem(row) as T | null;
    output.setItem(row, value === null ? NO_VALUE : placeOf(value));
  }
  output.flush();
}

async function fill(
  connection: DuckDBConnection,
  table: string,
  texts: readonly string[],
  values: (place: number, text: string) => (number | string)[],
): Promise<void> {
  const appender = await connection.createAppender(table);
  texts.forEach((text, place) => {
    appender.appendInteger(place);
    for (const value of values(place, text)) {
      if (typeof value === 'string') appender.appendVarchar(value);
      else appender.appendBigInt(BigInt(value));
    }
    appender.endRow();
  });
  appender.closeSync();
}
