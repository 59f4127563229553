-- title: Cipher suites accepted, per port and version
-- place: 6
-- grain: one row per scan, port, version and cipher suite that at least one endpoint accepts
-- source: Mayer et al. 2016, cipher suite support
-- reads: endpoints, endpoint_versions, handshakes, known_cipher_suites, known_tls_versions
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column version varchar: protocol version
-- column code integer: number of the cipher suite on the wire
-- column cipher_suite varchar: IANA name; null for a number that nobody registered
-- column key_exchange varchar: key exchange of the suite
-- column export boolean: export grade
-- column endpoints bigint: TLS endpoints whose answer on this version and suite is known
-- column supporting bigint: of these, endpoints that accept the suite in this version
-- column share double: supporting, of endpoints
-- unique: scan_id, port, version, code
-- check: supporting between 1 and endpoints
-- check: share between 0 and 1
-- empty: no endpoint accepted a handshake
with tls_endpoints as (
  select scan_id, port, endpoint_id
  from endpoints
  where outcome in ('tls', 'tls_rejected')
), complete as (
  select v.scan_id, v.port, v.version, count(*) as endpoints
  from endpoint_versions as v
  join tls_endpoints as e
    on e.scan_id = v.scan_id and e.port = v.port and e.endpoint_id = v.endpoint_id
  where v.errors + v.not_tested = 0
  group by v.scan_id, v.port, v.version
), incomplete as (
  select scan_id, port, endpoint_id, version
  from endpoint_versions
  where errors + not_tested > 0
), accepted as (
  select scan_id, port, version, cipher_suite, count(*) as supporting
  from handshakes
  where error_kind is null
  group by scan_id, port, version, cipher_suite
), accepted_by_incomplete as (
  select h.scan_id, h.port, h.version, h.cipher_suite, count(*) as supporting
  from handshakes as h
  join incomplete as i
    on i.scan_id = h.scan_id and i.port = h.port and i.endpoint_id = h.endpoint_id and i.version = h.version
  where h.error_kind is null
  group by h.scan_id, h.port, h.version, h.cipher_suite
), known as (
  select
    a.scan_id,
    a.port,
    a.version,
    a.cipher_suite,
    coalesce(c.endpoints, 0) + coalesce(i.supporting, 0) as endpoints,
    a.supporting
  from accepted as a
  left join complete as c
    on c.scan_id = a.scan_id and c.port = a.port and c.version = a.version
  left join accepted_by_incomplete as i
    on i.scan_id = a.scan_id and i.port = a.port and i.version = a.version
    and i.cipher_suite = a.cipher_suite
)
select
  k.scan_id,
  k.port,
  versions.name as version,
  k.cipher_suite as code,
  suites.name as cipher_suite,
  suites.key_exchange,
  suites.export,
  k.endpoints,
  k.supporting,
  cast(k.supporting as double) / k.endpoints as share
from known as k
join known_tls_versions as versions on versions.code = k.version
left join known_cipher_suites as suites on suites.code = k.cipher_suite
order by k.scan_id, k.port, k.version, k.cipher_suite
