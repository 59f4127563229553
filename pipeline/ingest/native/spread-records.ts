/**
 * The nested lists of a batch, made rows once: checks and the tables of all ports read flat tables, where a column that is not
 * asked for is passed over. Rows stand in the order of the scan, as one thread makes them; `place` is the number of a row in
 * `records`.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { CONFIRMED_FORMAT_VERSION } from '../../formats/raw-record.ts';

/**
 * From the table `records` makes the tables of this file, in place of those of the batch before. `native`: records of this
 * program, of which those of today's format count what is confirmed only; no other tool confirms a refusal.
 */
export async function spreadRecords(
  connection: DuckDBConnection,
  { native }: { native: boolean },
): Promise<void> {
  await connection.run(`${FORGET_SPREAD}; ${NAMES_AS_NUMBERS}`);
  const confirms = native ? `format_version >= ${CONFIRMED_FORMAT_VERSION}` : 'false';
  for (const [table, select] of Object.entries(flatTables(confirms))) {
    await connection.run(`create table ${table} as ${select}`);
  }
}

/** Hashes that many handshakes share, as types: what is grouped and joined then are numbers, not 64 letters. */
const NAMES_AS_NUMBERS = `
  create type chain_name as enum (
    select distinct c.chain_id from (select unnest(chains) as c from records) where c.chain_id is not null);
  create type group_name as enum (
    select distinct g.dh_group_id from (select unnest(handshakes) as g from records) where g.dh_group_id is not null)`;

/** The versions that a census asks. */
export const VERSIONS = [2, 768, 769, 770, 771, 772] as const;
const VERSION_BIT = `case version ${VERSIONS.map((version, bit) => `when ${version} then ${1 << bit}`).join(' ')} end`;
/** Sums of a count, one a version that a census asks. */
export const apart = (count: string, name: string): string =>
  VERSIONS.map(
    (version) => `coalesce(sum(${count}) filter (version = ${version}), 0) as ${name}_${version}`,
  ).join(', ');

export const COUNTS = ['offered', 'accepted', 'rejected', 'errors', 'not_tested', 'handshakes'] as const;
/** Over the versions of an endpoint: what one of them leaves open is open. */
const TOTALS = [...COUNTS, 'unconfirmed']
  .map((name) => `case when count(*) = count(${name}) then sum(${name}) end as ${name}`)
  .join(', ');

/** `confirms`: whether the refusals that a record counts are confirmed. */
const flatTables = (confirms: string): Record<string, string> => ({
  /** Of a group of handshakes that is null, all is null but its place. */
  handshake_groups: `
    select place, port, endpoint_id, ordinal, g.version as version, g.outcome as outcome, g.error_kind as error_kind,
      g.flight_complete as flight_complete, chains[g.chain::bigint + 1].chain_id::chain_name as chain_id,
      g.chain < 0 or g.chain >= coalesce(len(chains), 0) as lacks_chain, g.dh_group_id::group_name as dh_group_id,
      g.named_group as named_group, g.key_bits as key_bits, g.signature_scheme as signature_scheme,
      g.cipher_suites as cipher_suites
    from (
      select rowid as place, port, endpoint_id, chains, unnest(handshakes) as g,
        generate_subscripts(handshakes, 1) as ordinal
      from records)`,
  /** Without what the other tables hold. */
  endpoint_rows: 'select rowid as place, * exclude (versions, rejections, handshakes, chains) from records',
  /** Inferred suites are null in records of format 1, whose scans inferred nothing. */
  version_rows: `
    select place, port, endpoint_id, confirms, v.version as version, v.offered as offered, v.accepted as accepted,
      v.rejected as rejected, case when confirms then 0 else v.rejected end as unconfirmed, v.errors as errors, v.not_tested as not_tested, v.handshakes as handshakes,
      coalesce(v.inferred_accepted, 0) as inferred_accepted, coalesce(v.inferred_rejected, 0) as inferred_rejected,
      v.handshake_completed as handshake_completed
    from (select rowid as place, port, endpoint_id, ${confirms} as confirms, unnest(versions) as v from records)`,
  /** A refusal counts as confirmed only where the record's format says what that is. */
  refusal_rows: `
    select place, port, endpoint_id, confirms, r.version as version, r."by" as refused_by, r.code as code,
      r.cipher_suites as cipher_suites, confirms and coalesce(r.confirmed, false) as confirmed, r.forms as forms
    from (select rowid as place, port, endpoint_id, ${confirms} as confirms, unnest(rejections) as r from records)`,
  /** A list of groups; in records before format 4 one object, over all suites. */
  check_rows: `
    select place, port, endpoint_id, c.suite_group as suite_group, c.inferred as inferred, c.checked as checked,
      c.wrong as wrong
    from (
      select rowid as place, port, endpoint_id, unnest(case json_type(inference_checks)
        when 'ARRAY' then from_json(inference_checks, '[{
          "suite_group": "VARCHAR", "inferred": "INTEGER", "checked": "INTEGER", "wrong": "INTEGER"}]')
        else [{suite_group: 'all', inferred: null::integer, checked: try_cast(inference_checks->>'made' as integer),
          wrong: try_cast(inference_checks->>'wrong' as integer)}] end) as c
      from records where inference_checks is not null and json_type(inference_checks) <> 'NULL')`,
  /**
   * Of a record that has versions: how many, and which of those that a census asks; accepted and rejected suites as they are
   * counted, by version; its totals. `version_sums`, `group_sums`: in no order.
   */
  version_sums: `
    select place, count(*) as versions, bit_or(${VERSION_BIT}) as asked, bool_and(confirms) as confirms,
      ${apart('accepted', 'counted')}, ${apart('rejected', 'refused')}, sum(inferred_accepted::bigint + inferred_rejected) as inferred, ${TOTALS}
    from version_rows group by place`,
  /**
   * Of a record that accepts handshakes: their suites by version, and the chain of the highest version; where it
   * shows several, that of the lowest suite.
   */
  group_sums: `
    select place, ${apart('len(cipher_suites)', 'shown')},
      arg_min(chain_id, (0 - version::bigint) * 16777216 + coalesce(list_min(cipher_suites), 16777215))
        filter (where chain_id is not null) as chain_id
    from handshake_groups where outcome = 'accepted' group by place`,
});

/** Makes room for the next batch. */
export const FORGET_SPREAD = [
  ...Object.keys(flatTables('false')).map((table) => `drop table if exists ${table}`),
  'drop type if exists chain_name',
  'drop type if exists group_name',
].join('; ');
