-- title: Certificates on the most addresses
-- place: 11
-- grain: one row per scan and rank, the first 20
-- source: RWC 2016 slides, most common leaf certificates
-- reads: endpoints, handshakes, flights, chains, certificates
-- column scan_id varchar: scan
-- column rank bigint: 1 for the certificate on the most IP addresses
-- column subject varchar: subject of the certificate, text from the peer
-- column key_bits integer: size of its public key
-- column ips bigint: distinct IP addresses that showed it as leaf, over all ports
-- column endpoints bigint: endpoints that showed it as leaf
-- column sha1 varchar: SHA-1 fingerprint
-- unique: scan_id, rank
-- unique: scan_id, sha1
-- check: ips between 0 and endpoints
-- check: rank between 1 and 20
-- empty: no accepted handshake of these scans carries a certificate
with chains_shown as (
  select distinct h.scan_id, h.port, h.endpoint_id, f.chain_id
  from handshakes as h
  join flights as f on f.scan_id = h.scan_id and f.port = h.port and f.flight_id = h.flight_id
  where h.flight_id is not null and h.error_kind is null and f.chain_id is not null
), leaves_shown as (
  select distinct s.scan_id, s.port, s.endpoint_id, c.certificate_sha256
  from chains_shown as s
  join chains as c on c.scan_id = s.scan_id and c.chain_id = s.chain_id
  where c.position = 0
), counted as (
  select l.scan_id, l.certificate_sha256, count(distinct e.ip) as ips, count(*) as endpoints
  from leaves_shown as l
  join endpoints as e
    on e.scan_id = l.scan_id and e.port = l.port and e.endpoint_id = l.endpoint_id
  group by l.scan_id, l.certificate_sha256
), ranked as (
  select
    c.scan_id,
    row_number() over (partition by c.scan_id order by c.ips desc, c.endpoints desc, x.sha1) as rank,
    x.subject,
    x.key_bits,
    c.ips,
    c.endpoints,
    x.sha1
  from counted as c
  join certificates as x on x.scan_id = c.scan_id and x.certificate_sha256 = c.certificate_sha256
)
select scan_id, rank, subject, key_bits, ips, endpoints, sha1
from ranked
where rank <= 20
order by scan_id, rank
