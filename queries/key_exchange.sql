-- title: Key exchange methods accepted, per port
-- place: 7
-- grain: one row per scan, port and key exchange that at least one endpoint accepts
-- source: Mayer et al. 2016, key exchange
-- reads: endpoints, handshakes, known_cipher_suites
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column key_exchange varchar: key exchange of the cipher suite, _EXPORT where the suite is export grade
-- column endpoints bigint: TLS endpoints of which every question is answered
-- column supporting bigint: of these, endpoints that accept a suite with it, in any version
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
    count(*) filter (where errors + not_tested > 0) as unknown
  from endpoints
  where outcome in ('tls', 'tls_rejected')
  group by scan_id, port
), incomplete as (
  select scan_id, port, endpoint_id
  from endpoints
  where errors + not_tested > 0 and accepted > 0
), accepted as (
  select distinct h.scan_id, h.port, h.endpoint_id, m.key_exchange
  from handshakes as h
  join methods as m on m.code = h.cipher_suite
  where h.error_kind is null
), counted as (
  select a.scan_id, a.port, a.key_exchange, count(*) - count(i.endpoint_id) as supporting
  from accepted as a
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
  asked.unknown,
  cast(c.supporting as double) / nullif(asked.endpoints, 0) as share
from counted as c
join asked on asked.scan_id = c.scan_id and asked.port = c.port
order by c.scan_id, c.port, c.key_exchange
