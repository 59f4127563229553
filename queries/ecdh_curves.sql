-- title: Elliptic curves chosen, per port
-- place: 10
-- grain: one row per scan, port and named group
-- source: RWC 2016 slides, ECDH curves
-- reads: handshakes, flights, known_named_groups
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column code integer: number of the named group on the wire
-- column named_group varchar: IANA name; null for a number that nobody registered
-- column endpoints bigint: TLS endpoints that chose an elliptic-curve or hybrid group in any handshake
-- column supporting bigint: of these, endpoints that chose this group in any handshake
-- column share double: supporting, of endpoints
-- unique: scan_id, port, code
-- check: supporting between 1 and endpoints
-- check: share between 0 and 1
-- empty: no accepted handshake of these scans names the group of its key exchange
with chosen as (
  select distinct h.scan_id, h.port, h.endpoint_id, f.named_group
  from handshakes as h
  join flights as f on f.scan_id = h.scan_id and f.port = h.port and f.flight_id = h.flight_id
  left join known_named_groups as n on n.code = f.named_group
  where h.flight_id is not null and h.error_kind is null
    and f.named_group is not null and (n.kind is null or n.kind not in ('ffdh', 'kem'))
), endpoints_chosen as (
  select scan_id, port, count(distinct endpoint_id) as endpoints
  from chosen
  group by scan_id, port
), counted as (
  select scan_id, port, named_group, count(*) as supporting
  from chosen
  group by scan_id, port, named_group
)
select
  c.scan_id,
  c.port,
  c.named_group as code,
  n.name as named_group,
  e.endpoints,
  c.supporting,
  cast(c.supporting as double) / e.endpoints as share
from counted as c
join endpoints_chosen as e on e.scan_id = c.scan_id and e.port = c.port
left join known_named_groups as n on n.code = c.named_group
order by c.scan_id, c.port, c.named_group
