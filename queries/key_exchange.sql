-- title: Key exchange methods accepted, per port
-- place: 7
-- grain: one row per scan, port and key exchange that at least one endpoint accepts
-- source: Mayer et al. 2016, key exchange
-- reads: endpoints, handshakes, inferred_suites, known_cipher_suites
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column key_exchange varchar: key exchange of the cipher suite, _EXPORT where the suite is export grade
-- column endpoints bigint: TLS endpoints of which every question is answered, or inferred
-- column supporting bigint: of these, endpoints that accept a suite with it, in any version
-- column inferred bigint: of these supporting, endpoints of which only a prior says so
-- column unknown bigint: TLS endpoints with an unanswered question, which are left out
-- column share double: supporting, of endpoints; null where there are none
-- unique: scan_id, port, key_exchange
-- check: supporting between 0 and endpoints
-- check: supporting + unknown >= 1
-- check: share between 0 and 1
-- empty: no endpoint accepted a handshake
with methods as (
  select code, key_exchange || case when export then '_EXPORT' else '' end as key_exchange
  from known_cipher_suites
), asked as (
  select
    scan_id,
    port,
    count(*) filter (where errors + not_tested = 0) as endpoints,
    count(*) filter (where coalesce(errors + not_tested, 1) > 0) as unknown
  from endpoints
  where outcome in ('tls', 'tls_rejected')
  group by scan_id, port
), incomplete as (
  select scan_id, port, endpoint_id
  from endpoints
  where coalesce(errors + not_tested, 1) > 0 and coalesce(accepted + inferred, 1) > 0
), accepted as (
  select distinct h.scan_id, h.port, h.endpoint_id, m.key_exchange
  from handshakes as h
  join methods as m on m.code = h.cipher_suite
  where h.error_kind is null
), inferred as (
  select distinct s.scan_id, s.port, s.endpoint_id, m.key_exchange
  from inferred_suites as s
  join methods as m on m.code = s.cipher_suite
), only_inferred as (
  select s.scan_id, s.port, s.endpoint_id, s.key_exchange
  from inferred as s
  left join accepted as a
    on a.scan_id = s.scan_id and a.port = s.port and a.endpoint_id = s.endpoint_id
    and a.key_exchange = s.key_exchange
  where a.endpoint_id is null
), known as (
  select scan_id, port, endpoint_id, key_exchange, 0 as inferred from accepted
  union all
  select scan_id, port, endpoint_id, key_exchange, 1 from only_inferred
), counted as (
  select
    a.scan_id,
    a.port,
    a.key_exchange,
    count(*) - count(i.endpoint_id) as supporting,
    count(*) filter (where a.inferred = 1 and i.endpoint_id is null) as inferred
  from known as a
  left join incomplete as i
    on i.scan_id = a.scan_id and i.port = a.port and i.endpoint_id = a.endpoint_id
  group by a.scan_id, a.port, a.key_exchange
)
select
  c.scan_id,
  c.port,
  c.key_exchange,
  asked.endpoints,
  c.supporting,
  c.inferred,
  asked.unknown,
  cast(c.supporting as double) / nullif(asked.endpoints, 0) as share
from counted as c
join asked on asked.scan_id = c.scan_id and asked.port = c.port
order by c.scan_id, c.port, c.key_exchange
