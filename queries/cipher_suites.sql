-- title: Cipher suites accepted, per port and version
-- place: 6
-- grain: one row per scan, port, version and cipher suite that at least one endpoint accepts
-- source: Mayer et al. 2016, cipher suite support
-- reads: endpoints, endpoint_versions, handshakes, inferred_suites, known_cipher_suites, known_tls_versions, scans
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column version varchar: protocol version
-- column code integer: number of the cipher suite on the wire
-- column cipher_suite varchar: IANA name; null for a number that nobody registered
-- column key_exchange varchar: key exchange of the suite
-- column export boolean: export grade
-- column endpoints bigint: TLS endpoints of which every question in this version is answered, or inferred
-- column supporting bigint: of these, endpoints that accept the suite in this version
-- column inferred bigint: of these supporting, endpoints of which only a prior says so
-- column inferred_error double: share of inferred answers that are wrong, of those of the whole scan, estimated by checks; null where nothing is inferred here, or not checked
-- column unconfirmed bigint: of the endpoints that do not accept the suite, those whose no nothing confirms: older records, and other tools
-- column unknown bigint: TLS endpoints with an unanswered question in this version, which are left out
-- column share double: supporting, of endpoints; null where there are none
-- unique: scan_id, port, version, code
-- check: supporting between 0 and endpoints
-- check: unconfirmed between 0 and endpoints - supporting
-- check: supporting + unknown >= 1
-- check: share between 0 and 1
-- empty: no endpoint accepted a handshake
with tls_endpoints as (
  select scan_id, port, endpoint_id
  from endpoints
  where outcome in ('tls', 'tls_rejected')
), asked as (
  select
    v.scan_id,
    v.port,
    v.version,
    count(*) filter (where v.errors + v.not_tested = 0) as endpoints,
    count(*) filter (where v.errors + v.not_tested = 0 and v.unconfirmed > 0) as unconfirmed,
    count(*) filter (
      where v.errors + v.not_tested = 0 and v.unconfirmed = 0 and v.rejected + v.inferred_rejected > 0
    ) as confirmed,
    count(*) filter (where coalesce(v.errors + v.not_tested, 1) > 0) as unknown
  from endpoint_versions as v
  join tls_endpoints as e
    on e.scan_id = v.scan_id and e.port = v.port and e.endpoint_id = v.endpoint_id
  group by v.scan_id, v.port, v.version
), unsure as (
  select scan_id, port, version
  from endpoint_versions
  where unconfirmed > 0
  group by scan_id, port, version
), apart as (
  -- endpoints whose yes is not to be counted; where some noes are unconfirmed, also those whose noes are all confirmed
  select
    v.scan_id,
    v.port,
    v.endpoint_id,
    v.version,
    case when coalesce(v.errors + v.not_tested, 1) > 0 then 1 else 0 end as incomplete
  from endpoint_versions as v
  left join unsure as u on u.scan_id = v.scan_id and u.port = v.port and u.version = v.version
  where coalesce(v.accepted + v.inferred_accepted, 1) > 0
    and (coalesce(v.errors + v.not_tested, 1) > 0 or (
      u.version is not null and v.unconfirmed = 0 and v.rejected + v.inferred_rejected > 0
    ))
), accepted as (
  select scan_id, port, version, cipher_suite, count(*) as accepting, 0 as inferred
  from handshakes
  where error_kind is null and cipher_suite is not null
  group by scan_id, port, version, cipher_suite
  union all
  select scan_id, port, version, cipher_suite, count(*), count(*)
  from inferred_suites
  group by scan_id, port, version, cipher_suite
), accepted_apart as (
  select h.scan_id, h.port, h.version, h.cipher_suite, a.incomplete, count(*) as accepting, 0 as inferred
  from handshakes as h
  join apart as a
    on a.scan_id = h.scan_id and a.port = h.port and a.endpoint_id = h.endpoint_id and a.version = h.version
  where h.error_kind is null and h.cipher_suite is not null
  group by h.scan_id, h.port, h.version, h.cipher_suite, a.incomplete
  union all
  select s.scan_id, s.port, s.version, s.cipher_suite, a.incomplete, count(*), count(*)
  from inferred_suites as s
  join apart as a
    on a.scan_id = s.scan_id and a.port = s.port and a.endpoint_id = s.endpoint_id and a.version = s.version
  group by s.scan_id, s.port, s.version, s.cipher_suite, a.incomplete
), signed as (
  select scan_id, port, version, cipher_suite, accepting, inferred, 0 as all_confirmed
  from accepted
  union all
  select
    scan_id,
    port,
    version,
    cipher_suite,
    -accepting * incomplete,
    -inferred * incomplete,
    accepting * (1 - incomplete)
  from accepted_apart
), counted as (
  select
    s.scan_id,
    s.port,
    s.version,
    s.cipher_suite,
    asked.endpoints,
    cast(sum(s.accepting) as bigint) as supporting,
    cast(sum(s.inferred) as bigint) as inferred,
    case
      when asked.unconfirmed = 0 then 0
      else cast(asked.endpoints - sum(s.accepting) - asked.confirmed + sum(s.all_confirmed) as bigint)
    end as unconfirmed,
    asked.unknown
  from signed as s
  join asked on asked.scan_id = s.scan_id and asked.port = s.port and asked.version = s.version
  group by s.scan_id, s.port, s.version, s.cipher_suite, asked.endpoints, asked.unconfirmed,
    asked.confirmed, asked.unknown
)
select
  c.scan_id,
  c.port,
  versions.name as version,
  c.cipher_suite as code,
  suites.name as cipher_suite,
  suites.key_exchange,
  suites.export,
  c.endpoints,
  c.supporting,
  c.inferred,
  case when c.inferred > 0 then i.inference_error end as inferred_error,
  c.unconfirmed,
  c.unknown,
  cast(c.supporting as double) / nullif(c.endpoints, 0) as share
from counted as c
join known_tls_versions as versions on versions.code = c.version
left join scans as i on i.scan_id = c.scan_id
left join known_cipher_suites as suites on suites.code = c.cipher_suite
order by c.scan_id, c.port, c.version, c.cipher_suite
