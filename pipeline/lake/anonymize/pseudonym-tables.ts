/**
 * What the rules of columns refer to, made in an engine for one scan: the function `pseudonym` (HMAC-SHA-256, RFC 2104)
 * and tables from what is in the lake to what is shared. The key stands in a table, so that no statement shows it.
 */
import {
  type DuckDBConnection,
  DuckDBScalarFunction,
  type DuckDBVector,
  UINTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { formatAddress, parseAddress } from '../../base/ip-address.ts';
import { ipv4Numbers } from '../../base/sql-ipv4.ts';
import { dhPrimes } from '../../formats/datasets.ts';
import type { MailProtocol } from '../../formats/raw-record.ts';
import { bannerWords, plainVersion } from './banner-words.ts';
import { CryptoPan } from './crypto-pan.ts';
import { pseudonymKey } from './key-file.ts';

/** Once an engine: the functions, and the key. */
export async function loadKey(connection: DuckDBConnection, key: Uint8Array): Promise<void> {
  registerFunctions(connection, new CryptoPan(key));
  await connection.run(
    'create table secret (inner_pad blob, outer_pad blob); create table known_primes (prime_sha256 varchar)',
  );
  const block = new Uint8Array(64);
  block.set(pseudonymKey(key));
  const secret = await connection.createAppender('secret');
  secret.appendBlob(block.map((byte) => byte ^ 0x36));
  secret.appendBlob(block.map((byte) => byte ^ 0x5c));
  secret.endRow();
  secret.closeSync();
  await connection.run(`create macro pseudonym(kind, value) as sha256((select outer_pad from secret)
    || unhex(sha256((select inner_pad from secret) || encode(kind || ':' || value))))`);
  const primes = await connection.createAppender('known_primes');
  for (const { prime_sha256 } of dhPrimes()) {
    primes.appendVarchar(prime_sha256);
    primes.endRow();
  }
  primes.closeSync();
}

/** Where the rows of a scan's tables are: SQL that gives them with the column `port`, where they have one. */
export interface ScanRows {
  endpoints: string;
  endpoint_facts: string;
  flights: string;
  dh_groups: string;
}

/** Fills the tables for one scan, in place of those of the scan before. */
export async function fillPseudonyms(
  connection: DuckDBConnection,
  scan_id: string,
  rows: ScanRows,
): Promise<void> {
  for (const statement of statements(rows))
    await connection.run(statement, [scan_id].slice(0, statement.includes('$1') ? 1 : 0));
}

function statements({ endpoints, endpoint_facts, flights, dh_groups }: ScanRows): string[] {
  return [
    `create or replace table endpoint_ids as
     select port, endpoint_id as old_id,
       row_number() over (partition by port order by pseudonym('endpoint', $1 || '/' || port || '/' || endpoint_id)) - 1 as new_id
     from ${endpoints}`,
    `create or replace table addresses as
     select ip, case when contains(ip, ':') then pan_text(ip)
       when number is not null then ${DOTTED} end as pseudonym
     from (select ip, number, pan_number(number) as n
       from ${ipv4Numbers(`(select distinct ip from ${endpoints} where ip is not null)`)})`,
    `create or replace table prefixes as
     select as_prefix, pan_text(as_prefix) as pseudonym
     from (select distinct as_prefix from ${endpoints} where as_prefix is not null)`,
    `create or replace table banners as
     select protocol, banner, banner_words(coalesce(protocol, ''), banner) as words
     from (select distinct protocol, banner from ${endpoints} where banner is not null)`,
    `create or replace table ehlo_lines as
     select protocol, ehlo_first_line, banner_words(coalesce(protocol, ''), ehlo_first_line) as words
     from (select distinct protocol, ehlo_first_line from ${endpoints} where ehlo_first_line is not null)`,
    `create or replace table versions as
     select software_version, plain_version(software_version) as plain
     from (select distinct software_version from ${endpoint_facts} where software_version is not null)`,
    // A flight may name a group whose own line could not be read.
    `create or replace table dh_group_ids as
     select old_id, known, case when known then old_id else pseudonym('prime', old_id) end as new_id
     from (select dh_group_id as old_id, bool_or(prime_sha256 is not null) as known
       from (select dh_group_id, known_primes.prime_sha256 from ${dh_groups} left join known_primes using (prime_sha256)
         union all select dh_group_id, null from ${flights} where dh_group_id is not null)
       group by dh_group_id)`,
    `create or replace table flight_ids as
     select port, flight_id as old_id, row_number() over (partition by port order by pseudonym('flight', $1 || '/' || port || '/' || flight_id)) as new_id
     from ${flights}`,
  ];
}

const DOTTED = "(n >> 24) || '.' || ((n >> 16) & 255) || '.' || ((n >> 8) & 255) || '.' || (n & 255)";

function registerFunctions(connection: DuckDBConnection, pan: CryptoPan): void {
  register(connection, 'pan_number', [UINTEGER], UINTEGER, ([numbers], output) => {
    const values = Array.from(
      { length: output.itemCount },
      (_, row) => numbers!.getItem(row) as number | null,
    );
    const pseudonyms = pan.ofIPv4(values.map((value) => value ?? 0));
    values.forEach((value, row) => {
      output.setItem(row, value === null ? null : pseudonyms[row]!);
    });
  });
  registerText(connection, 'pan_text', 1, ([text]) => pseudonymOfText(pan, text!));
  registerText(connection, 'banner_words', 2, ([protocol, banner]) =>
    bannerWords(banner!, (protocol || null) as MailProtocol | null),
  );
  registerText(connection, 'plain_version', 1, ([version]) => plainVersion(version!));
}

/** An address or a prefix; the bits after a prefix stay zero. Null for anything else. */
function pseudonymOfText(pan: CryptoPan, text: string): string | null {
  const [address = '', length] = text.split('/');
  const parsed = parseAddress(address);
  if (!parsed) return null;
  const value =
    parsed.family === 6 ? pan.ofIPv6(parsed.value) : BigInt(pan.ofIPv4([Number(parsed.value)])[0]!);
  if (length === undefined) return formatAddress(parsed.family, value);
  const hostBits = BigInt((parsed.family === 6 ? 128 : 32) - Number(length));
  return `${formatAddress(parsed.family, (value >> hostBits) << hostBits)}/${length}`;
}

function registerText(
  connection: DuckDBConnection,
  name: string,
  parameters: number,
  make: (texts: string[]) => string | null,
): void {
  register(connection, name, Array(parameters).fill(VARCHAR), VARCHAR, (inputs, output) => {
    for (let row = 0; row < output.itemCount; row++) {
      const texts = inputs.map((input) => input.getItem(row) as string | null);
      output.setItem(row, texts.includes(null) ? null : make(texts as string[]));
    }
  });
}

function register(
  connection: DuckDBConnection,
  name: string,
  parameterTypes: (typeof UINTEGER | typeof VARCHAR)[],
  returnType: typeof UINTEGER | typeof VARCHAR,
  fill: (inputs: DuckDBVector[], output: DuckDBVector) => void,
): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      ...{ name, parameterTypes, returnType },
      mainFunction: (_, input, output) => {
        fill(
          Array.from({ length: parameterTypes.length }, (_, column) => input.getColumnVector(column)),
          output,
        );
        output.flush();
      },
    }),
  );
}
