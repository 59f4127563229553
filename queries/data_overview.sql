-- title: What was asked, and what was answered
-- place: 1
-- grain: one row per scan
-- source: Mayer et al. 2016, data overview
-- reads: scans, endpoints, certificates, dh_groups
-- column scan_id varchar: scan
-- column started_at timestamp: start of the scan, UTC; null where unknown
-- column finished_at timestamp: end of the scan, UTC; null where unknown or interrupted
-- column endpoints bigint: endpoints scanned, a pair of address and port each
-- column tls_endpoints bigint: endpoints that answered in TLS, accepting or rejecting
-- column handshakes bigint: handshakes made
-- column offered bigint: questions: does this endpoint accept this cipher suite in this version; of endpoints whose counts are known
-- column accepted bigint: questions answered by acceptance
-- column rejected bigint: questions answered by rejection
-- column unconfirmed bigint: of these rejected, questions of which nothing confirms the no: older records, and other tools
-- column errors bigint: questions asked that got no answer
-- column not_tested bigint: questions that were not asked
-- column inferred bigint: questions that were not asked, since a prior tells the answer
-- column inferred_error double: share of inferred answers that are wrong, of those of the whole scan, estimated by checks; null where nothing is inferred, or not checked
-- column accepted_share double: accepted, of the questions asked
-- column rejected_share double: rejected, of the questions asked
-- column error_share double: errors, of the questions asked
-- column certificates bigint: distinct certificates seen
-- column dh_primes bigint: distinct Diffie-Hellman primes seen
-- unique: scan_id
-- check: accepted + rejected + errors + not_tested + inferred = offered
-- check: unconfirmed between 0 and rejected
-- check: tls_endpoints between 0 and endpoints
-- check: accepted_share between 0 and 1
-- empty: the lake holds no scan
with known_counts as (
  select *, offered + accepted + rejected + errors + not_tested + inferred is not null as is_known
  from endpoints
), counted_endpoints as (
  select
    scan_id,
    count(*) as endpoints,
    count(*) filter (where outcome in ('tls', 'tls_rejected')) as tls_endpoints,
    sum(handshakes) as handshakes,
    sum(offered) filter (where is_known) as offered,
    sum(accepted) filter (where is_known) as accepted,
    sum(rejected) filter (where is_known) as rejected,
    sum(unconfirmed) filter (where is_known) as unconfirmed,
    sum(errors) filter (where is_known) as errors,
    sum(not_tested) filter (where is_known) as not_tested,
    sum(inferred) filter (where is_known) as inferred
  from known_counts
  group by scan_id
), counted_certificates as (
  select scan_id, count(*) as certificates
  from certificates
  group by scan_id
), counted_primes as (
  select scan_id, count(distinct prime_sha256) as dh_primes
  from dh_groups
  group by scan_id
), overview as (
  select
    scans.scan_id,
    scans.started_at,
    scans.finished_at,
    coalesce(counted_endpoints.endpoints, 0) as endpoints,
    coalesce(counted_endpoints.tls_endpoints, 0) as tls_endpoints,
    cast(coalesce(counted_endpoints.handshakes, 0) as bigint) as handshakes,
    cast(coalesce(counted_endpoints.offered, 0) as bigint) as offered,
    cast(coalesce(counted_endpoints.accepted, 0) as bigint) as accepted,
    cast(coalesce(counted_endpoints.rejected, 0) as bigint) as rejected,
    cast(coalesce(counted_endpoints.unconfirmed, 0) as bigint) as unconfirmed,
    cast(coalesce(counted_endpoints.errors, 0) as bigint) as errors,
    cast(coalesce(counted_endpoints.not_tested, 0) as bigint) as not_tested,
    cast(coalesce(counted_endpoints.inferred, 0) as bigint) as inferred,
    case when counted_endpoints.inferred > 0 then scans.inference_error end as inferred_error,
    coalesce(counted_certificates.certificates, 0) as certificates,
    coalesce(counted_primes.dh_primes, 0) as dh_primes
  from scans
  left join counted_endpoints on counted_endpoints.scan_id = scans.scan_id
  left join counted_certificates on counted_certificates.scan_id = scans.scan_id
  left join counted_primes on counted_primes.scan_id = scans.scan_id
)
select
  scan_id,
  started_at,
  finished_at,
  endpoints,
  tls_endpoints,
  handshakes,
  offered,
  accepted,
  rejected,
  unconfirmed,
  errors,
  not_tested,
  inferred,
  inferred_error,
  cast(accepted as double) / nullif(offered - not_tested - inferred, 0) as accepted_share,
  cast(rejected as double) / nullif(offered - not_tested - inferred, 0) as rejected_share,
  cast(errors as double) / nullif(offered - not_tested - inferred, 0) as error_share,
  certificates,
  dh_primes
from overview
order by scan_id
