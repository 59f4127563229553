-- title: Diffie-Hellman primes and how many endpoints share each, per port
-- place: 9
-- grain: one row per scan, port and prime
-- source: RWC 2016 slides, shared primes
-- reads: handshakes, flights, dh_groups, known_dh_primes
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column bits integer: size of the prime
-- column prime_name varchar: name of the prime in the list of known ones; null for one that is not there
-- column software varchar: who ships it; null for a prime that is not in the list of known ones
-- column prime_sha256 varchar: SHA-256 of the prime, without leading zeros
-- column endpoints bigint: TLS endpoints that showed this prime in a ServerKeyExchange
-- column dh_endpoints bigint: TLS endpoints that showed any prime
-- column share double: endpoints, of dh_endpoints
-- unique: scan_id, port, prime_sha256
-- check: endpoints between 1 and dh_endpoints
-- check: share between 0 and 1
-- empty: no accepted handshake of these scans carries finite-field Diffie-Hellman parameters
with shown as (
  select distinct h.scan_id, h.port, h.endpoint_id, g.bits, g.prime_sha256
  from handshakes as h
  join flights as f on f.scan_id = h.scan_id and f.port = h.port and f.flight_id = h.flight_id
  join dh_groups as g on g.scan_id = f.scan_id and g.dh_group_id = f.dh_group_id
  where h.flight_id is not null and h.error_kind is null
), endpoints_shown as (
  select scan_id, port, count(distinct endpoint_id) as dh_endpoints
  from shown
  group by scan_id, port
), counted as (
  select scan_id, port, bits, prime_sha256, count(*) as endpoints
  from shown
  group by scan_id, port, bits, prime_sha256
)
select
  c.scan_id,
  c.port,
  c.bits,
  names.name as prime_name,
  names.software,
  c.prime_sha256,
  c.endpoints,
  e.dh_endpoints,
  cast(c.endpoints as double) / e.dh_endpoints as share
from counted as c
join endpoints_shown as e on e.scan_id = c.scan_id and e.port = c.port
left join known_dh_primes as names on names.prime_sha256 = c.prime_sha256
order by c.scan_id, c.port, c.bits, c.endpoints desc, c.prime_sha256
