/**
 * The statements that turn a batch of raw records, in `records` and what `spread-records.ts` makes of it, into the lake's rows by port. Rows stand in the
 * order of the scan: sorting them costs a third of the whole ingest, and no query asks for it.
 */
import { FACTS } from '../../formats/lake-tables.ts';
import { COUNTS } from './spread-records.ts';

/** The content of a flight, beside its port. */
const CONTENT = [
  'flight_complete',
  'chain_id',
  'dh_group_id',
  'named_group',
  'key_bits',
  'signature_scheme',
] as const;

/**
 * Numbers the distinct contents of a batch's flights by port, in the order in which they come first, from 1. With those of
 * the batches before, `flights_before` (port, flights), they are the scan's.
 */
export const NUMBER_FLIGHTS = `
  create table batch_flights as
  select port, row_number() over (partition by port order by first) as nth, ${CONTENT.join(', ')}
  from (
    select port, ${CONTENT.join(', ')}, min(place * 65536 + ordinal) as first
    from handshake_groups where outcome = 'accepted' group by port, ${CONTENT.join(', ')}
  ) order by port, nth`;

/** How many flights each port has in this batch. */
export const COUNT_FLIGHTS = 'select port, count(*) as flights from batch_flights group by port';

/** The flights as the scan numbers them, and of each row of `handshake_groups` the flight, in their order: joins keep none. */
export const CONTINUE_NUMBERS = `
  create table flights as
  select port, coalesce(flights, 0) + nth as flight_id, ${CONTENT.join(', ')}
  from batch_flights left join flights_before using (port);
  create table group_flights as
  select flight_id from (
    select place, ordinal, flight_id
    from (
      select * exclude (cipher_suites), case when outcome = 'accepted' then port end as shown_port from handshake_groups
    ) as made
    left join flights on made.shown_port = flights.port
      and ${CONTENT.map((name) => `made.${name} is not distinct from flights.${name}`).join(' and ')}
  ) order by place, ordinal`;

/** Left tables probe, right ones are built on: the engine's own guess builds on the large one. */
export const KEEP_ORDER = "set disabled_optimizers = 'join_order,build_side_probe_side'";

const TOTALS = [...COUNTS, 'unconfirmed', 'inferred'].map((name) => `totals.${name} as ${name}`).join(', ');

/** What is known of endpoints from elsewhere than their own row, in the order of `endpoint_rows`; once `software` and `address_origins` are there. */
export const DESCRIBE_ENDPOINTS = `
  create table endpoint_extras as
    select asn, as_prefix, country, ${TOTALS}, shown.chain_id as chain_id,
      software.software as software, software.software_version as software_version
    from (select place, ip, protocol, coalesce(dialogue.banner, secured_dialogue.banner) as banner from endpoint_rows) as records
    left join version_sums as totals on records.place = totals.place
    left join group_sums as shown on records.place = shown.place
    left join address_origins on records.ip = address_origins.ip
    left join software on software.protocol = records.protocol and software.banner = records.banner
    order by records.place`;

/** Makes room for the next batch. */
export const FORGET_DESCRIBED =
  'drop table batch_flights; drop table flights_before; drop table flights; drop table group_flights; drop table endpoint_extras';

const ENDPOINTS = 'endpoint_rows positional join endpoint_extras';

/** Tables that most scans or ports have no rows of, and which records have some: what has none is not asked. */
const SPARSE = [
  ['contradictions', 'len(contradictions) > 0'],
  ['refused_hello_features', 'len(hello_tolerance.refused) > 0'],
  ['inferred_suites', 'len(inferred_suites) > 0'],
  ['inference_checks', 'inference_checks is not null'],
  ['endpoint_signature_schemes', 'len(signature_schemes) > 0'],
  ['endpoint_groups', 'len(groups) > 0'],
] as const;

