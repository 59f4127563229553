-- title: Leaf certificates that are self-signed, malformed or expired
-- place: 13
-- grain: one row per scan and property
-- source: RWC 2016 slides, self-signed and malformed certificates
-- reads: scans, endpoints, chains, certificates
-- column scan_id varchar: scan
-- column property varchar: self_signed, malformed, self_signed_or_malformed, expired, not_yet_valid, ca or with_sct
-- column certificates bigint: distinct leaf certificates of the scan of which it is known
-- column matching bigint: of these, certificates that have the property
-- column share double: matching, of certificates; null where there are none
-- column endpoints bigint: endpoints that show such a leaf certificate first, of which it is known
-- column endpoints_matching bigint: of these, endpoints whose certificate has the property
-- column endpoints_unknown bigint: endpoints that accept a handshake and of which it is not known: no certificate came, or it could not be read; why of TLS 1.3 is in tls13_chains
-- column endpoints_share double: endpoints_matching, of endpoints; null where there are none
-- unique: scan_id, property
-- check: matching between 0 and certificates
-- check: endpoints_matching between 0 and endpoints
-- check: endpoints_unknown >= 0
-- check: share is null or share between 0 and 1
-- check: endpoints_share is null or endpoints_share between 0 and 1
-- empty: no accepted handshake of these scans carries a certificate
with leaves as (
  select distinct scan_id, chain_id, certificate_sha256
  from chains
  where position = 0
), shown as (
  select l.scan_id, l.certificate_sha256, count(*) as endpoints
  from leaves as l
  join endpoints as e on e.scan_id = l.scan_id and e.chain_id = l.chain_id
  group by l.scan_id, l.certificate_sha256
), accepting as (
  select scan_id, count(*) as endpoints
  from endpoints
  where outcome = 'tls'
  group by scan_id
), distinct_leaves as (
  select distinct scan_id, certificate_sha256
  from leaves
), judged as (
  select
    x.scan_id,
    coalesce(s.endpoints, 0) as endpoints,
    x.self_signed,
    x.problem is not null as malformed,
    x.self_signed or x.problem is not null as self_signed_or_malformed,
    x.not_after < scans.started_at as expired,
    x.not_before > scans.started_at as not_yet_valid,
    x.is_ca as ca,
    x.sct_count > 0 as with_sct
  from distinct_leaves as l
  join certificates as x on x.scan_id = l.scan_id and x.certificate_sha256 = l.certificate_sha256
  join scans on scans.scan_id = l.scan_id
  left join shown as s on s.scan_id = l.scan_id and s.certificate_sha256 = l.certificate_sha256
), properties as (
  select scan_id, endpoints, 'self_signed' as property, self_signed as has from judged
  union all
  select scan_id, endpoints, 'malformed' as property, malformed as has from judged
  union all
  select scan_id, endpoints, 'self_signed_or_malformed' as property, self_signed_or_malformed as has from judged
  union all
  select scan_id, endpoints, 'expired' as property, expired as has from judged
  union all
  select scan_id, endpoints, 'not_yet_valid' as property, not_yet_valid as has from judged
  union all
  select scan_id, endpoints, 'ca' as property, ca as has from judged
  union all
  select scan_id, endpoints, 'with_sct' as property, with_sct as has from judged
), counted as (
  select
    scan_id,
    property,
    count(has) as certificates,
    cast(coalesce(sum(case when has then 1 else 0 end), 0) as bigint) as matching,
    cast(coalesce(sum(case when has is not null then endpoints else 0 end), 0) as bigint) as endpoints,
    cast(coalesce(sum(case when has then endpoints else 0 end), 0) as bigint) as endpoints_matching
  from properties
  group by scan_id, property
)
select
  c.scan_id,
  c.property,
  c.certificates,
  c.matching,
  cast(c.matching as double) / nullif(c.certificates, 0) as share,
  c.endpoints,
  c.endpoints_matching,
  a.endpoints - c.endpoints as endpoints_unknown,
  cast(c.endpoints_matching as double) / nullif(c.endpoints, 0) as endpoints_share
from counted as c
join accepting as a on a.scan_id = c.scan_id
order by c.scan_id, c.property
