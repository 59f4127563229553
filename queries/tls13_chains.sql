-- title: Certificate chains of TLS 1.3 that are known, or why not, per port
-- place: 18
-- grain: one row per scan, port and state that at least one endpoint is in
-- source: RFC 8446, 4.4.2: TLS 1.3 encrypts certificates, so that a scan has to read them in another way than before
-- reads: endpoint_versions, endpoint_facts, handshakes, flights
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column chain varchar: known; or why it is not: not_asked, no_common_suite, handshake_failed, no_secret, not_decrypted or no_certificate (docs/raw-record.md); not_told where the record does not say
-- column endpoints bigint: endpoints that accept TLS 1.3
-- column matching bigint: of these, endpoints whose chain is so
-- column share double: matching, of endpoints
-- unique: scan_id, port, chain
-- check: matching between 1 and endpoints
-- check: share between 0 and 1
-- empty: no endpoint accepted TLS 1.3
with accepting as (
  select scan_id, port, endpoint_id
  from endpoint_versions
  where version = 772 and accepted > 0
), shown as (
  select distinct h.scan_id, h.port, h.endpoint_id
  from handshakes as h
  join flights as f on f.scan_id = h.scan_id and f.port = h.port and f.flight_id = h.flight_id
  where h.version = 772 and h.error_kind is null and f.chain_id is not null
), states as (
  select
    a.scan_id,
    a.port,
    case when s.endpoint_id is not null then 'known' else coalesce(f.tls13_chain_error, 'not_told') end as chain
  from accepting as a
  left join shown as s on s.scan_id = a.scan_id and s.port = a.port and s.endpoint_id = a.endpoint_id
  left join endpoint_facts as f on f.scan_id = a.scan_id and f.port = a.port and f.endpoint_id = a.endpoint_id
), counted as (
  select scan_id, port, chain, count(*) as matching
  from states
  group by scan_id, port, chain
), totals as (
  select scan_id, port, cast(sum(matching) as bigint) as endpoints
  from counted
  group by scan_id, port
)
select
  c.scan_id,
  c.port,
  c.chain,
  t.endpoints,
  c.matching,
  cast(c.matching as double) / t.endpoints as share
from counted as c
join totals as t on t.scan_id = c.scan_id and t.port = c.port
order by c.scan_id, c.port, c.matching desc, c.chain
