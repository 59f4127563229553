/**
 * The statements that turn a batch of raw records, in `records` and what `spread-records.ts` makes of it, into the lake's rows by port. Rows stand in the
 * order of the scan: sorting them costs a third of the whole ingest, and no query asks for it.
 */
import { FACTS } from '../../formats/lake-tables.ts';
import { inOrder } from './spread-records.ts';

/** The content of a flight, beside its port. */
const CONTENT = [
  'flight_complete',
  'chain_id',
  'dh_group_id',
  'named_group',
  'key_bits',
  'signature_scheme',
] as const;

const COUNTS = ['offered', 'accepted', 'rejected', 'errors', 'not_tested', 'handshakes'] as const;

/** Before the first batch: how many flights each port has so far. */
export const BEGIN_FLIGHTS = `
  create table flight_counts (port integer, flights bigint)`;

/**
 * Numbers the distinct contents of a batch's flights in the order in which they come first, behind those of the batches
 * before.
 */
export const NUMBER_FLIGHTS = `
  create or replace table flights as
  from ${inOrder(`(
    select port, coalesce(flights, 0) + row_number() over (partition by port order by first) as flight_id,
      ${CONTENT.join(', ')}
    from (
      select port, ${CONTENT.join(', ')}, min(place * 65536 + ordinal) as first
      from handshake_groups where outcome = 'accepted' group by port, ${CONTENT.join(', ')}
    ) left join flight_counts using (port)
    order by port, flight_id)`)};
  create or replace table group_flights as
  select flight_id from ${inOrder(`(
    select place, ordinal, flight_id
    from (select * exclude (cipher_suites), case when outcome = 'accepted' then port end as shown from handshake_groups) as made
    left join flights on made.shown = flights.port
      and ${CONTENT.map((name) => `made.${name} is not distinct from flights.${name}`).join(' and ')}
    order by place, ordinal)`)};
  create or replace table flight_counts as
  select port, sum(flights)::bigint as flights from (
    from flight_counts union all select port, count(*) as flights from flights group by port
  ) group by port`;

/** Left tables probe, right ones are built on: rows then stay in their order. */
export const KEEP_ORDER = "set disabled_optimizers = 'join_order,build_side_probe_side'";

/** Sums over the versions of an endpoint: what one of them leaves open is open. */
const TOTALS = `(
  select place, ${COUNTS.map((name) => `case when count(*) = count(${name}) then sum(${name}) end as ${name}`).join(', ')},
    sum(inferred_accepted + inferred_rejected) as inferred
  from version_rows group by place)`;

/** The chain of the highest version's accepted handshakes; where it shows several, that of the lowest suite. */
const FIRST_CHAINS = `(
  select place, arg_min(chain_id, (0 - version::bigint) * 16777216 + coalesce(list_min(cipher_suites), 16777215)) as chain_id
  from handshake_groups where outcome = 'accepted' and chain_id is not null group by place)`;

/** What is known of endpoints from elsewhere than their own row, in the order of `endpoint_rows`; once `software` and `address_origins` are there. */
export const DESCRIBE_ENDPOINTS = `
  create or replace table endpoint_extras as
  select * exclude (nth, place) from (select *, row_number() over () as nth from (
    select records.place as place, asn, as_prefix, country, totals.* exclude (place), shown.chain_id as chain_id,
      software.software as software, software.software_version as software_version
    from (select place, ip, protocol, coalesce(dialogue.banner, secured_dialogue.banner) as banner from endpoint_rows) as records
    left join ${TOTALS} as totals on records.place = totals.place
    left join ${FIRST_CHAINS} as shown on records.place = shown.place
    left join address_origins on records.ip = address_origins.ip
    left join software on software.protocol = records.protocol and software.banner = records.banner
    order by records.place)) where nth > 0`;

/** Makes room for the next batch. */
export const FORGET_DESCRIBED = 'drop table flights; drop table group_flights; drop table endpoint_extras';

const ENDPOINTS = 'endpoint_rows positional join endpoint_extras';

const of = (table: string, port: number): string => inOrder(`${table} where port = ${port}`);

/** Table of the lake → the query that gives its rows for one port, in the order they are stored in. */
export const ENDPOINT_TABLES: Record<string, (port: number) => string> = {
  endpoints: (port) => `(
    select endpoint_id, target, host, ip, asn, as_prefix, country, connect_port, protocol, tls_mode, outcome, error_kind,
      coalesce(dialogue.banner, secured_dialogue.banner) as banner, dialogue.starttls_offered as starttls_offered,
      dialogue.starttls_accepted as starttls_accepted, dialogue.plaintext_auth_offered as plaintext_auth_offered,
      offered, accepted, rejected, errors, not_tested, inferred, coalesce(effort.handshakes, handshakes) as handshakes, chain_id,
      duration_ms
    from ${of(ENDPOINTS, port)})`,
  endpoint_versions: (port) => `(
    select endpoint_id, version, offered, accepted, rejected, errors, not_tested, inferred_accepted, inferred_rejected
    from ${of('version_rows', port)})`,
  inferred_suites: (port) => `(
    select endpoint_id, version, unnest(cipher_suites) as cipher_suite from (
      select endpoint_id, i.version as version, i.cipher_suites as cipher_suites
      from (select endpoint_id, unnest(inferred_suites) as i from ${of('endpoint_rows', port)})))`,
  endpoint_facts: (port) => `(
    select endpoint_id, software, software_version, stop_reason, dialogue.starttls_masked,
      dialogue.plaintext_auth_offered, secured_dialogue.plaintext_auth_offered as secured_plaintext_auth_offered,
      ${FACTS.map(([name]) => `facts.${name}`).join(', ')}, facts.fingerprint.sha256 as fingerprint,
      effort.connections, effort.throttle_waits
    from ${of(ENDPOINTS, port)})`,
  endpoint_signature_schemes: (port) => `(
    select endpoint_id, version, unnest(accepted) as signature_scheme from (
      select endpoint_id, s.version as version, s.accepted as accepted
      from (select endpoint_id, unnest(signature_schemes) as s from ${of('endpoint_rows', port)})))`,
  endpoint_groups: (port) => `(
    select endpoint_id, version, unnest(accepted) as named_group from (
      select endpoint_id, g.version as version, g.accepted as accepted
      from (select endpoint_id, unnest(groups) as g from ${of('endpoint_rows', port)})))`,
  handshakes: (port) => `(
    select endpoint_id, version, unnest(cipher_suites) as cipher_suite, error_kind, flight_id
    from ${of('handshake_groups positional join group_flights', port)})`,
  flights: (port) => of('flights', port),
};
