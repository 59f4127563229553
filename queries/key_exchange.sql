-- title: Key exchange methods accepted, per port
-- place: 7
-- grain: one row per scan, port and key exchange that at least one endpoint accepts
-- source: Mayer et al. 2016, key exchange
-- reads: endpoints, handshakes, known_cipher_suites
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column key_exchange varchar: key exchange of the cipher suite, _EXPORT where the suite is export grade
-- column endpoints bigint: TLS endpoints whose answer on every such suite is known, or is yes on one
-- column supporting bigint: of these, endpoints that accept a suite with it, in any version
-- column share double: supporting, of endpoints
-- unique: scan_id, port, key_exchange
-- check: supporting between 1 and endpoints
-- check: share between 0 and 1
-- empty: no endpoint accepted a handshake
with methods as (
  select code, key_exchange || case when export then '_EXPORT' else '' end as key_exchange
  from known_cipher_suites
), complete as (
  select scan_id, port, count(*) as endpoints
  from endpoints
  where outcome in ('tls', 'tls_rejected') and errors + not_tested = 0
  group by scan_id, port
), incomplete as (
  select scan_id, port, endpoint_id
  from endpoints
  where outcome in ('tls', 'tls_rejected') and errors + not_tested > 0
), accepted as (
  select distinct h.scan_id, h.port, h.endpoint_id, m.key_exchange
  from handshakes as h
  join methods as m on m.code = h.cipher_suite
  where h.error_kind is null
), counted as (
  select
    a.scan_id,
    a.port,
    a.key_exchange,
    count(*) as supporting,
    count(i.endpoint_id) as supporting_incomplete
  from accepted as a
  left join incomplete as i
    on i.scan_id = a.scan_id and i.port = a.port and i.endpoint_id = a.endpoint_id
  group by a.scan_id, a.port, a.key_exchange
), known as (
  select
    c.scan_id,
    c.port,
    c.key_exchange,
    coalesce(complete.endpoints, 0) + c.supporting_incomplete as endpoints,
    c.supporting
  from counted as c
  left join complete on complete.scan_id = c.scan_id and complete.port = c.port
)
select scan_id, port, key_exchange, endpoints, supporting, cast(supporting as double) / endpoints as share
from known
order by scan_id, port, key_exchange