/** Ports of a batch, and by table of `SPARSE` whether any record of the port has rows of it. */
export const PORTS = `
  select port, ${SPARSE.map(([table, has]) => `coalesce(bool_or(${has}), false) as ${table}`).join(', ')}
  from endpoint_rows group by port order by port`;

/** Table of the lake → the query that gives its rows for one port, in the order they are stored in. */
export const ENDPOINT_TABLES: Record<string, (port: number) => string> = {
  endpoints: (port) => `(
    select endpoint_id, target, host, ip, asn, as_prefix, country, connect_port, protocol, tls_mode, outcome, error_kind,
      coalesce(dialogue.banner, secured_dialogue.banner) as banner, dialogue.ehlo_first_line as ehlo_first_line,
      dialogue.starttls_offered as starttls_offered,
      dialogue.starttls_accepted as starttls_accepted, dialogue.plaintext_auth_offered as plaintext_auth_offered,
      offered, accepted, rejected, unconfirmed, errors, not_tested, inferred, coalesce(effort.handshakes, handshakes) as handshakes, chain_id,
      duration_ms
    from ${ENDPOINTS} where port = ${port})`,
  endpoint_versions: (port) => `(
    select endpoint_id, version, offered, accepted, rejected, unconfirmed, errors, not_tested, inferred_accepted,
      inferred_rejected, handshake_completed
    from version_rows where port = ${port})`,
  refusals: (port) => `(
    select endpoint_id, version, refused_by, code, cipher_suites, confirmed, forms
    from refusal_rows where port = ${port})`,
  contradictions: (port) => `(
    select endpoint_id, c.version as version, c."by" as refused_by, c.code as code, c.times as times
    from (select endpoint_id, unnest(contradictions) as c from endpoint_rows where port = ${port}))`,
  hello_tolerance: (port) => `(
    select endpoint_id, hello_tolerance.cipher_suites as cipher_suites, hello_tolerance.hello_bytes as hello_bytes
    from endpoint_rows where port = ${port} and hello_tolerance is not null)`,
  refused_hello_features: (port) => `(
    select endpoint_id, f.feature as feature, f.value as value, f."by" as refused_by, f.code as code
    from (select endpoint_id, unnest(hello_tolerance.refused) as f from endpoint_rows where port = ${port}))`,
  inference_checks: (port) => `(
    select endpoint_id, suite_group, inferred, checked, wrong from check_rows where port = ${port})`,
  inferred_suites: (port) => `(
    select endpoint_id, version, unnest(cipher_suites) as cipher_suite from (
      select endpoint_id, i.version as version, i.cipher_suites as cipher_suites
      from (select endpoint_id, unnest(inferred_suites) as i from endpoint_rows where port = ${port})))`,
  endpoint_facts: (port) => `(
    select endpoint_id, software, software_version, stop_reason, dialogue.starttls_masked,
      dialogue.plaintext_auth_offered, secured_dialogue.plaintext_auth_offered as secured_plaintext_auth_offered,
      ${FACTS.map(([name]) => `facts.${name}`).join(', ')}, facts.tls13_chain_error as tls13_chain_error,
      facts.fingerprint.sha256 as fingerprint,
      effort.connections, effort.throttle_waits
    from ${ENDPOINTS} where port = ${port})`,
  endpoint_signature_schemes: (port) => `(
    select endpoint_id, version, unnest(accepted) as signature_scheme from (
      select endpoint_id, s.version as version, s.accepted as accepted
      from (select endpoint_id, unnest(signature_schemes) as s from endpoint_rows where port = ${port})))`,
  endpoint_groups: (port) => `(
    select endpoint_id, version, unnest(accepted) as named_group from (
      select endpoint_id, g.version as version, g.accepted as accepted
      from (select endpoint_id, unnest(groups) as g from endpoint_rows where port = ${port})))`,
  handshakes: (port) => `(
    select endpoint_id, version, unnest(cipher_suites) as cipher_suite, error_kind, flight_id
    from handshake_groups positional join group_flights where port = ${port})`,
  flights: (port) => `(from flights where port = ${port})`,
};
