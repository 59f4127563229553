-- title: Cipher suites accepted, per port and version
-- place: 6
-- grain: one row per scan, port, version and cipher suite that at least one endpoint accepts
-- source: Mayer et al. 2016, cipher suite support
-- reads: endpoints, endpoint_versions, handshakes, inferred_suites, known_cipher_suites, known_tls_versions
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
-- column unknown bigint: TLS endpoints with an unanswered question in this version, which are left out
-- column share double: supporting, of endpoints; null where there are none
-- unique: scan_id, port, version, code
-- check: supporting between 0 and endpoints
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
    count(*) filter (where coalesce(v.errors + v.not_tested, 1) > 0) as unknown
  from endpoint_versions as v
  join tls_endpoints as e
    on e.scan_id = v.scan_id and e.port = v.port and e.endpoint_id = v.endpoint_id
  group by v.scan_id, v.port, v.version
), incomplete as (
  select scan_id, port, endpoint_id, version
  from endpoint_versions
  where coalesce(errors + not_tested, 1) > 0 and coalesce(accepted + inferred_accepted, 1) > 0
), accepted as (
  select scan_id, port, version, cipher_suite, count(*) as accepting, 0 as inferred
  from handshakes
  where error_kind is null and cipher_suite is not null
  group by scan_id, port, version, cipher_suite
  union all
  select scan_id, port, version, cipher_suite, count(*), count(*)
  from inferred_suites
  group by scan_id, port, version, cipher_suite
), accepted_by_incomplete as (
  select h.scan_id, h.port, h.version, h.cipher_suite, count(*) as accepting, 0 as inferred
  from handshakes as h
  join incomplete as i
    on i.scan_id = h.scan_id and i.port = h.port and i.endpoint_id = h.endpoint_id and i.version = h.version
  where h.error_kind is null and h.cipher_suite is not null
  group by h.scan_id, h.port, h.version, h.cipher_suite
  union all
  select s.scan_id, s.port, s.version, s.cipher_suite, count(*), count(*)
  from inferred_suites as s
  join incomplete as i
    on i.scan_id = s.scan_id and i.port = s.port and i.endpoint_id = s.endpoint_id and i.version = s.version
  group by s.scan_id, s.port, s.version, s.cipher_suite
), signed as (
  select scan_id, port, version, cipher_suite, accepting, inferred from accepted
  union all
  select scan_id, port, version, cipher_suite, -accepting, -inferred from accepted_by_incomplete
), counted as (
  select
    s.scan_id,
    s.port,
    s.version,
    s.cipher_suite,
    asked.endpoints,
    cast(sum(s.accepting) as bigint) as supporting,
    cast(sum(s.inferred) as bigint) as inferred,
    asked.unknown
  from signed as s
  join asked on asked.scan_id = s.scan_id and asked.port = s.port and asked.version = s.version
  group by s.scan_id, s.port, s.version, s.cipher_suite, asked.endpoints, asked.unknown
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
  c.unknown,
  cast(c.supporting as double) / nullif(c.endpoints, 0) as share
from counted as c
join known_tls_versions as versions on versions.code = c.version
left join known_cipher_suites as suites on suites.code = c.cipher_suite
order by c.scan_id, c.port, c.version, c.cipher_suite
