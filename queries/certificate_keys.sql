-- title: Public keys of leaf certificates
-- place: 12
-- grain: one row per scan, key algorithm and size
-- source: RWC 2016 slides, certificate keys
-- reads: chains, certificates, known_object_identifiers
-- column scan_id varchar: scan
-- column key_algorithm varchar: name of the public key algorithm, or its object identifier; null if unreadable
-- column key_bits integer: size of the key; null if unreadable
-- column certificates bigint: distinct leaf certificates of the scan
-- column matching bigint: of these, certificates with such a key
-- column share double: matching, of certificates
-- unique: scan_id, key_algorithm, key_bits
-- check: matching between 1 and certificates
-- check: share between 0 and 1
-- empty: no accepted handshake of these scans carries a certificate
with leaves as (
  select distinct scan_id, certificate_sha256
  from chains
  where position = 0
), named as (
  select x.scan_id, coalesce(names.name, x.key_algorithm) as key_algorithm, x.key_bits
  from leaves as l
  join certificates as x on x.scan_id = l.scan_id and x.certificate_sha256 = l.certificate_sha256
  left join known_object_identifiers as names
    on names.oid = x.key_algorithm and names.kind = 'key_algorithm'
), counted as (
  select scan_id, key_algorithm, key_bits, count(*) as matching
  from named
  group by scan_id, key_algorithm, key_bits
), totals as (
  select
    scan_id,
    key_algorithm,
    key_bits,
    cast(sum(matching) over (partition by scan_id) as bigint) as certificates,
    matching
  from counted
)
select
  scan_id,
  key_algorithm,
  key_bits,
  certificates,
  matching,
  cast(matching as double) / certificates as share
from totals
order by scan_id, key_algorithm nulls last, key_bits nulls last
