/**
 * The statements that turn a batch of raw records, in the table `records`, into the lake's rows by port. Rows stand in the
 * order of the scan: sorting them costs a third of the whole ingest, and no query asks for it.
 */
import { FACTS } from '../../formats/lake-tables.ts';

/** The content of a flight, beside its port. */
const CONTENT = [
  'flight_complete',
  'chain_id',
  'dh_group_id',
  'named_group',
  'key_bits',
  'signature_scheme',
] as const;

/** Before the first batch: how many flights each port has so far. */
export const BEGIN_FLIGHTS = `
  create table flight_counts (port integer, flights bigint)`;

/**
 * Numbers the distinct contents of a batch's flights in the order in which they come first, behind those of the batches
 * before; `handshake_groups` gives each group of handshakes its flight's number.
 */
export const NUMBER_FLIGHTS = `
  create or replace view handshake_groups as
  select place, port, endpoint_id, ordinal, g.version as version, g.outcome as outcome, g.error_kind as error_kind,
    g.flight_complete as flight_complete, chains[g.chain + 1].chain_id as chain_id, g.dh_group_id as dh_group_id,
    g.named_group as named_group, g.key_bits as key_bits, g.signature_scheme as signature_scheme,
    g.cipher_suites as cipher_suites
  from (
    select rowid as place, port, endpoint_id, chains, unnest(handshakes) as g,
      generate_subscripts(handshakes, 1) as ordinal
    from records
  );
  create or replace table flights as
  select port, coalesce(flights, 0) + row_number() over (partition by port order by first) as flight_id,
    ${CONTENT.join(', ')}
  from (
    select port, ${CONTENT.join(', ')}, min(place * 65536 + ordinal) as first
    from handshake_groups where outcome = 'accepted' group by port, ${CONTENT.join(', ')}
  ) left join flight_counts using (port);
  create or replace table flight_counts as
  select port, sum(flights)::bigint as flights from (
    from flight_counts union all select port, count(*) as flights from flights group by port
  ) group by port`;

/** Left tables probe, right ones are built on: rows then stay in their order. */
export const KEEP_ORDER = "set disabled_optimizers = 'join_order,build_side_probe_side'";

const total = (name: string): string =>
  `case when len(versions) = list_count(list_transform(versions, lambda v: v.${name}))
    then list_sum(list_transform(versions, lambda v: v.${name})) end`;
const INFERRED = `list_sum(list_transform(versions,
  lambda v: coalesce(v.inferred_accepted, 0) + coalesce(v.inferred_rejected, 0)))`;

/** The chain of the highest version's accepted handshakes; where it shows several, that of the lowest suite. */
const FIRST_CHAINS = (port: number): string => `(
  select place, arg_min(chain_id, (0 - version::bigint) * 16777216 + coalesce(list_min(cipher_suites), 16777215)) as chain_id
  from handshake_groups where port = ${port} and outcome = 'accepted' and chain_id is not null group by place)`;

/** Table of the lake → the query that gives its rows for one port, in the order they are stored in. */
export const ENDPOINT_TABLES: Record<string, (port: number) => string> = {
  endpoints: (port) => `(
    select endpoint_id, target, host, records.ip as ip, asn, as_prefix, country, connect_port, protocol, tls_mode, outcome, error_kind,
      coalesce(dialogue.banner, secured_dialogue.banner) as banner, dialogue.starttls_offered as starttls_offered,
      dialogue.starttls_accepted as starttls_accepted, dialogue.plaintext_auth_offered as plaintext_auth_offered,
      ${total('offered')} as offered, ${total('accepted')} as accepted, ${total('rejected')} as rejected,
      ${total('errors')} as errors, ${total('not_tested')} as not_tested, ${INFERRED} as inferred,
      coalesce(effort.handshakes, ${total('handshakes')}) as handshakes, shown.chain_id as chain_id, duration_ms
    from (select rowid as place, * from records where port = ${port}) as records
    left join ${FIRST_CHAINS(port)} as shown on records.place = shown.place
    left join address_origins on records.ip = address_origins.ip)`,
  endpoint_versions: (port) => `(
    select endpoint_id, v.version as version, v.offered as offered, v.accepted as accepted, v.rejected as rejected,
      v.errors as errors, v.not_tested as not_tested, coalesce(v.inferred_accepted, 0) as inferred_accepted,
      coalesce(v.inferred_rejected, 0) as inferred_rejected
    from (select endpoint_id, unnest(versions) as v from records where port = ${port}))`,
  inferred_suites: (port) => `(
    select endpoint_id, version, unnest(cipher_suites) as cipher_suite from (
      select endpoint_id, i.version as version, i.cipher_suites as cipher_suites
      from (select endpoint_id, unnest(inferred_suites) as i from records where port = ${port})))`,
  endpoint_facts: (port) => `(
    select endpoint_id, software.software, software.software_version, stop_reason, dialogue.starttls_masked,
      dialogue.plaintext_auth_offered, secured_dialogue.plaintext_auth_offered as secured_plaintext_auth_offered,
      ${FACTS.map(([name]) => `facts.${name}`).join(', ')}, facts.fingerprint.sha256 as fingerprint,
      effort.connections, effort.throttle_waits
    from (select * from records where port = ${port}) as records
    left join software on software.protocol = records.protocol
      and software.banner = coalesce(dialogue.banner, secured_dialogue.banner))`,
  endpoint_signature_schemes: (port) => `(
    select endpoint_id, version, unnest(accepted) as signature_scheme from (
      select endpoint_id, s.version as version, s.accepted as accepted
      from (select endpoint_id, unnest(signature_schemes) as s from records where port = ${port})))`,
  endpoint_groups: (port) => `(
    select endpoint_id, version, unnest(accepted) as named_group from (
      select endpoint_id, g.version as version, g.accepted as accepted
      from (select endpoint_id, unnest(groups) as g from records where port = ${port})))`,
  handshakes: (port) => `(
    select endpoint_id, version, unnest(cipher_suites) as cipher_suite, error_kind, flight_id
    from (select *, case when outcome = 'accepted' then port end as shown from handshake_groups where port = ${port}) as made
    left join (select * from flights where port = ${port}) as flights on made.shown = flights.port
      and ${CONTENT.map((name) => `made.${name} is not distinct from flights.${name}`).join(' and ')})`,
  flights: (port) => `(select * from flights where port = ${port})`,
};
