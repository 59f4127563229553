/**
 * The statements that turn raw endpoint records into the lake's tables by port. DuckDB reads the records with its
 * own JSON reader, typed by the raw record's shape; nothing passes through JavaScript.
 */
import { sqlPathList } from '../../base/duckdb.ts';
import { FACTS } from '../../formats/lake-tables.ts';

/** Loads all records of a scan into the table `records`. */
export function loadRecords(files: readonly string[]): string {
  return `create table records as select * from read_json(${sqlPathList(files)}, format = 'newline_delimited', hive_partitioning = false,
    compression = 'gzip', maximum_object_size = ${MAX_RECORD_BYTES}, columns = ${JSON_COLUMNS})`;
}

/** One row per handshake, with the content of its flight, as the view `answers`; `flights` numbers the contents. */
export const NUMBER_FLIGHTS = `
  create view answers as
  select port, endpoint_id, handshake.* from (
    select port, endpoint_id, unnest(handshakes) as handshake from records
  );
  create table flights as
  select port, row_number() over (
      partition by port
      order by chain_id, dh_group_id, named_group, key_bits, signature_scheme, flight_complete
    ) as flight_id, flight_complete, chain_id, dh_group_id, named_group, key_bits, signature_scheme
  from (
    select distinct port, flight_complete, chain_id, dh_group_id, named_group, key_bits, signature_scheme
    from answers where outcome = 'accepted'
  )`;

/** Table of the lake → the query that gives its rows for one port, in the order they are stored in. */
export const ENDPOINT_TABLES: Record<string, (port: number) => string> = {
  endpoints: (port) => `(
    select records.*, asn, as_prefix, country, coalesce(dialogue.banner, secured_dialogue.banner) as banner, dialogue.starttls_offered, dialogue.starttls_accepted,
      dialogue.plaintext_auth_offered, offered, accepted, rejected, errors, not_tested,
      inferred, coalesce(effort.handshakes, made) as handshakes, chain_id
    from (select * exclude (versions, handshakes) from records where port = ${port}) as records
    left join address_origins using (ip)
    left join (
      select endpoint_id, sum(v.offered) as offered, sum(v.accepted) as accepted, sum(v.rejected) as rejected,
        sum(v.errors) as errors, sum(v.not_tested) as not_tested,
        sum(coalesce(v.inferred_accepted, 0) + coalesce(v.inferred_rejected, 0)) as inferred,
        sum(v.handshakes) as made
      from (select endpoint_id, unnest(versions) as v from records where port = ${port}) group by endpoint_id
    ) using (endpoint_id)
    left join (
      select endpoint_id, chain_id from (
        select endpoint_id, chain_id, row_number() over (
          partition by endpoint_id order by version desc, cipher_suite
        ) as place
        from answers where port = ${port} and outcome = 'accepted' and chain_id is not null
      ) where place = 1
    ) using (endpoint_id)
    order by endpoint_id)`,
  endpoint_versions: (port) => `(
    select * replace (
      coalesce(inferred_accepted, 0) as inferred_accepted, coalesce(inferred_rejected, 0) as inferred_rejected)
    from (select endpoint_id, v.* from (select endpoint_id, unnest(versions) as v from records where port = ${port}))
    order by endpoint_id, version)`,
  inferred_suites: (port) => `(
    select endpoint_id, version, unnest(cipher_suites) as cipher_suite from (
      select endpoint_id, i.* from (select endpoint_id, unnest(inferred_suites) as i from records where port = ${port})
    )
    order by endpoint_id, version, cipher_suite)`,
  endpoint_facts: (port) => `(
    select endpoint_id, software.software, software.software_version, stop_reason, dialogue.starttls_masked,
      dialogue.plaintext_auth_offered, secured_dialogue.plaintext_auth_offered as secured_plaintext_auth_offered,
      ${FACTS.map(([name]) => `facts.${name}`).join(', ')}, facts.fingerprint.sha256 as fingerprint,
      effort.connections, effort.throttle_waits
    from records
    left join software on software.protocol = records.protocol
      and software.banner = coalesce(dialogue.banner, secured_dialogue.banner)
    where port = ${port} order by endpoint_id)`,
  endpoint_signature_schemes: (port) => `(
    select endpoint_id, version, unnest(accepted) as signature_scheme from (
      select endpoint_id, s.* from (select endpoint_id, unnest(signature_schemes) as s from records where port = ${port})
    )
    order by endpoint_id, version, signature_scheme)`,
  endpoint_groups: (port) => `(
    select endpoint_id, version, unnest(accepted) as named_group from (
      select endpoint_id, g.* from (select endpoint_id, unnest(groups) as g from records where port = ${port})
    )
    order by endpoint_id, version, named_group)`,
  handshakes: (port) => `(
    select endpoint_id, version, cipher_suite, error_kind, flight_id
    from answers left join flights on outcome = 'accepted' and answers.port = flights.port
      and ${SAME_FLIGHT.map((name) => `answers.${name} is not distinct from flights.${name}`).join(' and ')}
    where answers.port = ${port}
    order by endpoint_id, version, cipher_suite, error_kind)`,
  flights: (port) => `(select * from flights where port = ${port} order by flight_id)`,
};

const SAME_FLIGHT = [
  'flight_complete',
  'chain_id',
  'dh_group_id',
  'named_group',
  'key_bits',
  'signature_scheme',
] as const;

/** Far above what any endpoint record needs: some 2,000 handshakes of 1 KiB. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

const JSON_COLUMNS = `{
  format_version: 'integer', scan_id: 'varchar', endpoint_id: 'bigint', target: 'varchar', host: 'varchar', ip: 'varchar', port: 'integer',
  connect_port: 'integer', protocol: 'varchar', tls_mode: 'varchar', duration_ms: 'double', outcome: 'varchar',
  error_kind: 'varchar',
  stop_reason: 'varchar',
  dialogue: 'struct(banner varchar, starttls_offered boolean, starttls_masked boolean, starttls_accepted boolean,
    plaintext_auth_offered boolean)',
  secured_dialogue: 'struct(banner varchar, plaintext_auth_offered boolean)',
  versions: 'struct(version smallint, offered integer, accepted integer, rejected integer, errors integer,
    not_tested integer, inferred_accepted integer, inferred_rejected integer, handshakes integer)[]',
  inferred_suites: 'struct(version smallint, cipher_suites integer[])[]',
  handshakes: 'struct(version smallint, cipher_suite integer, outcome varchar, error_kind varchar,
    flight_complete boolean, chain_id varchar, dh_group_id varchar, named_group integer, key_bits integer,
    signature_scheme integer)[]',
  groups: 'struct(version smallint, accepted integer[])[]',
  signature_schemes: 'struct(version smallint, accepted integer[])[]',
  facts: 'struct(${FACTS.map(([name]) => `${name} boolean`).join(', ')}, fingerprint struct(sha256 varchar))',
  effort: 'struct(connections integer, handshakes integer, throttle_waits integer)',
  chains: 'struct(chain_id varchar, certificates varchar[])[]'
}`;
