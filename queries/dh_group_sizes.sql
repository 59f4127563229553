-- title: Sizes of finite-field Diffie-Hellman groups, per port
-- place: 8
-- grain: one row per scan, port and size
-- source: Mayer et al. 2016, Diffie-Hellman parameters
-- reads: handshakes, flights, dh_groups
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column bits integer: size of the prime
-- column endpoints bigint: TLS endpoints that showed a group in a ServerKeyExchange
-- column supporting bigint: of these, endpoints that showed one of this size; some show several
-- column share double: supporting, of endpoints
-- unique: scan_id, port, bits
-- check: supporting between 1 and endpoints
-- check: share between 0 and 1
-- empty: no accepted handshake of these scans carries finite-field Diffie-Hellman parameters
with shown as (
  select distinct h.scan_id, h.port, h.endpoint_id, g.bits
  from handshakes as h
  join flights as f on f.scan_id = h.scan_id and f.port = h.port and f.flight_id = h.flight_id
  join dh_groups as g on g.scan_id = f.scan_id and g.dh_group_id = f.dh_group_id
  where h.flight_id is not null and h.error_kind is null
), endpoints_shown as (
  select scan_id, port, count(distinct endpoint_id) as endpoints
  from shown
  group by scan_id, port
), counted as (
  select scan_id, port, bits, count(*) as supporting
  from shown
  group by scan_id, port, bits
)
select
  c.scan_id,
  c.port,
  c.bits,
  e.endpoints,
  c.supporting,
  cast(c.supporting as double) / e.endpoints as share
from counted as c
join endpoints_shown as e on e.scan_id = c.scan_id and e.port = c.port
order by c.scan_id, c.port, c.bits
